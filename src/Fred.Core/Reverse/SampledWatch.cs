namespace Fred.Core;

/// <summary>A reverse watch where an evaluation costs much more than a tick: samples first, then a close look at the interval that is left.</summary>
/// <remarks>
/// A close look (<see cref="ExpressionScan"/> with stride 1) misses nothing that is there at the beginning of a statement. It is affordable over some thousand ticks, so:
/// (1) The last transition while bad: the ticks just before now are looked at closely, newest first. What is found there is the last transition.
/// (2) Else the checkpoints are asked, newest first (nothing is executed), and there is one interval left. In it, the bytes that the expression reads are watched: the last instruction that changed any of
/// them is the candidate, and as long as the expression is bad before it, so is the next older one. That is exact, too.
/// (3) Where the expression calls functions, or too much changes, the interval is sampled; what lies between the last good and the first bad sample is sampled again, until it is near enough.
/// The first one is found by following the memory that the expression reads, where that is all it depends on. Everything else is looked at closely when the whole history is short, and else begins
/// with samples: a transition that comes and goes between two is not seen.
/// </remarks>
internal sealed class SampledWatch(Timeline timeline, WatchQuery query, EvaluationScope scope, Ticks now, WatchProbe probe, TruthLog log)
{
    /// <summary>How many ticks are looked at closely in one place: about a thousand statements, half a second.</summary>
    private const long Near = 8_000;

    /// <summary>A history of so many ticks is looked at closely as a whole.</summary>
    private const long Short = 24_000;

    /// <summary>The first close look back; each further one goes four times as far.</summary>
    private const long Nearest = 4_000;

    /// <summary>An evaluation costs a millisecond or so.</summary>
    private const int Samples = 96;

    /// <summary>How many changes that leave the expression bad are looked at before samples are cheaper.</summary>
    private const int MostChanges = 12;

    private readonly IntervalWalk _walk = new(timeline);

    /// <summary>Searches.</summary>
    /// <param name="since">Where the search ends.</param>
    /// <param name="truthNow">The value where it begins.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Confirmed transitions in time order.</returns>
    public async Task<IReadOnlyList<Transition>> SearchAsync(Ticks since, Truth truthNow, CancellationToken ct)
    {
        var first = since < Timeline.FirstEvent ? Timeline.FirstEvent : since;
        if (first >= now)
        {
            return [];
        }

        if (query.Which == WhichTransition.Last && truthNow == Truth.Bad)
        {
            return await LastWhenBadAsync(first, ct).ConfigureAwait(false);
        }

        var found = new List<Transition>();
        foreach (var (good, bad) in Chosen(await PairsAsync(first, ct).ConfigureAwait(false)))
        {
            found.Add(await WithinAsync(good, bad, ct).ConfigureAwait(false));
        }

        return [.. found.DistinctBy(t => t.At)];
    }

    /// <summary>Neighbours of which the older is not bad and the newer bad.</summary>
    private static IEnumerable<(Ticks Good, Ticks Bad)> PairsOf(IReadOnlyList<ScanMatch> matches)
    {
        for (var i = 1; i < matches.Count; i++)
        {
            if (matches[i].Truth == Truth.Bad && matches[i - 1].Truth != Truth.Bad)
            {
                yield return (matches[i].Since ?? matches[i].At.Previous, matches[i].At);
            }
        }
    }

    private async Task<IReadOnlyList<Transition>> LastWhenBadAsync(Ticks first, CancellationToken ct)
    {
        var (bad, far) = (now, now - first <= Short ? Short : Nearest);
        for (var reach = Nearest; bad > first && now - bad < far; reach *= 4)
        {
            var from = await FloorAsync(new Ticks(Math.Max(first.Value, bad.Value - reach)), ct).ConfigureAwait(false);
            if (PairsOf(await ScanAsync(from, bad, 1, ct).ConfigureAwait(false)).TakeLast(1).ToList() is [var near])
            {
                return [await WithinAsync(near.Good, near.Bad, ct).ConfigureAwait(false)];
            }

            bad = from;
        }

        if (query.Exact && bad > first && await ByChangesConfirmedAsync(first, bad, ct).ConfigureAwait(false) is { } last)
        {
            return [last];
        }

        var points = timeline.Checkpoints.Select(c => c.At).Append(first).Where(at => at >= first && at < bad).Distinct().Order().ToList();
        var (good, later) = await Bisection.GallopBackAsync(points.Count, i => probe.HoldsAtAsync(points[i], ct)).ConfigureAwait(false);
        if (good >= 0)
        {
            return [await WithinAsync(points[good], later == points.Count ? bad : points[later], ct).ConfigureAwait(false)];
        }

        // Bad wherever it was looked: a variable that was not initialised yet is often just that. Its changes may still lead to where it was good.
        return bad > first && await ByChangesConfirmedAsync(first, bad, ct).ConfigureAwait(false) is { } exact ? [exact] : [];
    }

