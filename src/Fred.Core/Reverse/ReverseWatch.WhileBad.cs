namespace Fred.Core;

/// <content>The last transition while the expression is bad: one interval is chosen by asking the checkpoints, and narrowed.</content>
internal sealed partial class ReverseWatch
{
    private async Task<IReadOnlyList<Transition>> LastWhenBadAsync(CancellationToken ct)
    {
        // Just behind a checkpoint: there a replica evaluates itself, which saves the fork that would have to do it.
        var points = _timeline.Checkpoints.Select(c => c.At.Next).Where(at => at > Timeline.FirstEvent && at < _now).Distinct().ToList();
        var (good, bad) = await GallopBackAsync(points, ct).ConfigureAwait(false);
        var (low, high) = (good < 0 ? Ticks.Zero : points[good], bad == points.Count ? _now : points[bad]);
        var (from, until) = high - low > _options.StridedAbove ? await NarrowAsync(low, high, ct).ConfigureAwait(false) : (low, high);
        var claimed = await LastInAsync(from, until, ct).ConfigureAwait(false);
        return claimed < Timeline.FirstEvent ? [] : await ConfirmAsync([(claimed, low, high)], ct).ConfigureAwait(false);
    }

    /// <summary>Where there is a processor for it, two points are asked at once.</summary>
    private async Task<(int Good, int Bad)> GallopBackAsync(List<Ticks> points, CancellationToken ct)
    {
        var asked = new Dictionary<int, Task<bool>>();
        Task<bool> AskAsync(int i) => asked.TryGetValue(i, out var already) ? already : asked[i] = Probe.HoldsByScanAsync(points[i], ct);
        try
        {
            return await Bisection.GallopBackAsync(points.Count, AskAsync, _timeline.Replicas > 1 ? i => _ = AskAsync(i) : null).ConfigureAwait(false);
        }
        finally
        {
            await Task.WhenAll(asked.Values).ConfigureAwait(false); // none may run on when the search is over
        }
    }

    /// <summary>Samples a long interval, and leaves a checkpoint before the stride in which the last change happened.</summary>
    private async Task<(Ticks Low, Ticks High)> NarrowAsync(Ticks low, Ticks high, CancellationToken ct)
    {
        var limit = high.Previous;
        var stride = _options.StrideFor(high - low);
        var matches = await SampleAsync(low, limit, stride, ct).ConfigureAwait(false);
        var change = matches.Count > 0 && matches[^1].Truth != Truth.Bad ? null : LastChange(low, matches);
        var sampledBad = change ?? high;

        // The sample before it is at most a stride away; should the value be bad at the beginning of that stride already, the scan finds the later change in it.
        var sampledGood = change is null ? limit : new Ticks(Math.Max(low.Value, sampledBad.Value - stride));
        if (sampledGood > low)
        {
            var session = await _timeline.ReachAsync(sampledGood, leaveMicros: false, ct).ConfigureAwait(false);
            try
            {
                await _timeline.ParkMicroAsync(session, ct).ConfigureAwait(false);
            }
            finally
            {
                _timeline.Retired.Add(session);
            }
        }

        return (sampledGood, sampledBad);
    }

    private Task<IReadOnlyList<ScanMatch>> SampleAsync(Ticks low, Ticks limit, long stride, CancellationToken ct) => _timeline.WithCopiesLeftAsync(
        low,
        limit,
        async () =>
        {
            var (_, matches) = await _timeline.ScanAsync(low, Scan(limit, stride), BreakpointSet.Empty, ct).ConfigureAwait(false);
            Note(matches);
            return matches;
        },
        ct);

    /// <summary>The last transition in an interval that is not bad at its beginning and bad at its end.</summary>
    private async Task<Ticks> LastInAsync(Ticks low, Ticks high, CancellationToken ct)
    {
        if (high - low <= 1)
        {
            return low;
        }

        var (_, matches) = await _timeline.ScanAsync(low, Scan(high.Previous), BreakpointSet.Empty, ct).ConfigureAwait(false);
        Note(matches);
        return matches.Count > 0 && matches[^1].Truth != Truth.Bad ? high.Previous : LastChange(low, matches)?.Previous ?? high.Previous;
    }
}
