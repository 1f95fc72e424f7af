namespace Fred.Dap;

/// <summary>Data breakpoints in both directions, made of reverse watches.</summary>
/// <remarks>
/// Nothing watches the program while it runs, so it runs at full speed. Going forward, the stretch just run is searched afterwards for the first change, and the
/// user is put right behind it: in the past, if the program has run on. Going backwards, the last change before now is searched for and the user is put right
/// before it; the value now is the value since the last change, so "the value is another one" turned false exactly there. Whichever is met first, breakpoint or
/// change, ends the move.
/// </remarks>
internal sealed class DataSearch
{
    private readonly Sitting _sitting;
    private readonly BreakpointRun _run;

    /// <summary>Initializes a new instance of the <see cref="DataSearch"/> class.</summary>
    public DataSearch(Sitting sitting, BreakpointRun run)
    {
        _sitting = sitting;
        _run = run;
    }

    /// <summary>Moves forward to where the command ends or to behind the first change of a watched value.</summary>
    public async Task<StopEvent> ForwardAsync(Leg leg, SessionCommand command)
    {
        DebugSession session = _sitting.Session;
        Ticks since = session.Position.At;
        List<ValueWatch> watches = await TakeAllAsync(session, leg.Token).ConfigureAwait(false);
        StopEvent end = await _run.MoveAsync(leg, command).ConfigureAwait(false);
        Ticks last = session.Position.At;
        while (watches.Count > 0 && since < last)
        {
            if (await FindFirstAsync(session, watches, since, leg.Token).ConfigureAwait(false) is not { } change)
            {
                break;
            }
            StopEvent stop = await session.ExecuteAsync(new SessionCommand.Goto(change.At.Next), leg.Token).ConfigureAwait(false);
            if (await HoldsAsync(session, change.Watch.Breakpoint, leg.Token).ConfigureAwait(false))
            {
                return await DescribeAsync(session, stop, change.Watch, change.Watch.Now.Value, null, leg.Token).ConfigureAwait(false);
            }
            since = change.At.Next;
            watches = await TakeAllAsync(session, leg.Token).ConfigureAwait(false);
            await session.ExecuteAsync(new SessionCommand.Goto(last), leg.Token).ConfigureAwait(false);
        }
        return end;
    }

