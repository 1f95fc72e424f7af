namespace Fred.Backends;

/// <summary>What the rules of stepping have to know about an instruction at which a line begins.</summary>
/// <param name="Line">Identifies file and line.</param>
/// <param name="IsEntry">It is a function's first instruction.</param>
/// <param name="IsBody">It is where a function's body begins, behind its prologue: where gdb's step into the function stops.</param>
/// <param name="FollowsCall">One returns to it from a call.</param>
internal readonly record struct LineStart(long Line, bool IsEntry, bool IsBody, bool FollowsCall);

/// <summary>Looks up <see cref="LineStart"/>s.</summary>
internal sealed class LineRules(NativeSpace space)
{
    private readonly Dictionary<ulong, LineStart?> _known = [];
    private readonly Lock _gate = new();

    /// <summary>Finds out about an instruction.</summary>
    /// <param name="pc">The instruction.</param>
    /// <param name="pid">A process of the program.</param>
    /// <returns>Null when no line begins there.</returns>
    public LineStart? At(ulong pc, int pid)
    {
        lock (_gate)
        {
            if (!_known.TryGetValue(pc, out var start))
            {
                _known[pc] = start = Find(pc, pid);
            }

            return start;
        }
    }

    /// <summary>Identifies the line an instruction belongs to.</summary>
    /// <param name="pc">Any instruction.</param>
    /// <param name="pid">A process of the program.</param>
    /// <returns>Null where no line is known.</returns>
    public long? LineOf(ulong pc, int pid) => Key(space.Modules.Find(pc, pid));

    private static long? Key(CodePlace place) => place.Row is { } row ? ((long)place.Module!.Start << 8) ^ ((long)row.File << 32) ^ row.Line : null;

    private LineStart? Find(ulong pc, int pid)
    {
        var place = space.Modules.Find(pc, pid);
        if (Key(place) is not { } line || place.RowStart != pc || !place.Row!.Value.IsStatement)
        {
            return null;
        }

        var entry = place.Function is { } function && function.Start == pc;
        var body = place.Function is { } owner && ModuleMap.AfterPrologue(place.Module!, owner) == pc;
        return new LineStart(line, entry, body, place.Module!.FollowsCall(pc));
    }
}
