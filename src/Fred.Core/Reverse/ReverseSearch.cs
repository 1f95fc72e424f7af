namespace Fred.Core;

/// <summary>The reverse verbs: each is "the last event before now that satisfies ...", found by replaying intervals forward, newest first.</summary>
internal sealed class ReverseSearch(Timeline timeline)
{
    /// <summary>Of <see cref="IntervalWalk.EndingAtAsync"/>: a hundred million ticks.</summary>
    private const int QuickPieces = 4;

    private readonly IntervalWalk _walk = new(timeline);

    /// <summary>Goes back some events.</summary>
    /// <param name="from">Where the thread that steps stands.</param>
    /// <param name="count">How many.</param>
    /// <param name="ct">Cancels; the user then stands where he stood.</param>
    /// <returns>The stop; start-of-history when there are fewer.</returns>
    public async Task<StopEvent> StepAsync(StopEvent from, int count, CancellationToken ct)
    {
        if (!timeline.Traits.EveryTickIsAStep || timeline.Session.Current.ThreadsStarted > 1)
        {
            return await BackAsync(from, count, static stop => StepFilter.Any with { Thread = stop.Thread }, ct).ConfigureAwait(false);
        }

        var target = timeline.At.Value - count;
        return target >= Timeline.FirstEvent.Value
            ? await timeline.GotoAsync(new Ticks(target), ct).ConfigureAwait(false)
            : await GotoStartAsync(ct).ConfigureAwait(false);
    }

    /// <summary>Goes back to the last event that is not deeper than here.</summary>
    /// <param name="from">Where the thread that steps stands.</param>
    /// <param name="count">How many times.</param>
    /// <param name="ct">Cancels; the user then stands where he stood.</param>
    /// <returns>The stop.</returns>
    public Task<StopEvent> NextAsync(StopEvent from, int count, CancellationToken ct) => BackAsync(from, count, static stop => new StepFilter(stop.Depth) { Anchor = stop.Anchor, Thread = stop.Thread }, ct);

    /// <summary>Goes back to the statement that called this function.</summary>
    /// <param name="from">Where the thread that steps stands.</param>
    /// <param name="count">How many functions.</param>
    /// <param name="ct">Cancels; the user then stands where he stood.</param>
    /// <returns>The stop.</returns>
    public Task<StopEvent> FinishAsync(StopEvent from, int count, CancellationToken ct) => BackAsync(from, count, static stop => new StepFilter(stop.Depth - 1) { Thread = stop.Thread }, ct);

    /// <summary>Goes back to a breakpoint, or to a signal that stops the program. Ignore counts, hit counts and temporary breakpoints are matters of going forward and stay as they are.</summary>
    /// <param name="command">Which hit, and how far back to look.</param>
    /// <param name="armed">The breakpoints that count.</param>
    /// <param name="ct">Cancels; the user then stands where he stood.</param>
    /// <returns>The stop; start-of-history (or the end of the search) when there are fewer hits.</returns>
    public async Task<StopEvent> ContinueAsync(SessionCommand.ReverseContinue command, BreakpointSet armed, CancellationToken ct)
    {
        var missing = command.Count;
        var since = command.Since ?? Ticks.Zero;
        IGrouping<Ticks, ScanMatch>? hit = null;
        var signals = timeline.MeetsSignals;
        if (armed.Enabled.Count > 0 || signals)
        {
            timeline.Meter.Expect(timeline.At - since);
            await _walk.BackwardsAsync(
                timeline.At.Previous,
                limit => new BreakpointScan(limit, All: command.Count > 1) { Signals = signals },
                armed,
                (start, matches) =>
                {
                    var hits = matches.Where(m => m.At > since).GroupBy(m => m.At).Reverse().ToList();
                    hit = hits.Count >= missing ? hits[missing - 1] : null;
                    missing -= hits.Count;
                    return hit is not null || start <= since;
                },
                ct).ConfigureAwait(false);
        }

        if (hit is null)
        {
            return command.Since is { } end && end < timeline.At ? await timeline.GotoAsync(end, ct).ConfigureAwait(false) : await GotoStartAsync(ct).ConfigureAwait(false);
        }

        var stop = await timeline.GotoAsync(hit.Key, ct).ConfigureAwait(false);
        var ids = hit.Where(m => m.Signal is null).Select(m => m.Breakpoint).Distinct().ToList();
        if (ids.Count == 0)
        {
            return stop with { Reason = StopReason.Signal, Detail = hit.First().Signal };
        }

        return armed.Enabled.Where(b => ids.Contains(b.Id)).All(b => b.Kind == BreakpointKind.Watch)
            ? stop with { Reason = StopReason.Watch, Breakpoints = ids, Detail = $"The next statement changes {string.Join(" and ", armed.Enabled.Where(b => ids.Contains(b.Id)).Select(b => b.Watched?.Expression))}" }
            : stop with { Reason = StopReason.Breakpoint, Breakpoints = ids };
    }

