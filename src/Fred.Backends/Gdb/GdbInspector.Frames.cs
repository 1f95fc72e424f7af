using System.Globalization;
using Fred.Core;

namespace Fred.Backends;

/// <content>Frames of the stack, and how they are found again at other times.</content>
internal sealed partial class GdbInspector
{
    /// <inheritdoc/>
    public int? DepthOf(string activation) =>
        activation.Split(':', 3) is [_, var address, var function] && function != EntryFunction && ulong.TryParse(address, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var cfa) && cfa != 0
            ? FrameFinder.DepthOf(_context.Space, cfa)
            : null;

    /// <summary>Finds the frame that was called by another one.</summary>
    /// <param name="stack">The other one's stack pointer at the call, or a little more.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Null when gdb does not see so far.</returns>
    public Task<NativeFrame?> FindCalleeAsync(ulong stack, CancellationToken ct) => UseAsync<NativeFrame?>(
        async mi =>
        {
            var rows = (await mi.DoAsync(string.Create(CultureInfo.InvariantCulture, $"-stack-list-frames 0 {MostActivations}"), ct).ConfigureAwait(false))["stack"].Items;
            NativeFrame? found = null;
            for (var level = 1; level < rows.Count && await AddressAsync(mi, level - 1, ct).ConfigureAwait(false) is { } address && address <= stack; level++)
            {
                found = new NativeFrame(address, rows[level]["addr"].Address());
            }

            return found;
        },
        ct);

    private async Task<IReadOnlyList<Frame>> ReadFramesAsync(MiConnection mi, int start, int end, CancellationToken ct)
    {
        var answer = await mi.DoAsync(string.Create(CultureInfo.InvariantCulture, $"-stack-list-frames {start} {end}"), ct).ConfigureAwait(false);
        var frames = new List<Frame>();
        foreach (var frame in answer["stack"].Items)
        {
            frames.Add(await ReadFrameAsync(mi, frame, ct).ConfigureAwait(false));
        }

        return frames;
    }

    private async Task<Frame> ReadFrameAsync(MiConnection mi, MiValue frame, CancellationToken ct)
    {
        var (index, pc) = (frame["level"].Number(), frame["addr"].Address() ?? 0);
        var file = frame.FindText("fullname") ?? frame.FindText("file");
        var line = int.TryParse(frame.FindText("line"), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
        var function = frame.FindText("func") ?? "??";

        var isUsers = IsUsers(index, pc);

        // The outermost frame, mostly main's, has no caller that gdb shows: its address is 0 here.
        var address = isUsers && index < MostActivations ? await AddressAsync(mi, index, ct).ConfigureAwait(false) ?? 0 : (ulong?)null;
        return new Frame(index, file is not null && line > 0 ? new SourceLocation(file, line) : null, function, isUsers, address is { } cfa ? Activation(function, cfa) : null) { Instruction = pc };
    }

    /// <summary>The user's code is what has lines in the program's own files; the system's libraries have theirs, if at all, in files of their own. A return address may be beyond its function.</summary>
    private bool IsUsers(int index, ulong pc) => _context.Space.Modules.Find(index == 0 ? pc : pc - 1, _session.Process.Pid).Row is not null;

    /// <summary>The only name such an expression uses is that of the count, which gdb does not know.</summary>
    private string Counted(string expression, int stream) =>
        StreamCounter.Read(_session.Process, stream) is { } count
            ? WrittenName().Replace(expression, count.ToString(CultureInfo.InvariantCulture))
            : throw new FredException(ErrorId.BadExpression, "What the program has written is not known here.");

    [System.Text.RegularExpressions.GeneratedRegex(@"\bwritten\b")]
    private static partial System.Text.RegularExpressions.Regex WrittenName();

    /// <summary>A call whose arguments are not in place yet has begun for nobody; but main is there from the timeline's first tick on.</summary>
    private bool IsEntering(ulong pc) => _context.Space.Modules.Find(pc, _session.Process.Pid) is { Module: { } module, Function: { } function } && ModuleMap.AfterPrologue(module, function) > pc;

    private static string Activation(string function, ulong address) => string.Create(CultureInfo.InvariantCulture, $"frame:{address:x}:{function}");

    /// <summary>A frame's address: the stack pointer of its caller.</summary>
    private static async Task<ulong?> AddressAsync(MiConnection mi, int frame, CancellationToken ct)
    {
        var reply = await mi.AskAsync(string.Create(CultureInfo.InvariantCulture, $"-data-evaluate-expression --thread 1 --frame {frame + 1} \"(unsigned long)$sp\""), ct).ConfigureAwait(false);
        return !reply.IsError && ulong.TryParse(reply.Results.FindText("value"), NumberStyles.None, CultureInfo.InvariantCulture, out var address) ? address : null;
    }

    private async Task<int?> FrameOfAsync(MiConnection mi, EvaluationScope scope, CancellationToken ct)
    {
        if (scope is EvaluationScope.InFrame or EvaluationScope.Anywhere)
        {
            return scope is EvaluationScope.InFrame { Index: var index } ? index : 0;
        }

        if (_found is { } found && found.Scope == scope)
        {
            return found.Frame;
        }

        // Frames are cheap to list; where one is on the stack is asked only for those that bear the name.
        var answer = await mi.DoAsync(string.Create(CultureInfo.InvariantCulture, $"-stack-list-frames 0 {MostActivations}"), ct).ConfigureAwait(false);
        foreach (var frame in answer["stack"].Items)
        {
            var (level, function) = (frame["level"].Number(), frame.FindText("func") ?? "??");
            if (!(level == 0 && function != EntryFunction && IsEntering(frame["addr"].Address() ?? 0)) && scope switch
            {
                EvaluationScope.InActivation { Activation: var wanted } =>
                    FunctionOf(wanted) == function && wanted == Activation(function, await AddressAsync(mi, level, ct).ConfigureAwait(false) ?? 0),
                EvaluationScope.InFunction { Function: var wanted } => Frame.IsNamed(function, wanted) && IsUsers(level, frame["addr"].Address() ?? 0),
                _ => false,
            })
            {
                _found = (scope, level);
                return level;
            }
        }

        _found = (scope, null);
        return null;
    }
}
