namespace Fred.Backends;

/// <summary>How a forward step is to go.</summary>
internal enum StepKind
{
    /// <summary>To the next line, into functions.</summary>
    Into,

    /// <summary>To the next line of this function or its callers.</summary>
    Over,

    /// <summary>Until this function has returned.</summary>
    Out,
}

/// <summary>Forward steps by line, in the past and live alike.</summary>
/// <remarks>
/// The process runs from line event to line event and the rules of <see cref="StepLog"/> decide at each, with one more stop: the return of the frame where the step began, because
/// only there it is seen to which line one returns. Frames deeper than the interesting one cost nothing: their events do not stop the process.
/// </remarks>
/// <param name="process">Stopped.</param>
/// <param name="rules">Of the program.</param>
/// <param name="calls">Runs long calls; null where that is not another thing than the rest.</param>
/// <param name="resume">Runs the process with the user's breakpoints and these addresses of ours; comes back when it stands for a reason of the user's or ours.</param>
internal sealed class Stepper(NativeProcess process, LineRules rules, LongCall? calls, Func<NativeRun, IReadOnlyList<ulong>, Task<AgentMessage.Halted>> resume)
{
    private NativeFrame _frame;
    private long? _line;
    private ulong _floor;

    /// <summary>Steps once.</summary>
    /// <param name="kind">How.</param>
    /// <param name="limit">The process's tick it never passes; null for none.</param>
    /// <returns>Where the process stands. Reason <c>line</c>: the step has arrived; any other ended it.</returns>
    public async Task<AgentMessage.Halted> StepAsync(StepKind kind, long? limit)
    {
        await BeginAsync(kind).ConfigureAwait(false);
        var run = new NativeRun { Limit = limit, Breakpoints = true, Counted = kind != StepKind.Out };
        var isHasty = calls is not null && kind == StepKind.Over && limit is null;
        while (true)
        {
            var halt = await resume(
                kind == StepKind.Out ? run : run with { StopAtLines = true, LineStack = _floor, Steps = isHasty ? LongCall.Patience : null },
                _frame.ReturnTo is { } back ? [back] : []).ConfigureAwait(false);
            switch (halt.Reason)
            {
                case "line" when await IsArrivalAsync(halt, kind, run).ConfigureAwait(false) is { } arrived:
                    return arrived;
                case "line":
                    break;
                case "limit" when isHasty:
                    if (halt.Sp < _floor && await calls!.RunAsync(_floor).ConfigureAwait(false) is { } ended)
                    {
                        return ended;
                    }

                    // Where a run begins no line event is seen.
                    if (process.Halt.Sp >= _floor && await IsArrivalAsync(process.Halt with { Reason = "line", Ids = [] }, kind, run).ConfigureAwait(false) is { } there)
                    {
                        return there;
                    }

                    break;
                case "breakpoint" when IsReturn(halt):
                    if (await IsArrivalAfterReturnAsync(halt, kind).ConfigureAwait(false))
                    {
                        return halt with { Reason = "line", Ids = [] };
                    }

                    break;
                case "breakpoint" when halt.Ids.All(GdbSession.IsOurs):
                    // The return of another activation of the function; or one comes there without returning, where a line begins: that is told as a breakpoint only.
                    if (kind != StepKind.Out && halt.Sp >= _floor && await IsArrivalAsync(halt, kind, run).ConfigureAwait(false) is { } jumped)
                    {
                        return jumped with { Reason = "line", Ids = [] };
                    }

                    break;
                default:
                    return halt;
            }
        }
    }

    private async Task BeginAsync(StepKind kind)
    {
        _frame = await FrameFinder.InnermostAsync(process).ConfigureAwait(false);
        _line = rules.LineOf(process.Halt.Pc, process.Pid);

        // In code without lines all there is to do is to come back to code with lines, which is further up the stack. In a prologue the frame is not complete yet.
        var place = process.Space.Modules.Find(process.Halt.Pc, process.Pid);
        var isPrologue = place.Row is not null && place.Function?.Start == place.RowStart;
        _floor = (kind == StepKind.Over && !isPrologue) || _line is null ? process.Halt.Sp : 0;
    }

    private bool IsReturn(AgentMessage.Halted halt) => halt.Pc == _frame.ReturnTo && halt.Sp >= _frame.Address;

    /// <summary>A line begins: decides whether the step ends here, and prepares to go on when not.</summary>
    /// <returns>The stop when the step has arrived, maybe a little further on, behind a prologue; null to go on.</returns>
    private async Task<AgentMessage.Halted?> IsArrivalAsync(AgentMessage.Halted halt, StepKind kind, NativeRun run)
    {
        if (rules.At(halt.Pc, process.Pid) is not { } start)
        {
            return null;
        }

        if (start.IsEntry && halt.Sp < _frame.Address)
        {
            return await EnterAsync(halt, start, run).ConfigureAwait(false);
        }

        if (halt.Sp >= _frame.Address)
        {
            // longjmp or an exception has come back to a caller.
            _frame = await FrameFinder.InnermostAsync(process).ConfigureAwait(false);
            _floor = kind == StepKind.Over ? halt.Sp : 0;
        }

        if (start.Line == _line)
        {
            return null;
        }

        return halt;
    }

    private async Task<AgentMessage.Halted?> EnterAsync(AgentMessage.Halted halt, LineStart start, NativeRun run)
    {
        // Called from code without lines: a callback, which is stepped over with the function that calls it.
        if (process.Memory.ReadWord(halt.Sp) is not { } caller || rules.LineOf(caller, process.Pid) is null)
        {
            _floor = halt.Sp + 16;
            return null;
        }

        var place = process.Space.Modules.Find(halt.Pc, process.Pid);
        if (start.IsBody || ModuleMap.AfterPrologue(place.Module!, place.Function!.Value) is not { } body)
        {
            return halt;
        }

        var arrived = await resume(run, [body]).ConfigureAwait(false);
        return arrived.Reason == "breakpoint" && arrived.Ids.All(GdbSession.IsOurs) ? arrived with { Reason = "line", Ids = [] } : arrived;
    }

    /// <summary>The frame has returned: at the beginning of another line the step ends; in the middle of one it goes on to the end of that line.</summary>
    private async Task<bool> IsArrivalAfterReturnAsync(AgentMessage.Halted halt, StepKind kind)
    {
        var line = rules.LineOf(halt.Pc, process.Pid);
        if (kind == StepKind.Out && line is not null)
        {
            return true;
        }

        if (line is not null && line != _line && rules.At(halt.Pc, process.Pid) is not null)
        {
            return true;
        }

        _frame = await FrameFinder.InnermostAsync(process).ConfigureAwait(false);
        _line = line;
        _floor = kind == StepKind.Over || line is null ? halt.Sp : 0;
        return false;
    }
}
