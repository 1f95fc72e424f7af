namespace Fred.Core;

/// <summary>A reverse watch where an evaluation costs much more than a tick: samples first, then a close look at the interval that is left.</summary>
/// <remarks>
/// (0) Where replicas follow the expression themselves a close look costs hardly more than a replay, and whole intervals are looked at (see SampledWatch.Followed.cs). Otherwise:
/// A close look (<see cref="ExpressionScan"/> with stride 1) misses nothing: where the value depends on memory alone, that of functions it calls included, it follows that memory from change to change.
/// It is affordable where little of it changes, so:
/// (1) The last transition while bad: what lies just before now is looked at closely, newest first, a tenth of a second of running at least. What is found there is the last transition.
/// (2) Else the checkpoints are asked, newest first (nothing is executed), and there is one interval left. That is looked at closely, newest first.
/// (3) Where too much changes for that, the interval is sampled; what lies between the last good and the first bad sample is sampled again, until it is near enough.
/// The first one, and all, are found by following the memory from the beginning on. Where the value depends on more than memory (registers, more than can be watched), a close look costs half a
/// millisecond for every line; then everything begins with samples, unless the history is short: a transition that comes and goes between two is not seen.
/// </remarks>
internal sealed partial class SampledWatch(Timeline timeline, WatchQuery query, EvaluationScope scope, Ticks now, WatchProbe probe, TruthLog log)
{
    /// <summary>How many ticks are looked at closely in one place: about a thousand statements, half a second.</summary>
    private const long Near = 8_000;

    /// <summary>A history of so many ticks is looked at closely as a whole.</summary>
    private const long Short = 24_000;

    /// <summary>The first close look back; each further one goes sixteen times as far.</summary>
    private const long Nearest = 4_000;

    /// <summary>An evaluation costs a millisecond or so.</summary>
    private const int Samples = 96;

    /// <summary>How many changes that leave the expression bad are looked at one by one, each by a replay of its own.</summary>
    private const int MostChanges = 12;

    /// <summary>How many changes of what the expression reads are followed before samples are cheaper: two seconds or so.</summary>
    private const int MostLooks = 250;

    /// <summary>How many shorter pieces are followed when that is too much, and how short they may be.</summary>
    private const int MostShortPieces = 4;
    private const long Shortest = 256;

    /// <summary>The same as <see cref="MostLooks"/> for a search that wants all changes, or cannot ask the checkpoints where to look.</summary>
    private const int MostLooksForAll = 2_000;

    /// <summary>So far back from now everything is followed, whatever the checkpoints say: a tenth of a second of running, or this part of a long history.</summary>
    private const long Followed = 200_000_000;
    private const long FollowedPart = 32;

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

        if (await FollowedAsync(first, truthNow, ct).ConfigureAwait(false) is { } followed)
        {
            return followed;
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
        var follows = await RangesAtAsync(now, ct).ConfigureAwait(false) is not null;
        var far = follows ? Math.Max(Followed, (now - first) / FollowedPart) : now - first <= Short ? Short : Nearest;
        var (near, bad) = await LastBackwardsAsync(new Ticks(Math.Max(first.Value, now.Value - far)), now, Nearest, follows ? MostLooks : 0, ct).ConfigureAwait(false);
        if (near is { } pair)
        {
            return [await WithinAsync(pair.Good, pair.Bad, ct).ConfigureAwait(false)];
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
        if (await RangesAtAsync(now, ct).ConfigureAwait(false) is not null)
        {
            // It depends on memory alone: only its changes cost something, and the first one that counts is the last one that is looked at.
            var most = query.Which == WhichTransition.First ? 0 : MostLooksForAll;
            if (await PairsAsync(first, 1, Math.Max(1, length / 8), most, ct).ConfigureAwait(false) is { } all)
            {
                return all;
            }
        }

        var (stride, part) = length <= Short ? (1, length) : (Math.Max(1, length / Samples), Math.Max(1, length / 8));
        return await PairsAsync(first, stride, part, 0, ct).ConfigureAwait(false) ?? [];
    }

    /// <summary>The same with a given stride, in pieces, so that the first one is found without looking at what comes after it.</summary>
    /// <returns>Null when a piece has more than so many changes.</returns>
    private async Task<IReadOnlyList<(Ticks Good, Ticks Bad)>?> PairsAsync(Ticks first, long stride, long part, int most, CancellationToken ct)
    {
        var pairs = new List<(Ticks, Ticks)>();
        ScanMatch? last = null;
        for (var from = first; from < now && !(query.Which == WhichTransition.First && pairs.Count > 0);)
        {
            var to = now - from <= part ? now : await FloorAsync(new Ticks(from.Value + part), ct).ConfigureAwait(false);
            if (to <= from)
            {
                to = now;
            }

            var matches = await ScanAsync(from, to, stride, most, ct).ConfigureAwait(false);
            if (matches is [.., { IsBroken: true }])
            {
                return null;
            }

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
        if (bad - good > 1 && query.Which != WhichTransition.First && await RangesAtAsync(bad, ct).ConfigureAwait(false) is not null)
        {
            var (pair, _) = await LastBackwardsAsync(good, bad, Math.Max(Nearest, (bad - good) / 16), MostLooks, ct).ConfigureAwait(false);
            if (pair is null && await ByChangesConfirmedAsync(good, bad, ct).ConfigureAwait(false) is { } exact)
            {
                return exact;
            }

            (good, bad) = pair ?? (good, bad);
            good = await FloorAsync(good, ct).ConfigureAwait(false);
        }

        // Samples as long as it is far, then one close look.
        var scale = await timeline.ScaleAsync(good, bad, ct).ConfigureAwait(false);
        for (var stride = 2L; scale.Between(good, bad) > 1 && stride > 1;)
        {
            var length = scale.Between(good, bad);
            stride = length <= Near ? 1 : length / Samples;
            var pairs = PairsOf(await ScanAsync(good, bad, stride, 0, ct).ConfigureAwait(false)).ToList();
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
}
