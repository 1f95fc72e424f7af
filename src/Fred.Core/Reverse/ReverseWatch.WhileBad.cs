namespace Fred.Core;

/// <content>The last transition while the expression is bad: one interval is chosen by asking the checkpoints, and narrowed.</content>
internal sealed partial class ReverseWatch
{
    private readonly Dictionary<Ticks, Task<bool>> _asked = [];
    private Task<Ticks>? _scanning;

    /// <summary>Begins to ask what will be asked first when the expression is bad now, while that is still being found out. <see cref="SearchAsync"/> or <see cref="SettleAsync"/> follows.</summary>
    /// <param name="ct">Cancels.</param>
    public void AskAhead(CancellationToken ct)
    {
        if (MayGallop && _timeline.Replicas > 1 && PointsBehindCheckpoints() is [.., var newest])
        {
            _timeline.Retired.Postpone();
            _ = AskAsync(newest, ct);
        }
    }

    /// <summary>Waits until nothing that was asked runs on, and lets the replicas go.</summary>
    /// <returns>Done then; what became of it does not matter any more.</returns>
    public async Task SettleAsync()
    {
        await Task.WhenAll([.. _asked.Values, _scanning ?? Task.CompletedTask]).ContinueWith(static t => _ = t.Exception, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default).ConfigureAwait(false);
        _timeline.Retired.Resume();
    }

    private async Task<IReadOnlyList<Transition>> LastWhenBadAsync(CancellationToken ct)
    {
        _timeline.Retired.Postpone();
        var points = PointsBehindCheckpoints();
        var (good, bad) = await Bisection.GallopBackAsync(
            points.Count, i => AskAsync(points[i], ct), _timeline.Replicas > 1 ? i => _ = AskAsync(points[i], ct) : null).ConfigureAwait(false);
        var (low, high) = (good < 0 ? Ticks.Zero : points[good], bad == points.Count ? _now : points[bad]);
        var (from, until) = high - low > _options.StridedAbove ? await NarrowAsync(low, high, ct).ConfigureAwait(false) : (low, high);

        var (clean, claimed) = await ClaimAsync(low, from, until, ct).ConfigureAwait(false);
        try
        {
            return claimed < Timeline.FirstEvent ? [] : await ConfirmAsync([(claimed, low, high)], clean, ct).ConfigureAwait(false);
        }
        finally
        {
            _timeline.Retired.Add(clean);
        }
    }

    /// <summary>Scans what is left for the last transition. The replica that will confirm it goes ahead to where the scan begins; with two processors at the same time, else the scan begins at a copy of it.</summary>
    private async Task<(IReplaySession Clean, Ticks Claimed)> ClaimAsync(Ticks low, Ticks from, Ticks until, CancellationToken ct)
    {
        _scanning = _timeline.Replicas > 1 ? LastInAsync(from, until, ct) : null;
        var clean = await _timeline.ReachAsync(from, leaveMicros: false, ct).ConfigureAwait(false);
        try
        {
            if (_scanning is null && until - from > 1 && from > low)
            {
                await _timeline.ParkMicroAsync(clean, ct).ConfigureAwait(false);
            }

            return (clean, await (_scanning ??= LastInAsync(from, until, ct)).ConfigureAwait(false));
        }
        catch
        {
            _timeline.Retired.Add(clean);
            throw;
        }
    }

    /// <summary>Just behind each checkpoint: there a replica evaluates itself, which saves the fork that would have to do it.</summary>
    private List<Ticks> PointsBehindCheckpoints() =>
        [.. _timeline.Checkpoints.Select(c => c.At.Next).Where(at => at > Timeline.FirstEvent && at < _now).Distinct()];

    private Task<bool> AskAsync(Ticks at, CancellationToken ct) => _asked.TryGetValue(at, out var already) ? already : _asked[at] = Probe.HoldsByScanAsync(at, ct);

    /// <summary>Samples a long interval to find the stride in which the last change happened.</summary>
    private async Task<(Ticks Low, Ticks High)> NarrowAsync(Ticks low, Ticks high, CancellationToken ct)
    {
        var limit = high.Previous;
        var stride = _options.StrideFor(high - low);
        var matches = await SampleAsync(low, limit, stride, ct).ConfigureAwait(false);
        var change = matches.Count > 0 && matches[^1].Truth != Truth.Bad ? null : LastChange(low, matches);
        var sampledBad = change ?? high;

        // The sample before it is at most a stride away; should the value be bad at the beginning of that stride already, the scan finds the later change in it.
        return (change is null ? limit : new Ticks(Math.Max(low.Value, sampledBad.Value - stride)), sampledBad);
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

        var matches = await _timeline.ScanBesideAsync(low, Scan(high.Previous), BreakpointSet.Empty, ct).ConfigureAwait(false);
        Note(matches);
        return matches.Count > 0 && matches[^1].Truth != Truth.Bad ? high.Previous : LastChange(low, matches)?.Previous ?? high.Previous;
    }
}
