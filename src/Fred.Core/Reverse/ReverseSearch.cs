namespace Fred.Core;

/// <summary>The reverse verbs: each is "the last event before now that satisfies ...", found by replaying intervals forward, newest first.</summary>
/// <remarks>
/// One convention throughout: an interval is (start, limit]; start is a checkpoint, the next older interval ends at start, so the intervals tile the past and an
/// event exactly at a checkpoint belongs to the interval that ends there. Each interval is replayed once, in a throw-away replica that notes the last match.
/// </remarks>
internal sealed class ReverseSearch(Timeline timeline)
{
    /// <summary>
    /// Intervals shorter than this are merged with older ones (each search step at least doubles): copies parked near now are only some hundred ticks apart, and
    /// a replica for each would cost more (2-9 ms) than replaying this many ticks (about 10 ms).
    /// </summary>
    private const long MergeBelow = 100_000;

    /// <summary>Goes back some events.</summary>
    /// <param name="count">How many.</param>
    /// <param name="ct">Cancels; the user then stands where he stood.</param>
    /// <returns>The stop; start-of-history when there are fewer.</returns>
    public async Task<StopEvent> StepAsync(int count, CancellationToken ct)
    {
        var target = timeline.At.Value - count;
        return target >= Timeline.FirstEvent.Value
            ? await timeline.GotoAsync(new Ticks(target), ct).ConfigureAwait(false)
            : await GotoStartAsync(ct).ConfigureAwait(false);
    }

    /// <summary>Goes back to the last event that is not deeper than here.</summary>
    /// <param name="count">How many times.</param>
    /// <param name="ct">Cancels; the user then stands where he stood.</param>
    /// <returns>The stop.</returns>
    public Task<StopEvent> NextAsync(int count, CancellationToken ct) => BackAsync(count, static stop => new StepFilter(stop.Depth), ct);

    /// <summary>Goes back to the statement that called this function.</summary>
    /// <param name="count">How many functions.</param>
    /// <param name="ct">Cancels; the user then stands where he stood.</param>
    /// <returns>The stop.</returns>
    public Task<StopEvent> FinishAsync(int count, CancellationToken ct) => BackAsync(count, static stop => new StepFilter(stop.Depth - 1), ct);

    /// <summary>Goes back to a breakpoint. Ignore counts, hit counts and temporary breakpoints are matters of going forward and stay as they are.</summary>
    /// <param name="count">The count-th hit back.</param>
    /// <param name="armed">The breakpoints that count.</param>
    /// <param name="ct">Cancels; the user then stands where he stood.</param>
    /// <returns>The stop; start-of-history when there are fewer hits.</returns>
    public async Task<StopEvent> ContinueAsync(int count, BreakpointSet armed, CancellationToken ct)
    {
        var missing = count;
        IGrouping<Ticks, ScanMatch>? hit = null;
        if (armed.Enabled.Count > 0)
        {
            await BackwardsAsync(
                timeline.At.Previous,
                limit => new BreakpointScan(limit, All: count > 1),
                armed,
                (_, matches) =>
                {
                    var hits = matches.GroupBy(m => m.At).Reverse().ToList();
                    hit = hits.Count >= missing ? hits[missing - 1] : null;
                    missing -= hits.Count;
                    return hit is not null;
                },
                ct).ConfigureAwait(false);
        }

        if (hit is null)
        {
            return await GotoStartAsync(ct).ConfigureAwait(false);
        }

        var stop = await timeline.GotoAsync(hit.Key, ct).ConfigureAwait(false);
        return stop with { Reason = StopReason.Breakpoint, Breakpoints = [.. hit.Select(m => m.Breakpoint)] };
    }

    private async Task<StopEvent> BackAsync(int count, Func<StopEvent, StepFilter> filterAt, CancellationToken ct)
    {
        var from = timeline.At;
        var stop = timeline.Session.Current;
        try
        {
            for (var i = 0; i < count; i++)
            {
                var filter = filterAt(stop);
                if (await LastAsync(stop.At.Previous, filter, ct).ConfigureAwait(false) is not { } found)
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

    private async Task<Ticks?> LastAsync(Ticks limit, StepFilter filter, CancellationToken ct)
    {
        Ticks? found = null;
        await BackwardsAsync(
            limit,
            to => new EventScan(to, filter),
            BreakpointSet.Empty,
            (_, matches) =>
            {
                found = matches.Count > 0 ? matches[^1].At : null;
                return found is not null;
            },
            ct).ConfigureAwait(false);
        return found;
    }

    /// <summary>Replays the intervals before a tick, newest first, until one satisfies.</summary>
    /// <param name="limit">The newest interval ends here.</param>
    /// <param name="request">What to look for in an interval with a given end.</param>
    /// <param name="armed">The breakpoints that count.</param>
    /// <param name="isEnough">Looks at an interval's start and matches.</param>
    /// <param name="ct">Stops the search.</param>
    /// <returns>Done when an interval was enough, or the beginning is reached.</returns>
    private async Task BackwardsAsync(
        Ticks limit, Func<Ticks, ScanRequest> request, BreakpointSet armed, Func<Ticks, IReadOnlyList<ScanMatch>, bool> isEnough, CancellationToken ct)
    {
        long length = 0;
        while (limit >= Timeline.FirstEvent)
        {
            var from = new Ticks(Math.Max(0, limit.Value - Math.Max(1, Math.Min(2 * length, MergeBelow))));
            var (start, matches) = await timeline.ScanAsync(from, request(limit), armed, ct).ConfigureAwait(false);
            if (isEnough(start, matches))
            {
                return;
            }

            (length, limit) = (limit - start, start);
        }
    }

    private async Task<StopEvent> GotoStartAsync(CancellationToken ct)
    {
        var start = timeline.At < Timeline.FirstEvent || timeline.Branch.Edge < Timeline.FirstEvent ? Ticks.Zero : Timeline.FirstEvent;
        return await timeline.GotoAsync(start, ct).ConfigureAwait(false) with { Reason = StopReason.StartOfHistory };
    }

    private static void CheckMatches(StepFilter filter, StopEvent stop)
    {
        if (!filter.Matches(stop.Depth, stop.Location?.Line ?? 0, stop.Kind))
        {
            throw new FredException(
                ErrorId.ReplayDiverged,
                $"A search found an event at tick {stop.At}, but a clean replay stands at another one there ({stop.Location?.File}:{stop.Location?.Line}). The position is unchanged; report this as a bug.");
        }
    }
}
