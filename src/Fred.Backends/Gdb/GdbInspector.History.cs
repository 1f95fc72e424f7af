using System.Globalization;
using Fred.Core;

namespace Fred.Backends;

/// <content>What questions to the whole history look at.</content>
internal sealed partial class GdbInspector
{
    /// <summary>As long as a value that is noted may be.</summary>
    private const int LongestValue = 1000;

    /// <summary>The function in an activation's name.</summary>
    /// <param name="activation">See <see cref="Frame.Activation"/>.</param>
    /// <returns>Its name.</returns>
    public static string FunctionOf(string activation) => activation.Split(':', 3) is [_, _, var function] ? function : string.Empty;

    /// <summary>The function whose names a scope means.</summary>
    /// <param name="scope">The scope.</param>
    /// <returns>Its name; empty where it means none in particular.</returns>
    public static string FunctionOf(EvaluationScope scope) => scope switch
    {
        EvaluationScope.InFunction named => named.Function,
        EvaluationScope.InActivation { Activation: var activation } => FunctionOf(activation),
        _ => string.Empty,
    };

    /// <summary>Evaluates some expressions in a frame.</summary>
    /// <param name="expressions">In the program's language.</param>
    /// <param name="frame">0 for the innermost.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>A value for each.</returns>
    public Task<IReadOnlyList<ObservedValue>> EvaluateAllAsync(IReadOnlyList<string> expressions, int frame, CancellationToken ct) => UseAsync<IReadOnlyList<ObservedValue>>(
        async mi =>
        {
            var values = new List<ObservedValue>();
            foreach (var expression in expressions)
            {
                values.Add(Observed(await mi.RunAsync(Command(expression, frame), ct).ConfigureAwait(false)));
            }

            return values;
        },
        ct);

    /// <summary>Evaluates an expression and finds out what its value depends on.</summary>
    /// <param name="expression">In the program's language.</param>
    /// <param name="scope">Whose names.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>The value; without a frame there is none.</returns>
    public async Task<ExpressionLook> LookAtAsync(string expression, EvaluationScope scope, CancellationToken ct) =>
        await (await OtherOfAsync(scope, ct).ConfigureAwait(false) ?? this).LookAtOwnAsync(expression, scope, ct).ConfigureAwait(false);

    private Task<ExpressionLook> LookAtOwnAsync(string expression, EvaluationScope scope, CancellationToken ct) => UseAsync(
        async mi =>
        {
            if (scope is EvaluationScope.OfOutput output)
            {
                var written = Observed(await mi.RunAsync(Command(Counted(expression, output.Stream), 0), ct).ConfigureAwait(false));
                return new ExpressionLook(written, default(NativeFrame), StreamCounter.AddressOf(_session.Process, output.Stream) is { } counter ? [new MemoryRange(counter, 8)] : null);
            }

            if (await FrameOfAsync(mi, scope, ct).ConfigureAwait(false) is not { } frame)
            {
                return new ExpressionLook(new ObservedValue("its function is not on the stack", false), null, null);
            }

            // Where no frame's names are used, the end of the innermost frame means nothing.
            var address = scope is EvaluationScope.Anywhere ? null : await AddressAsync(mi, frame, ct).ConfigureAwait(false);
            var back = address is { } cfa ? _session.Process.Memory.ReadWord(cfa - 8) : null;
            var known = new NativeFrame(address ?? 0, back);

            var (reply, memory) = await EvaluateReadingAsync(mi, expression, frame, ct).ConfigureAwait(false);
            return new ExpressionLook(Observed(reply), known, memory);
        },
        ct);

    /// <summary>Compiles an expression for replicas.</summary>
    /// <param name="expression">In the program's language.</param>
    /// <param name="scope">Whose names.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Null when that cannot be done.</returns>
    public Task<Predicate?> CompileAsync(string expression, EvaluationScope scope, CancellationToken ct) => scope is not (EvaluationScope.InActivation or EvaluationScope.InFunction)
        ? Task.FromResult<Predicate?>(null)
        : UseAsync(
            mi => new PredicateCompiler(this, mi, scope, function => _context.Space.Modules.Find(function, _session.Process.Pid).Module).CompileAsync(expression, ct),
            ct);

    /// <summary>Finds the frame whose names a scope means.</summary>
    /// <param name="scope">The scope.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Null when it is not on the stack; without an address when gdb does not tell it.</returns>
    public async Task<NativeFrame?> FindFrameAsync(EvaluationScope scope, CancellationToken ct)
    {
        var owner = await OtherOfAsync(scope, ct).ConfigureAwait(false) ?? this;
        return await owner.UseAsync<NativeFrame?>(
            async mi => await owner.FrameOfAsync(mi, scope, ct).ConfigureAwait(false) is not { } frame ? null
                : await AddressAsync(mi, frame, ct).ConfigureAwait(false) is { } address ? new NativeFrame(address, _session.Process.Memory.ReadWord(address - 8))
                : default(NativeFrame),
            ct).ConfigureAwait(false);
    }

    /// <summary>Reads the arguments of the innermost frame.</summary>
    /// <param name="ct">Cancels.</param>
    /// <returns>Each <c>name=value</c>.</returns>
    public Task<IReadOnlyList<ObservedValue>> ReadArgumentsAsync(CancellationToken ct) => UseAsync<IReadOnlyList<ObservedValue>>(
        async mi =>
        {
            var answer = await mi.AskAsync("-stack-list-arguments --all-values 0 0", ct).ConfigureAwait(false);
            return answer.IsError || answer.Results["stack-args"].Items is not [var frame, ..]
                ? []
                : [.. frame["args"].Items.Select(a => new ObservedValue(Bounded($"{a.FindText("name")}={a.FindText("value")}"), true))];
        },
        ct);