    /// <summary>Looks at the whole history in time order: closely when it is short, at samples otherwise.</summary>
    private async Task<IReadOnlyList<(Ticks Good, Ticks Bad)>> PairsAsync(Ticks first, CancellationToken ct)
    {
        var length = now - first;
        var (stride, part) = length <= Short ? (1, length) : (Math.Max(1, length / Samples), Math.Max(1, length / 8));
        if (query.Which == WhichTransition.First && await RangesAtAsync(now, ct).ConfigureAwait(false) is not null)
        {
            // It depends on memory alone: only its changes cost something, and the first one that counts is the last one that is looked at.
            stride = 1;
        }

        var pairs = new List<(Ticks, Ticks)>();
        ScanMatch? last = null;
        for (var from = first; from < now && !(query.Which == WhichTransition.First && pairs.Count > 0);)
        {
            // Pieces, so that the first one is found without looking at what comes after it.
            var to = now - from <= part ? now : await FloorAsync(new Ticks(from.Value + part), ct).ConfigureAwait(false);
            if (to <= from)
            {
                to = now;
            }

            var matches = await ScanAsync(from, to, stride, ct).ConfigureAwait(false);
            pairs.AddRange(PairsOf(last is null ? matches : [last, .. matches]));
            last = matches.Count > 0 ? matches[^1] : last;
            from = to;
        }

        return pairs;
    }

    private IEnumerable<(Ticks Good, Ticks Bad)> Chosen(IReadOnlyList<(Ticks Good, Ticks Bad)> pairs) => query.Which switch
    {
        WhichTransition.First => pairs.Take(1),
        WhichTransition.Last => pairs.TakeLast(1),
        _ => pairs,
    };

    /// <summary>Finds the transition in an interval that is not bad at its beginning and bad at its end.</summary>
    private async Task<Transition> WithinAsync(Ticks good, Ticks bad, CancellationToken ct)
    {
        good = await FloorAsync(good, ct).ConfigureAwait(false);
        if (bad - good > 1 && query.Which != WhichTransition.First && await ByChangesConfirmedAsync(good, bad, ct).ConfigureAwait(false) is { } exact)
        {
            return exact;
        }

        // Samples as long as it is far, then one close look.
        var scale = await timeline.ScaleAsync(good, bad, ct).ConfigureAwait(false);
        for (var stride = 2L; scale.Between(good, bad) > 1 && stride > 1;)
        {
            var length = scale.Between(good, bad);
            stride = length <= Near ? 1 : length / Samples;
            var pairs = PairsOf(await ScanAsync(good, bad, stride, ct).ConfigureAwait(false)).ToList();
            (good, bad) = pairs.Count == 0 ? (good, bad) : query.Which == WhichTransition.First ? pairs[0] : pairs[^1];
            good = await FloorAsync(good, ct).ConfigureAwait(false);
        }

        while (scale.Between(good, bad) > 1)
        {
            var middle = scale.Shift(good, scale.Between(good, bad) / 2);
            (good, bad) = await probe.HoldsAndStaysAsync(middle, ct).ConfigureAwait(false) ? (middle, bad) : (good, middle);
        }

        var transition = (await probe.ConfirmAsync([good], ct).ConfigureAwait(false))[0] ?? throw new FredException(
            ErrorId.BadExpression, $"'{query.Expression}' has another value each time it is evaluated at tick {good}. Use an expression that depends on the program only.");
        return await InUsersCodeAsync(transition, ct).ConfigureAwait(false);
    }

