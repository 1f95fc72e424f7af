namespace Fred.Core;

/// <summary>A reverse watch where ticks are too fine to evaluate at each: the expression is evaluated at samples, and what lies between two of them is found by changes of memory or by bisection.</summary>
/// <remarks>
/// The last transition while bad: checkpoints first (nothing is executed), then the one interval left. In it, the bytes that the expression reads are watched: the last instruction that changed any of
/// them is the candidate, and as long as the expression is bad before it, so is the next older one. That is exact. Where the expression calls functions, or too much changes, the interval
/// is halved until one instruction is left; that is a transition, the last one if the property is monotone in the interval.
/// Everything else (the first, all, the last while good) looks at about <see cref="Samples"/> places, checkpoints among them: a transition that comes and goes between two is not seen.
/// </remarks>
internal sealed class SampledWatch(Timeline timeline, WatchQuery query, EvaluationScope scope, Ticks now, WatchProbe probe)
{
    /// <summary>An evaluation costs some milliseconds: this many are a second or less.</summary>
    private const int Samples = 96;

    /// <summary>How many changes that leave the expression bad are looked at before halving is cheaper.</summary>
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
        foreach (var (good, bad) in Chosen(await SampleAsync(first, truthNow, ct).ConfigureAwait(false)))
        {
            found.Add(await WithinAsync(good, bad, ct).ConfigureAwait(false));
        }

        return found;
    }

    private static List<Ticks> Divide(List<Ticks> borders)
    {
        var points = new SortedSet<Ticks>(borders);
        var parts = Math.Max(1, Samples / Math.Max(1, borders.Count - 1));
        for (var i = 0; i + 1 < borders.Count; i++)
        {
            var length = borders[i + 1] - borders[i];
            for (var part = 1; part < parts; part++)
            {
                points.Add(new Ticks(borders[i].Value + (long)((Int128)length * part / parts)));
            }
        }

        return [.. points];
    }

    private async Task<IReadOnlyList<Transition>> LastWhenBadAsync(Ticks first, CancellationToken ct)
    {
        var points = timeline.Checkpoints.Select(c => c.At).Append(first).Where(at => at >= first && at < now).Distinct().Order().ToList();
        var (good, bad) = await Bisection.GallopBackAsync(points.Count, i => probe.HoldsAtAsync(points[i], ct)).ConfigureAwait(false);
        if (good >= 0)
        {
            return [await WithinAsync(points[good], bad == points.Count ? now : points[bad], ct).ConfigureAwait(false)];
        }

        // Bad wherever it was looked: a variable that was not initialised yet is often just that. Its changes may still lead to where it was good.
        return await ByChangesAsync(first, now, ct).ConfigureAwait(false) is { } exact && (await probe.ConfirmAsync([exact], ct).ConfigureAwait(false))[0] is { } confirmed ? [confirmed] : [];
    }

    /// <summary>Evaluates at samples in time order.</summary>
    /// <returns>Neighbours of which the older is not bad and the newer bad.</returns>
    private async Task<List<(Ticks Good, Ticks Bad)>> SampleAsync(Ticks first, Truth truthNow, CancellationToken ct)
    {
        var borders = timeline.Checkpoints.Select(c => c.At).Where(at => at > first && at < now).Prepend(first).Append(now).Distinct().Order().ToList();
        var pairs = new List<(Ticks, Ticks)>();
        var (before, wasBad) = (first, !await probe.HoldsAtAsync(first, ct).ConfigureAwait(false));
        foreach (var point in Divide(borders).Skip(1))
        {
            var at = (await timeline.ScaleAsync(point, point, ct).ConfigureAwait(false)).Floor(point);
            if (at <= before)
            {
                continue;
            }

            var isBad = at == now ? truthNow == Truth.Bad : !await probe.HoldsAtAsync(at, ct).ConfigureAwait(false);
            if (isBad && !wasBad)
            {
                pairs.Add((before, at));
                if (query.Which == WhichTransition.First)
                {
                    break;
                }
            }

            (before, wasBad) = (at, isBad);
        }

        return pairs;
    }

    private IEnumerable<(Ticks Good, Ticks Bad)> Chosen(List<(Ticks Good, Ticks Bad)> pairs) => query.Which switch
    {
        WhichTransition.First => pairs.Take(1),
        WhichTransition.Last => pairs.TakeLast(1),
        _ => pairs,
    };

    /// <summary>Finds the transition in an interval that is not bad at its beginning and bad at its end.</summary>
    private async Task<Transition> WithinAsync(Ticks good, Ticks bad, CancellationToken ct)
    {
        if (await ByChangesAsync(good, bad, ct).ConfigureAwait(false) is { } exact && (await probe.ConfirmAsync([exact], ct).ConfigureAwait(false))[0] is { } confirmed)
        {
            return confirmed;
        }

        var scale = await timeline.ScaleAsync(good, bad, ct).ConfigureAwait(false);
        while (scale.Between(good, bad) > 1)
        {
            var middle = scale.Shift(good, scale.Between(good, bad) / 2);
            (good, bad) = await probe.HoldsAndStaysAsync(middle, ct).ConfigureAwait(false) ? (middle, bad) : (good, middle);
        }

        return (await probe.ConfirmAsync([good], ct).ConfigureAwait(false))[0] ?? throw new FredException(
            ErrorId.BadExpression, $"'{query.Expression}' has another value each time it is evaluated at tick {good}. Use an expression that depends on the program only.");
    }

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
        var session = await timeline.ReachAsync(at, leaveMicros: false, ct).ConfigureAwait(false);
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
