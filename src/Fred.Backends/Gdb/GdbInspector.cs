using System.Globalization;
using System.Security.Cryptography;
using Fred.Core;

namespace Fred.Backends;

/// <summary>Looks at a stopped native process through gdb. Functions that expressions call run in a throw-away copy.</summary>
/// <remarks>
/// gdb serves all inspectors in turn and forgets the selected frame when it has looked at another process, so the frame is given with every command. A frame is known over time by its
/// function and its address on the stack.
/// </remarks>
internal sealed partial class GdbInspector : IInspector
{
    private const int MostActivations = 64;
    private const int StackHashed = 2048;
    private const string EntryFunction = "main";
    private readonly GdbSession _session;
    private readonly GdbContext _context;
    private readonly InspectedProcess _view;
    private readonly GdbVariables _variables;
    private readonly bool _isOther; // looks at a thread because another one's inspector wants it
    private readonly Dictionary<int, GdbInspector> _others = [];
    private (EvaluationScope Scope, int? Frame)? _found;

    /// <summary>Initializes a new instance of the <see cref="GdbInspector"/> class.</summary>
    /// <param name="session">Stopped; it must stay so until this is disposed.</param>
    /// <param name="context">What it shares with others.</param>
    /// <param name="thread">Number of the thread looked at; 0 for the one that stopped.</param>
    public GdbInspector(GdbSession session, GdbContext context, int thread = 0)
    {
        (_session, _context, _isOther) = (session, context, thread != 0);
        _view = context.Driver.View(session.Process, thread: thread);
        _variables = new GdbVariables(this);
    }

    /// <inheritdoc/>
    public IMachineView Machine => new GdbMachine(this, _session.Process, _context);

    /// <inheritdoc/>
    public EvaluationScope Entry { get; } = new EvaluationScope.InFunction(EntryFunction);

    /// <inheritdoc/>
    public async Task<StackPage> GetStackAsync(int start, int count, CancellationToken ct)
    {
        var total = 0;
        var page = await UseAsync(
            async mi =>
            {
                total = (await mi.DoAsync("-stack-info-depth", ct).ConfigureAwait(false))["depth"].Number();
                var end = count == 0 ? total - 1 : Math.Min(total, start + count) - 1;
                return start > end ? [] : await ReadFramesAsync(mi, start, end, ct).ConfigureAwait(false);
            },
            ct).ConfigureAwait(false);
        return new StackPage(page, total);
    }

    /// <inheritdoc/>
    public async Task<Evaluation> EvaluateAsync(string expression, EvaluationScope scope, CancellationToken ct) =>
        await (await OtherOfAsync(scope, ct).ConfigureAwait(false) ?? this).EvaluateOwnAsync(expression, scope, ct).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<MemoryRange>?> GetDependenciesAsync(string expression, EvaluationScope scope, CancellationToken ct) =>
        await (await OtherOfAsync(scope, ct).ConfigureAwait(false) ?? this).GetOwnDependenciesAsync(expression, scope, ct).ConfigureAwait(false);

    private Task<Evaluation> EvaluateOwnAsync(string expression, EvaluationScope scope, CancellationToken ct) => scope is EvaluationScope.OfOutput output
        ? EvaluateOwnAsync(Counted(expression, output.Stream), new EvaluationScope.InFrame(0), ct)
        : UseAsync(
            async mi =>
            {
                var frame = await FrameOfAsync(mi, scope, ct).ConfigureAwait(false);
                return frame is { } index
                    ? await EvaluateInAsync(mi, expression, index, ct).ConfigureAwait(false)
                    : await ParsedAsync(mi, expression, ct).ConfigureAwait(false);
            },
            ct);

    private Task<IReadOnlyList<MemoryRange>?> GetOwnDependenciesAsync(string expression, EvaluationScope scope, CancellationToken ct) => UseAsync<IReadOnlyList<MemoryRange>?>(
        async mi =>
        {
            if (scope is EvaluationScope.OfOutput || await FrameOfAsync(mi, scope, ct).ConfigureAwait(false) is not { } frame)
            {
                return null;
            }

            var (value, memory) = await EvaluateReadingAsync(mi, $"({expression}) ? 1 : 0", frame, ct).ConfigureAwait(false);
            return value.IsError ? null : memory;
        },
        ct);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Variable>> GetVariablesAsync(VariableQuery query, CancellationToken ct) =>
        Of(query.Scope?.Thread ?? GdbVariables.ThreadOf(query.Reference))._variables.ListAsync(query, ct);

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> CompleteAsync(string text, int column, int frameIndex, CancellationToken ct) =>
        UseAsync<IReadOnlyList<string>>(
            async mi =>
            {
                await SelectAsync(mi, frameIndex, ct).ConfigureAwait(false);
                var head = text[..Math.Clamp(column, 0, text.Length)];
                var reply = await mi.AskAsync("-complete " + MiParser.Quote(head), ct).ConfigureAwait(false);
                var begin = head.LastIndexOfAny([' ', '\t', '(', '.', '>', '*', '&', ',', '=']) + 1;
                return reply.IsError ? [] : [.. reply.Results["matches"].Items.Select(m => m.Text).Where(m => m.Length >= begin).Select(m => m[begin..]).Distinct().Order(StringComparer.Ordinal)];
            },
            ct);