    /// <summary>Where a library does it that has no lines, the statement is the user's that called it: one stops before that, if the expression is good there.</summary>
    private async Task<Transition> InUsersCodeAsync(Transition found, CancellationToken ct)
    {
        if (found.IsInUsersCode)
        {
            return found;
        }

        var session = await timeline.ReachAsync(found.At, leaveMicros: false, ct).ConfigureAwait(false);
        var filter = new StepFilter(session.Current.Depth - 1);
        timeline.Retired.Add(session);
        Ticks? begun = null;
        var before = await FloorAsync(found.At.Previous, ct).ConfigureAwait(false);
        await _walk.EndingAtAsync(
            before,
            new EventScan(before, filter),
            matches =>
            {
                begun = matches.Count > 0 ? matches[^1].At : null;
                return begun is not null;
            },
            ct).ConfigureAwait(false);
        return begun is { } at && await probe.BeforeAsync(at, found, ct).ConfigureAwait(false) is { } statement ? statement : found;
    }

    private async Task<Ticks> FloorAsync(Ticks number, CancellationToken ct) => (await timeline.ScaleAsync(number, number, ct).ConfigureAwait(false)).Floor(number);

    private async Task<IReadOnlyList<ScanMatch>> ScanAsync(Ticks from, Ticks to, long stride, CancellationToken ct)
    {
        var session = await timeline.ReachAsync(from, leaveMicros: false, ct).ConfigureAwait(false);
        try
        {
            await timeline.ParkMicroAsync(session, ct).ConfigureAwait(false);
            timeline.Meter.Follow(session, from, to);
            var matches = await session.ScanAsync(new ExpressionScan(to, query.Expression, scope, stride) { OnlyFirst = query.Which == WhichTransition.First }, ct).ConfigureAwait(false);
            foreach (var match in matches)
            {
                log.Add(match.At, match.Truth);
            }

            return matches;
        }
        finally
        {
            timeline.Retired.Add(session);
        }
    }

    private async Task<Transition?> ByChangesConfirmedAsync(Ticks good, Ticks bad, CancellationToken ct) =>
        await ByChangesAsync(good, bad, ct).ConfigureAwait(false) is { } exact && (await probe.ConfirmAsync([exact], ct).ConfigureAwait(false))[0] is { } confirmed
            ? await InUsersCodeAsync(confirmed, ct).ConfigureAwait(false)
            : null;

    /// <summary>Looks for the last change of the bytes that the expression reads.</summary>
    /// <returns>The tick of the instruction that made it bad; null when that does not tell.</returns>
    private async Task<Ticks?> ByChangesAsync(Ticks good, Ticks bad, CancellationToken ct)
    {
        var at = bad;
        for (var i = 0; i < MostChanges && at > good; i++)
        {
            if (await RangesAtAsync(at, ct).ConfigureAwait(false) is not { Count: > 0 } ranges || await LastChangeAsync(good, at, ranges, ct).ConfigureAwait(false) is not { } change)
            {
                return null;
            }

            var before = (await timeline.ScaleAsync(change.Previous, change, ct).ConfigureAwait(false)).Shift(change, -1);
            if (await probe.HoldsAtAsync(before, ct).ConfigureAwait(false))
            {
                return before;
            }

            at = before;
        }

        return null;
    }

    private async Task<IReadOnlyList<MemoryRange>?> RangesAtAsync(Ticks at, CancellationToken ct)
    {
        // The change before is often close by, and so are those before it: without copies on the way, each would cost a replay from the last checkpoint.
        var session = await timeline.ReachAsync(at, leaveMicros: true, ct).ConfigureAwait(false);
        try
        {
            return await timeline.LookAsync(session, inspector => inspector.GetDependenciesAsync(query.Expression, scope, ct), ct).ConfigureAwait(false);
        }
        finally
        {
            timeline.Retired.Add(session);
        }
    }

    private async Task<Ticks?> LastChangeAsync(Ticks good, Ticks limit, IReadOnlyList<MemoryRange> ranges, CancellationToken ct)
    {
        Ticks? last = null;
        await _walk.BackwardsAsync(
            limit,
            to => new ChangeScan(to, ranges),
            BreakpointSet.Empty,
            (start, matches) =>
            {
                last = matches.Count > 0 ? matches[^1].At : null;
                return last is not null || start <= good;
            },
            ct).ConfigureAwait(false);
        return last > good ? last : null;
    }
}
