namespace Fred.Core;

/// <summary>Replays the past interval by interval, each once, newest or oldest first.</summary>
/// <remarks>
/// One convention throughout: an interval is (start, limit]; start is a checkpoint, the next older interval ends at start, so the intervals tile the past and an
/// event exactly at a checkpoint belongs to the interval that ends there.
/// </remarks>
internal sealed class IntervalWalk(Timeline timeline)
{
    /// <summary>The first look back for steps in a backend with finer ticks; each further one goes eight times as far.</summary>
    private const long FirstReach = 200_000;

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
            var from = new Ticks(Math.Max(0, limit.Value - Math.Max(1, Math.Min(2 * length, timeline.Traits.MergeBelow))));
            var (start, matches) = await timeline.ScanAsync(from, request(limit), armed, ct).ConfigureAwait(false);
            if (isEnough(start, matches))
            {
                return;
            }

            (length, limit) = (limit - start, start);
        }
    }

    /// <summary>
    /// Replays ever longer pieces of the past that all end at a tick, until one satisfies. For what can be told only of events far enough from the beginning of a replay: pieces
    /// that tile the past would lose the events at their borders. As each piece is several times longer than the one before, all together cost little more than the last.
    /// </summary>
    /// <param name="limit">All pieces end here.</param>
    /// <param name="request">What to look for.</param>
    /// <param name="isEnough">Looks at a piece's matches.</param>
    /// <param name="ct">Stops the search.</param>
    /// <returns>Done when a piece was enough, or the beginning is reached.</returns>
    public async Task EndingAtAsync(Ticks limit, ScanRequest request, Func<IReadOnlyList<ScanMatch>, bool> isEnough, CancellationToken ct)
    {
        for (var reach = FirstReach; limit >= Timeline.FirstEvent;)
        {
            var from = new Ticks(Math.Max(0, limit.Value - reach));
            var (start, matches) = await timeline.ScanAsync(from, request, BreakpointSet.Empty, ct).ConfigureAwait(false);
            if (isEnough(matches) || start == Ticks.Zero)
            {
                return;
            }

            reach = Math.Max(reach * 8, 2 * (limit - start));
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
            var least = new Ticks(Math.Min(limit.Value, start.Value + timeline.Traits.MergeBelow));
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