    /// <inheritdoc/>
    public async Task<ExceptionMet?> GetExceptionAsync(CancellationToken ct)
    {
        if (_session.Current is { Reason: StopReason.Signal, Detail: { } signal })
        {
            return await MetAsync(ExceptionRole.End, [signal], ct).ConfigureAwait(false);
        }

        if (!CppExceptions.PlacesOf(_context.Space.Modules, "throw").Contains(_session.Process.Halt.Pc))
        {
            return null;
        }

        var type = (await _session.Process.ReadRegistersAsync().ConfigureAwait(false))["rsi"];
        var names = await UseAsync(mi => CppExceptions.NamesAsync(mi, type, ct), ct).ConfigureAwait(false);
        return await MetAsync(ExceptionRole.Raise, names.Count > 0 ? names : ["a C++ exception"], ct).ConfigureAwait(false);
    }

    private async Task<ExceptionMet> MetAsync(ExceptionRole role, IReadOnlyList<string> names, CancellationToken ct)
    {
        var stack = await GetStackAsync(0, 20, ct).ConfigureAwait(false);
        return new ExceptionMet(role, names[0], string.Empty) { Names = names, Stack = stack.Frames, Origin = stack.Frames.FirstOrDefault(f => f.IsUserCode)?.Location };
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<int>> GetLinesAsync(string file, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        return Task.FromResult(BreakpointPlaces.LinesOf(_context.Space.Modules, file));
    }

    /// <inheritdoc/>
    public Task<BackendReply> ExecuteAsync(string line, string state, CancellationToken ct) => new GdbShell(this, _session, _context).ExecuteAsync(line, state, ct);

    /// <inheritdoc/>
    public Task<BackendReply> DisplayAsync(string state, CancellationToken ct) => new GdbShell(this, _session, _context).DisplayAsync(state, ct);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Breakpoint>> AdoptBreakpointsAsync(IReadOnlyList<Breakpoint> kept, CancellationToken ct) => UseAsync(mi => new GdbBreakpointTable(this, _context).FillAsync(mi, kept, ct), ct);

    /// <inheritdoc/>
    public Task<bool> DropBreakpointsAsync(IReadOnlyList<int> ids, CancellationToken ct) => UseAsync(mi => new GdbBreakpointTable(this, _context).DropAsync(mi, ids, ct), ct);

    /// <inheritdoc/>
    public Task<string> GetDigestAsync(CancellationToken ct) => GetValueFingerprintAsync(ct);

    /// <inheritdoc/>
    public async Task<string> GetValueFingerprintAsync(CancellationToken ct)
    {
        // Registers, and what lies above the stack pointer: below it is what system calls and signals may have left.
        var registers = await _session.Process.ReadRegistersAsync().ConfigureAwait(false);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var name in RegisterLayout.GeneralNames)
        {
            hash.AppendData(registers.Of(RegisterLayout.Find(name)));
        }

        var stack = new byte[StackHashed];
        hash.AppendData(stack.AsSpan(0, _session.Process.Memory.Read(registers.Rsp, stack)));
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var other in _others.Values)
        {
            await other.DisposeAsync().ConfigureAwait(false);
        }

        await _variables.DisposeAsync().ConfigureAwait(false);
        await _view.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Gives commands to gdb while it looks at this process. A copy made meanwhile is gone afterwards.</summary>
    /// <typeparam name="T">What comes of it.</typeparam>
    /// <param name="look">The commands.</param>
    /// <param name="ct">Cancels the waiting for a turn.</param>
    /// <returns>What came of it.</returns>
    public Task<T> UseAsync<T>(Func<MiConnection, Task<T>> look, CancellationToken ct) => UseAsync(look, static (_, result) => result, ct);

    /// <summary>The same, with a look at what became of the process's view before it is put right again.</summary>
    /// <typeparam name="T">What comes of it.</typeparam>
    /// <param name="look">The commands.</param>
    /// <param name="finish">Gets the view and what the copy has printed.</param>
    /// <param name="ct">Cancels the waiting for a turn.</param>
    /// <returns>What came of it.</returns>
    public Task<T> UseAsync<T>(Func<MiConnection, Task<T>> look, Func<ViewChanges, T, T> finish, CancellationToken ct) => _context.Driver.UseAsync(
        _view,
        async mi =>
        {
            try
            {
                var result = await look(mi).ConfigureAwait(false);
                var changes = new ViewChanges(_view.HasAssigned, _view.WantedToMove, string.Empty);
                if (_view.IsDiverted || _view.WantedToMove)
                {
                    changes = changes with { Output = await RevertAsync(mi).ConfigureAwait(false) };
                }

                return finish(changes, result);
            }
            catch
            {
                await _view.RevertAsync().ConfigureAwait(false);
                throw;
            }
        },
        ct);

