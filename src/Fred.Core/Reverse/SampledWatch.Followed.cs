namespace Fred.Core;

/// <content>Searches with replicas that follow the expression themselves: a close look then costs hardly more than a replay, so nothing is sampled.</content>
internal sealed partial class SampledWatch
{
    /// <summary>How many evaluations in one piece of history are worth it: those that call functions cost a millisecond or two also where replicas make them.</summary>
    private const int MostLooksFollowed = 100;

    /// <summary>Pieces with fewer ticks are followed together with older ones.</summary>
    private const long MergeFollowed = 100_000_000;

    /// <summary>Copies are left so far from each other: some hundredths of a second.</summary>
    private const long Leg = 200_000_000;

    /// <summary>What replicas have seen and what the debugger shows were not the same.</summary>
    private bool _byDebugger;

    /// <summary>Searches.</summary>
    /// <returns>Null when the expression cannot be followed, or costs too much.</returns>
    private async Task<IReadOnlyList<Transition>?> FollowedAsync(Ticks first, Truth truthNow, CancellationToken ct)
    {
        if (!await timeline.Session.FollowsAsync(query.Expression, scope, ct).ConfigureAwait(false))
        {
            return null;
        }

        IReadOnlyList<(Ticks Good, Ticks Bad)>? pairs = query.Which == WhichTransition.Last
            ? truthNow == Truth.Bad && !query.Exact ? await LastFollowedAsync(first, ct).ConfigureAwait(false) : (await BackwardsFollowedAsync(first, first, new ScanMatch(now, 0, truthNow), timeline.Replicas, ct).ConfigureAwait(false)).Pairs
            : await AllFollowedAsync(first, ct).ConfigureAwait(false);
        if (pairs is null)
        {
            return null;
        }

        var found = new List<Transition>();
        foreach (var (good, _) in pairs)
        {
            if ((await probe.ConfirmAsync([await FloorAsync(good, ct).ConfigureAwait(false)], ct).ConfigureAwait(false))[0] is not { } transition)
            {
                _byDebugger = true;
                return null;
            }

            found.Add(await InUsersCodeAsync(transition, ct).ConfigureAwait(false));
        }

        return [.. found.DistinctBy(t => t.At)];
    }

    private async Task<IReadOnlyList<(Ticks Good, Ticks Bad)>?> LastFollowedAsync(Ticks first, CancellationToken ct)
    {
        var near = new Ticks(Math.Max(first.Value, now.Value - Math.Max(Followed, (now - first) / FollowedPart)));
        var (pairs, bad) = await BackwardsFollowedAsync(first, near, new ScanMatch(now, 0, Truth.Bad), timeline.Replicas, ct).ConfigureAwait(false);
        if (pairs is null or { Count: > 0 } || bad <= first)
        {
            return pairs;
        }

        var points = timeline.Checkpoints.Select(c => c.At).Append(first).Where(at => at >= first && at < bad).Distinct().Order().ToList();
        var (good, later) = await Bisection.GallopBackAsync(points.Count, async i => !IsBad(Noted(await FollowAsync(points[i], points[i], parks: false, ct).ConfigureAwait(false)))).ConfigureAwait(false);
        return good < 0 ? null : (await BackwardsFollowedAsync(first, points[good], new ScanMatch(later == points.Count ? bad : points[later], 0, Truth.Bad), 1, ct).ConfigureAwait(false)).Pairs;
    }

    private static bool IsBad(IReadOnlyList<ScanMatch> matches) => matches is [.., { Truth: Truth.Bad }];