    /// <summary>Finds the calls of a function on the stack.</summary>
    /// <param name="function">Its name.</param>
    /// <param name="bodies">Where its body begins; a call that has not come there yet is not one.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The frame's address, where it returns to, and the function's first instruction; outermost first.</returns>
    public Task<IReadOnlyList<(ulong Address, ulong ReturnTo, ulong Function)>> FindCallsAsync(string function, IReadOnlyList<ulong> bodies, CancellationToken ct) => UseAsync<IReadOnlyList<(ulong, ulong, ulong)>>(
        async mi =>
        {
            var answer = await mi.AskAsync("-stack-list-frames", ct).ConfigureAwait(false);
            var calls = new List<(ulong, ulong, ulong)>();
            foreach (var frame in answer.IsError ? [] : answer.Results["stack"].Items.Reverse())
            {
                var (pc, start) = (frame["addr"].Address() ?? 0, StartOf(frame["addr"].Address() ?? 0));
                var isEntering = frame["level"].Number() == 0 && bodies.Any(body => pc < body && StartOf(body) == start);
                if (!isEntering && Frame.IsNamed(frame.FindText("func") ?? string.Empty, function)
                    && await AddressAsync(mi, frame["level"].Number(), ct).ConfigureAwait(false) is { } address && _session.Process.Memory.ReadWord(address - 8) is { } back)
                {
                    calls.Add((address, back, start));
                }
            }

            return calls;
        },
        ct);

    private ulong StartOf(ulong address) => _context.Space.Modules.Find(address, _session.Process.Pid).Function?.Start ?? 0;

    /// <summary>Reads what a function has returned that was left by the instruction before.</summary>
    /// <param name="function">Its first instruction.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The value, and the number under which gdb keeps it; null when there is none.</returns>
    public Task<(string Number, string Value)?> ReadReturnedAsync(ulong function, CancellationToken ct) => UseAsync<(string, string)?>(
        async mi =>
        {
            await _view.PretendReturningAsync(function).ConfigureAwait(false);
            await mi.DoAsync("-interpreter-exec console \"maintenance flush register-cache\"", ct).ConfigureAwait(false);
            var reply = await mi.RunAsync("-exec-finish", ct).ConfigureAwait(false);
            var stop = reply.Events.LastOrDefault(e => e is { Kind: '*', Class: "stopped" })?.Results;
            return stop?.FindText("return-value") is { } value ? (stop.FindText("gdb-result-var") ?? "$", Bounded(value)) : null;
        },
        ct);

    /// <summary>Whether a value depends on memory alone, and not on too much of it.</summary>
    /// <param name="mi">gdb, looking at this process.</param>
    /// <param name="expression">The expression.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>False also when it has no value here.</returns>
    public async Task<bool> IsWatchableAsync(MiConnection mi, string expression, int frame, CancellationToken ct)
    {
        var (reply, memory) = await EvaluateReadingAsync(mi, expression, frame, ct).ConfigureAwait(false);
        return !reply.IsError && !_view.HasCalled && memory is { Count: > 0 };
    }

    /// <summary>Asks for the type of an expression.</summary>
    /// <param name="mi">gdb, looking at this process.</param>
    /// <param name="expression">The expression.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>As it would be written in a cast; null when it has none.</returns>
    public static async Task<string?> TypeOfAsync(MiConnection mi, string expression, int frame, CancellationToken ct)
    {
        await SelectAsync(mi, frame, ct).ConfigureAwait(false);
        var reply = await mi.AskAsync("-interpreter-exec console " + MiParser.Quote($"whatis {expression}"), ct).ConfigureAwait(false);
        return !reply.IsError && reply.Console.Trim() is ['t', 'y', 'p', 'e', ' ', '=', ' ', .. var type] ? type : null;
    }

    /// <summary>Whether an address is in the live part of the stack.</summary>
    /// <param name="address">The address.</param>
    /// <returns>False for heap, static data and registers.</returns>
    public bool IsOnStack(ulong address) => address >= _session.Process.Halt.Sp - 128 && address < _context.Space.Modules.StackTop;

    /// <summary>Names the call that a frame is of.</summary>
    /// <param name="mi">gdb, looking at this process.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>As in <see cref="Frame.Activation"/>; null for no frame of the user's.</returns>
    public async Task<string?> ActivationOfAsync(MiConnection mi, int frame, CancellationToken ct) =>
        (await ReadFramesAsync(mi, frame, frame, ct).ConfigureAwait(false)) is [{ Activation: { } activation }] ? activation : null;

    private static string Command(string expression, int frame) =>
        string.Create(CultureInfo.InvariantCulture, $"-data-evaluate-expression --thread 1 --frame {frame} {MiParser.Quote(expression)}");

    private static ObservedValue Observed(MiReply reply) =>
        reply.IsError ? new ObservedValue(reply.Error.TrimEnd('.'), false) : new ObservedValue(Bounded(reply.Results["value"].Text), true);

    private static string Bounded(string text) => text.Length > LongestValue ? text[..(LongestValue - 3)] + "..." : text;
}