    /// <summary>Finds the last time before now that the program came to a place. The user stays where he is.</summary>
    /// <param name="place">A line, or one inside a statement.</param>
    /// <param name="ct">Stops the search.</param>
    /// <returns>The tick; null when it never did.</returns>
    public Task<Ticks?> LastAtAsync(SourceLocation place, CancellationToken ct) =>
        LastAsync(timeline.At.Previous, static to => new BreakpointScan(to), new BreakpointSet(-1, [new Breakpoint(1, place)]), ct);

    /// <summary>Finds the last event before now outside of a call: the statement that made it. Looks back as far as is quick, a tenth of a second of running. The user stays where he is.</summary>
    /// <param name="depth">How deep the call is, in the backend's unit.</param>
    /// <param name="ct">Stops the search.</param>
    /// <returns>The tick; null when the call began before that.</returns>
    public async Task<Ticks?> LastOutsideAsync(int depth, CancellationToken ct)
    {
        Ticks? found = null;
        var pieces = 0;
        await _walk.EndingAtAsync(
            timeline.At.Previous,
            new EventScan(timeline.At.Previous, new StepFilter(depth - 1) { Thread = timeline.Session.Current.Thread }),
            matches =>
            {
                found = matches.Count > 0 ? matches[^1].At : null;
                return found is not null || ++pieces == QuickPieces;
            },
            ct).ConfigureAwait(false);
        return found;
    }

    /// <summary>Finds every hit of the breakpoints in the history of this branch. The user stays where he is.</summary>
    /// <param name="most">How many at most; the oldest are found first.</param>
    /// <param name="armed">The breakpoints that count.</param>
    /// <param name="ct">Stops the search.</param>
    /// <returns>The hits in time order.</returns>
    public async Task<IReadOnlyList<ScanMatch>> AllAsync(int most, BreakpointSet armed, CancellationToken ct)
    {
        var all = new List<ScanMatch>();
        if (armed.Enabled.Count > 0)
        {
            timeline.Meter.Expect(timeline.Branch.Edge.Value);
            await _walk.ForwardsAsync(
                Ticks.Zero,
                timeline.Branch.Edge,
                limit => new BreakpointScan(limit, All: true),
                armed,
                matches =>
                {
                    all.AddRange(matches);
                    return all.Count >= most;
                },
                ct).ConfigureAwait(false);
        }

        return all.Count <= most ? all : all[..most];
    }

    private async Task<StopEvent> BackAsync(StopEvent standing, int count, Func<StopEvent, StepFilter> filterAt, CancellationToken ct)
    {
        var from = timeline.At;
        var stop = standing;
        try
        {
            for (var i = 0; i < count; i++)
            {
                var filter = filterAt(stop);
                if (await LastEventAsync(stop.At.Previous, filter, ct).ConfigureAwait(false) is not { } found)
                {
                    return await GotoStartAsync(ct).ConfigureAwait(false);
                }

                stop = await timeline.GotoAsync(found, ct).ConfigureAwait(false);
                CheckMatches(filter, stop);
            }
        }
        catch (Exception error) when (error is FredException or OperationCanceledException)
        {
            // With a count the user may be half way by now; he stood at `from`.
            await timeline.GotoAsync(from, CancellationToken.None).ConfigureAwait(false);
            throw;
        }

        return stop;
    }

    private async Task<Ticks?> LastEventAsync(Ticks limit, StepFilter filter, CancellationToken ct)
    {
        if (timeline.Traits.EveryTickIsAStep)
        {
            return await LastAsync(limit, to => new EventScan(to, filter), BreakpointSet.Empty, ct).ConfigureAwait(false);
        }

        Ticks? found = null;
        timeline.Meter.Expect(limit.Value);
        await _walk.EndingAtAsync(
            limit,
            new EventScan(limit, filter),
            matches =>
            {
                found = matches.Count > 0 ? matches[^1].At : null;
                return found is not null;
            },
            ct).ConfigureAwait(false);
        return found;
    }

    private async Task<Ticks?> LastAsync(Ticks limit, Func<Ticks, ScanRequest> request, BreakpointSet armed, CancellationToken ct)
    {
        Ticks? found = null;
        timeline.Meter.Expect(limit.Value);
        await _walk.BackwardsAsync(
            limit,
            request,
            armed,
            (_, matches) =>
            {
                found = matches.Count > 0 ? matches[^1].At : null;
                return found is not null;
            },
            ct).ConfigureAwait(false);
        return found;
    }

    private async Task<StopEvent> GotoStartAsync(CancellationToken ct)
    {
        var start = timeline.At < Timeline.FirstEvent || timeline.Branch.Edge < Timeline.FirstEvent ? Ticks.Zero : Timeline.FirstEvent;
        return await timeline.GotoAsync(start, ct).ConfigureAwait(false) with { Reason = StopReason.StartOfHistory };
    }

    private void CheckMatches(StepFilter filter, StopEvent stop)
    {
        if (timeline.Traits.EveryTickIsAStep && !filter.MayMatch(stop))
        {
            throw new FredException(
                ErrorId.ReplayDiverged,
                $"A search found an event at tick {stop.At}, but a clean replay stands at another one there ({stop.Location?.File}:{stop.Location?.Line}). The position is unchanged; report this as a bug.");
        }
    }
}