    /// <summary>Follows it through whole intervals between checkpoints, newest first, until it is seen to become bad.</summary>
    /// <param name="first">What happened before does not count.</param>
    /// <param name="from">Where the search ends.</param>
    /// <param name="after">Where it begins, and what it is there.</param>
    /// <param name="together">How many intervals are followed at once.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The last time that was, if at all, null when it costs too much; and the tick from which on it did not.</returns>
    private async Task<(IReadOnlyList<(Ticks Good, Ticks Bad)>? Pairs, Ticks Bad)> BackwardsFollowedAsync(Ticks first, Ticks from, ScanMatch after, int together, CancellationToken ct)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var (pieces, next, limit) = (new Queue<(Ticks Start, Task<IReadOnlyList<ScanMatch>> Matches)>(), after.At, after.At);
        try
        {
            while (pieces.Count > 0 || next > from)
            {
                while (pieces.Count < together && next > from)
                {
                    var (begin, end) = (StartBefore(next), next);
                    pieces.Enqueue((begin, FollowAsync(begin, end, parks: together == 1, enough.Token)));
                    next = begin;
                }

                var (start, following) = pieces.Dequeue();
                var matches = Noted(await following.ConfigureAwait(false));
                if (matches is [] or [.., { IsBroken: true }])
                {
                    return (null, limit);
                }

                // Nothing happens between two intervals: what the newer one began with is what the older one ended with.
                var pairs = PairsOf([.. matches, after]).Where(p => p.Bad > first).TakeLast(1).ToList();
                if (pairs.Count > 0)
                {
                    return (pairs, limit);
                }

                (after, limit) = (matches[0], start);
            }

            return ([], limit);
        }
        finally
        {
            await enough.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(pieces.Select(p => p.Matches)).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).ConfigureAwait(false);
        }
    }

    private IReadOnlyList<ScanMatch> Noted(IReadOnlyList<ScanMatch> matches)
    {
        foreach (var match in matches)
        {
            log.Add(match.At, match.Truth);
        }

        return matches;
    }

    /// <summary>The checkpoint from which an interval is replayed that ends at a tick; short ones are replayed together.</summary>
    private Ticks StartBefore(Ticks limit)
    {
        var before = timeline.Checkpoints.Select(c => c.At).Where(at => at < limit && at >= Timeline.FirstEvent).ToList();
        return before.Where(at => limit - at >= MergeFollowed).DefaultIfEmpty(Timeline.FirstEvent).Max();
    }

    private async Task<IReadOnlyList<(Ticks Good, Ticks Bad)>?> AllFollowedAsync(Ticks first, CancellationToken ct)
    {
        var pairs = new List<(Ticks, Ticks)>();
        ScanMatch? last = null;
        for (var from = first; from < now && !(query.Which == WhichTransition.First && pairs.Count > 0);)
        {
            var least = from.Value + MergeFollowed;
            var to = timeline.Checkpoints.Select(c => c.At).Where(at => at.Value >= least && at < now).DefaultIfEmpty(now).Min();
            var matches = Noted(await FollowAsync(from, to, parks: query.Which == WhichTransition.First, ct).ConfigureAwait(false));
            if (matches is [] or [.., { IsBroken: true }])
            {
                return null;
            }

            pairs.AddRange(PairsOf(last is null ? matches : [last, .. matches]));
            (last, from) = (matches[^1], to);
        }

        return query.Which == WhichTransition.First ? [.. pairs.Take(1)] : pairs;
    }

    /// <summary>Follows it from one tick to another.</summary>
    /// <param name="from">From here on.</param>
    /// <param name="to">Until here.</param>
    /// <param name="parks">Whether copies are left on the way: the transition is likely to be here.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>What was seen.</returns>
    private Task<IReadOnlyList<ScanMatch>> FollowAsync(Ticks from, Ticks to, bool parks, CancellationToken ct) => timeline.BesideAsync<IReadOnlyList<ScanMatch>>(
        from,
        to,
        async (session, token) =>
        {
            // Which numbers between are ticks is often not known yet: it is found out by this very replay.
            var request = Close(to, MostLooksFollowed) with { Leg = parks ? Leg : 0 };
            var seen = new List<ScanMatch>();
            for (Ticks? last = null; ; last = session.Current.At)
            {
                seen.AddRange(await session.ScanAsync(request, token).ConfigureAwait(false));
                if (session.Current.At >= to || session.Current.At == last || seen is [] or [.., { IsBroken: true }] || (request.OnlyFirst && PairsOf(seen).Any()))
                {
                    return seen;
                }

                await timeline.ParkMicroAsync(session, token).ConfigureAwait(false);
            }
        },
        ct);

    private ExpressionScan Close(Ticks to, int most, long stride = 1) => new(to, query.Expression, scope, stride)
    {
        OnlyFirst = query.Which == WhichTransition.First,
        OnlyLast = query.Which == WhichTransition.Last,
        MostLooks = most,
        ByDebugger = _byDebugger,
    };
}