    /// <summary>Selects a frame.</summary>
    /// <param name="mi">gdb, looking at this process.</param>
    /// <param name="frame">0 for the innermost.</param>
    /// <param name="ct">Cancels.</param>
    public static Task SelectAsync(MiConnection mi, int frame, CancellationToken ct) => mi.AskAsync(string.Create(CultureInfo.InvariantCulture, $"-stack-select-frame {frame}"), ct);

    /// <summary>Evaluates in a frame, and says what the value is as an invariant.</summary>
    /// <param name="mi">gdb, looking at this process.</param>
    /// <param name="expression">The expression.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="ct">Ends the evaluation.</param>
    /// <returns>The value, or why there is none.</returns>
    public static async Task<Evaluation> EvaluateInAsync(MiConnection mi, string expression, int frame, CancellationToken ct)
    {
        var options = string.Create(CultureInfo.InvariantCulture, $"--thread 1 --frame {frame} ");
        var reply = await mi.RunAsync($"-data-evaluate-expression {options}{MiParser.Quote(expression)}", ct).ConfigureAwait(false);
        if (reply.IsError)
        {
            return new Evaluation(Truth.NotEvaluable, reply.Error, string.Empty, 0) { IsInvalid = IsSyntaxError(reply.Error) };
        }

        var value = reply.Results["value"].Text;
        return new Evaluation(TruthOf(value) ?? await TruthByQuestionAsync(mi, expression, options, ct).ConfigureAwait(false), value, string.Empty, 0);
    }

    private static bool IsSyntaxError(string error) =>
        error.Contains("syntax error", StringComparison.OrdinalIgnoreCase) || error.StartsWith("Invalid ", StringComparison.Ordinal) || error.StartsWith("Unmatched ", StringComparison.Ordinal);

    /// <summary>Where there is no frame to evaluate in, whether it is an expression at all can still be told.</summary>
    private static async Task<Evaluation> ParsedAsync(MiConnection mi, string expression, CancellationToken ct)
    {
        var reply = await mi.AskAsync("-interpreter-exec console " + MiParser.Quote("whatis " + expression), ct).ConfigureAwait(false);
        return reply.IsError && IsSyntaxError(reply.Error)
            ? new Evaluation(Truth.NotEvaluable, reply.Error, string.Empty, 0) { IsInvalid = true }
            : new Evaluation(Truth.NotEvaluable, "its function is not on the stack", string.Empty, 0);
    }

    /// <summary>Evaluates within a turn.</summary>
    /// <param name="mi">gdb, looking at this process.</param>
    /// <param name="expression">The expression.</param>
    /// <param name="scope">Whose names.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>The value as gdb prints it; null when there is none.</returns>
    public async Task<string?> EvaluateHereAsync(MiConnection mi, string expression, EvaluationScope scope, CancellationToken ct) =>
        await FrameOfAsync(mi, scope, ct).ConfigureAwait(false) is { } frame && await mi.RunAsync(Command(expression, frame), ct).ConfigureAwait(false) is { IsError: false } reply
            ? reply.Results["value"].Text
            : null;

    /// <summary>Asks for a type within a turn.</summary>
    /// <param name="mi">gdb, looking at this process.</param>
    /// <param name="expression">The expression.</param>
    /// <param name="scope">Whose names.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>As it would be written in a cast; null when it has none.</returns>
    public async Task<string?> TypeHereAsync(MiConnection mi, string expression, EvaluationScope scope, CancellationToken ct) =>
        await FrameOfAsync(mi, scope, ct).ConfigureAwait(false) is { } frame ? await TypeOfAsync(mi, expression, frame, ct).ConfigureAwait(false) : null;

    /// <summary>What a value that gdb has printed is as an invariant; null when the text does not say.</summary>
    private static Truth? TruthOf(string value) => value switch
    {
        "true" => Truth.Good,
        "false" => Truth.Bad,
        _ => long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? (number == 0 ? Truth.Bad : Truth.Good) : null,
    };

    private static async Task<Truth> TruthByQuestionAsync(MiConnection mi, string expression, string options, CancellationToken ct)
    {
        var reply = await mi.RunAsync($"-data-evaluate-expression {options}{MiParser.Quote($"({expression}) ? 1 : 0")}", ct).ConfigureAwait(false);
        return !reply.IsError && reply.Results.FindText("value") == "0" ? Truth.Bad : Truth.Good;
    }

    private async Task<string> RevertAsync(MiConnection mi)
    {
        var output = await _view.RevertAsync().ConfigureAwait(false);
        await mi.DoAsync("-interpreter-exec console \"maintenance flush register-cache\"", CancellationToken.None).ConfigureAwait(false);
        return output;
    }
}

/// <summary>What a command of gdb's did to its view of a process.</summary>
/// <param name="HasAssigned">It wrote something without calling a function.</param>
/// <param name="WantedToMove">It wanted the program to run.</param>
/// <param name="Output">What functions of the program printed.</param>
internal readonly record struct ViewChanges(bool HasAssigned, bool WantedToMove, string Output);