    /// <summary>Moves backwards to the last breakpoint hit or to before the last change of a watched value.</summary>
    public async Task<StopEvent> BackwardAsync(Leg leg, SessionCommand command)
    {
        DebugSession session = _sitting.Session;
        Ticks origin = session.Position.At;
        if (_sitting.Breakpoints.Data.All.Count == 0)
        {
            return await _run.MoveAsync(leg, command).ConfigureAwait(false);
        }
        try
        {
            // Without breakpoints the way back to the beginning is only gone when there is no change on it.
            bool canHit = session.Breakpoints.Any(breakpoint => breakpoint.Enabled);
            StopEvent? hit = canHit ? await _run.MoveAsync(leg, command).ConfigureAwait(false) : null;
            Change? change = await FindLastAsync(session, origin, hit?.At ?? Ticks.Zero, leg.Token).ConfigureAwait(false);
            if (change is null)
            {
                await GoAsync(session, hit?.At ?? origin, leg.Token).ConfigureAwait(false);
                return hit ?? await _run.MoveAsync(leg, command).ConfigureAwait(false);
            }
            StopEvent stop = await GoAsync(session, change.At, leg.Token).ConfigureAwait(false);
            return await DescribeAsync(session, stop, change.Watch, null, change.Watch.Now.Value, leg.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (Cancellation.Is(error))
        {
            await GoAsync(session, origin, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    private static async Task<StopEvent> GoAsync(DebugSession session, Ticks target, CancellationToken ct) =>
        session.Position.At == target ? session.Stop : await session.ExecuteAsync(new SessionCommand.Goto(target), ct).ConfigureAwait(false);

    private async Task<List<ValueWatch>> TakeAllAsync(DebugSession session, CancellationToken ct)
    {
        var taken = new List<ValueWatch>();
        foreach (DataBreakpoint breakpoint in _sitting.Breakpoints.Data.All)
        {
            if (await ValueWatch.TakeAsync(session, _sitting.BackendName, breakpoint, ct).ConfigureAwait(false) is { } watch)
            {
                taken.Add(watch);
            }
        }
        return taken;
    }

    // Each search starts where the one before ended, which is the earliest change known so far: only an earlier one is of interest.
    private static async Task<Change?> FindFirstAsync(DebugSession session, List<ValueWatch> watches, Ticks since, CancellationToken ct)
    {
        Change? first = null;
        foreach (ValueWatch watch in watches)
        {
            var query = new WatchQuery(watch.Now.IsSame, watch.Breakpoint.Data.Scope, WhichTransition.First) { Since = since };
            WatchReport report = await session.ReverseWatchAsync(query, ct).ConfigureAwait(false);
            if (report.Transitions.Count > 0)
            {
                first = new Change(report.Transitions[0].At, watch);
            }
        }
        return first;
    }

    private async Task<Change?> FindLastAsync(DebugSession session, Ticks origin, Ticks since, CancellationToken ct)
    {
        Change? last = null;
        foreach (DataBreakpoint breakpoint in _sitting.Breakpoints.Data.All)
        {
            Ticks floor = last?.At.Next ?? since;
            if (await FindLastAsync(session, breakpoint, origin, floor, ct).ConfigureAwait(false) is { } found)
            {
                last = found;
            }
        }
        return last;
    }

    // The last change of one value at or after a tick; with a condition, the last one after which it holds.
    private async Task<Change?> FindLastAsync(DebugSession session, DataBreakpoint breakpoint, Ticks origin, Ticks since, CancellationToken ct)
    {
        await GoAsync(session, origin, ct).ConfigureAwait(false);
        while (await ValueWatch.TakeAsync(session, _sitting.BackendName, breakpoint, ct).ConfigureAwait(false) is { } watch)
        {
            var query = new WatchQuery(watch.Now.IsOther, breakpoint.Data.Scope) { Since = since, Exact = true };
            WatchReport report = await session.ReverseWatchAsync(query, ct).ConfigureAwait(false);
            if (report.Transitions.Count == 0)
            {
                return null;
            }
            Ticks at = report.Transitions[^1].At;
            if (breakpoint.Condition is null)
            {
                return new Change(at, watch);
            }
            await session.ExecuteAsync(new SessionCommand.Goto(at.Next), ct).ConfigureAwait(false);
            bool holds = await HoldsAsync(session, breakpoint, ct).ConfigureAwait(false);
            if (holds)
            {
                return new Change(at, watch);
            }
            await session.ExecuteAsync(new SessionCommand.Goto(at), ct).ConfigureAwait(false);
        }
        return null;
    }

    private static async Task<bool> HoldsAsync(DebugSession session, DataBreakpoint breakpoint, CancellationToken ct) => breakpoint.Condition is null
        || (await session.EvaluateAsync(breakpoint.Condition, breakpoint.Data.Scope, ct).ConfigureAwait(false)).Truth == Truth.Good;

    private static async Task<StopEvent> DescribeAsync(
        DebugSession session, StopEvent stop, ValueWatch watch, string? before, string? after, CancellationToken ct)
    {
        DataId data = watch.Breakpoint.Data;
        string here = await ValueAsync(session, data, ct).ConfigureAwait(false);
        string name = data.Bytes > 0 ? $"{data.Bytes} bytes at {data.Expression}" : data.Expression;
        string text = before is not null ? $"{name} was {before}, is now {here}" : $"{name} is {here}, the next statement makes it {after}";
        return stop with { Reason = StopReason.Watch, Detail = text, Breakpoints = [watch.Breakpoint.Id] };
    }

    private static async Task<string> ValueAsync(DebugSession session, DataId data, CancellationToken ct)
    {
        if (data.Bytes > 0)
        {
            return await DataBytes.TakeAsync(session, data, ct).ConfigureAwait(false) is { } bytes ? bytes.Value : "without a value";
        }
        Evaluation value = await session.EvaluateAsync(data.Expression, data.Scope, ct).ConfigureAwait(false);
        return value.Truth == Truth.NotEvaluable ? "without a value" : value.Value;
    }

    private sealed record Change(Ticks At, ValueWatch Watch);
}
