namespace Fred.Core;

/// <summary>Replays the past interval by interval, each once, newest or oldest first.</summary>
/// <remarks>
/// One convention throughout: an interval is (start, limit]; start is a checkpoint, the next older interval ends at start, so the intervals tile the past and an
/// event exactly at a checkpoint belongs to the interval that ends there.
/// </remarks>
internal sealed class IntervalWalk(Timeline timeline)
{
    /// <summary>
    /// Intervals shorter than this are merged with older ones (each search step at least doubles): copies parked near now are only some hundred ticks apart, and
    /// a replica for each would cost more (2-9 ms) than replaying this many ticks (about 10 ms).
    /// </summary>
    private const long MergeBelow = 100_000;

    /// <summary>Replays the intervals before a tick, newest first, until one satisfies.</summary>
    /// <param name="limit">The newest interval ends here.</param>
    /// <param name="request">What to look for in an interval with a given end.</param>
    /// <param name="armed">The breakpoints that count.</param>
    /// <param name="isEnough">Looks at an interval's start and matches.</param>
    /// <param name="ct">Stops the search.</param>
    /// <returns>Done when an interval was enough, or the beginning is reached.</returns>
    public async Task BackwardsAsync(
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

    /// <summary>Replays the intervals up to a tick, oldest first, until one satisfies.</summary>
    /// <param name="from">The oldest interval starts here.</param>
    /// <param name="limit">The newest interval ends here.</param>
    /// <param name="request">What to look for in an interval with a given end.</param>
    /// <param name="armed">The breakpoints that count.</param>
    /// <param name="isEnough">Looks at an interval's matches.</param>
    /// <param name="ct">Stops the search.</param>
    /// <returns>Done when an interval was enough, or the limit is reached.</returns>
    public async Task ForwardsAsync(
        Ticks from, Ticks limit, Func<Ticks, ScanRequest> request, BreakpointSet armed, Func<IReadOnlyList<ScanMatch>, bool> isEnough, CancellationToken ct)
    {
        var start = from;
        while (start < limit)
        {
            var least = new Ticks(Math.Min(limit.Value, start.Value + MergeBelow));
            var end = timeline.Checkpoints.FirstOrDefault(c => c.At >= least)?.At ?? limit;
            end = end < limit ? end : limit;
            var (_, matches) = await timeline.ScanAsync(start, request(end), armed, ct).ConfigureAwait(false);
            var begin = start;
            if (isEnough([.. matches.Where(m => m.At > begin)]))
            {
                return;
            }

            start = end;
        }
    }
}
