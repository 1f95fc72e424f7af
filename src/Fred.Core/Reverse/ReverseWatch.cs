namespace Fred.Core;

/// <summary>Finds the statement that broke an invariant.</summary>
/// <remarks>
/// What is hard: evaluating at every tick perturbs the program, so the replica that does it proves nothing; and a plain bisection finds *a* change, not the last,
/// unless the property is monotone. The rules:
/// (1) "bad" is false; good and not evaluable are both "not bad". A transition at t: not bad at t, bad at t + 1.
/// (2) Last, bad now: bisect over the checkpoints by evaluating just behind each (one tick is executed), then one scan of the one interval left. Changes hidden between
/// checkpoints on the way are not seen; `All` sees them.
/// (3) Last, not bad now (or with a lower bound, or asked to be exact): the last transition before now, by scanning whole intervals newest first. First and All:
/// whole intervals oldest first. All three are exact.
/// (4) What a scan finds is confirmed by a clean replay; where that fails, by clean bisection, which needs no scan.
/// So no tick (but those at checkpoints) is executed more than twice: once by a scan, once by the confirmation. (An interval above <see cref="WatchOptions.StridedAbove"/> ticks
/// is first sampled; then the last stride is executed three times.)
/// </remarks>
internal sealed partial class ReverseWatch
{
    private readonly Timeline _timeline;
    private readonly IntervalWalk _walk;
    private readonly WatchQuery _query;
    private readonly EvaluationScope _scope;
    private readonly WatchOptions _options;
    private readonly TruthLog _log = new();
    private readonly Ticks _now;
    private readonly Ticks _since;

    /// <summary>Initializes a new instance of the <see cref="ReverseWatch"/> class.</summary>
    /// <param name="timeline">The history.</param>
    /// <param name="query">The question.</param>
    /// <param name="scope">Whose names it uses at any tick.</param>
    /// <param name="now">Where the search begins.</param>
    /// <param name="options">Limits.</param>
    public ReverseWatch(Timeline timeline, WatchQuery query, EvaluationScope scope, Ticks now, WatchOptions options)
    {
        (_timeline, _query, _scope, _options, _now) = (timeline, query, scope, options, now);
        _since = query.Since is { } since && since > Timeline.FirstEvent ? since : Ticks.Zero;
        _walk = new IntervalWalk(timeline);
        Probe = new WatchProbe(timeline, query.Expression, scope, _log) { Stays = query.Stays };
    }

    /// <summary>Gets what evaluates in clean replicas.</summary>
    public WatchProbe Probe { get; }

    private bool MayGallop => _timeline.Traits.ScansExpressions && _query is { Which: WhichTransition.Last, Exact: false, Since: null };

    /// <summary>Gets a value indicating whether nothing seen became good again after it was bad.</summary>
    public bool IsMonotone => _log.IsMonotone;

    /// <summary>Searches. The user's session is not touched.</summary>
    /// <param name="truthNow">The value where the search begins.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The outcome and the confirmed transitions in time order.</returns>
    public async Task<(WatchResult Result, IReadOnlyList<Transition> Transitions)> SearchAsync(Truth truthNow, CancellationToken ct)
    {
        try
        {
            return await SearchFromAsync(truthNow, ct).ConfigureAwait(false);
        }
        finally
        {
            await SettleAsync().ConfigureAwait(false);
        }
    }

    private async Task<(WatchResult Result, IReadOnlyList<Transition> Transitions)> SearchFromAsync(Truth truthNow, CancellationToken ct)
    {
        _log.Add(_now, truthNow);
        _timeline.Meter.Expect(_now - _since);
        if (_since >= _now)
        {
            return (Classify([]), []);
        }

        if (!_timeline.Traits.ScansExpressions)
        {
            var found = await new SampledWatch(_timeline, _query, _scope, _now, Probe, _log).SearchAsync(_since, truthNow, ct).ConfigureAwait(false);
            return (Classify(found), found);
        }

        // Before the first event nothing can be evaluated; a later beginning has a value of its own.
        var truthThen = _since == Ticks.Zero ? Truth.NotEvaluable : await Probe.BeginAtAsync(_since, ct).ConfigureAwait(false);
        var transitions = _query.Which switch
        {
            WhichTransition.Last when truthNow == Truth.Bad && MayGallop => await LastWhenBadAsync(ct).ConfigureAwait(false),
            WhichTransition.Last => await LastByScanAsync(truthThen, truthNow, ct).ConfigureAwait(false),
            _ => await OldestFirstAsync(truthThen, truthNow, ct).ConfigureAwait(false),
        };
        return (Classify(transitions), transitions);
    }

    private WatchResult Classify(IReadOnlyList<Transition> transitions)
    {
        if (transitions.Count > 0)
        {
            return _log.Saw(Truth.Good, transitions[^1].At) ? WatchResult.Transition : WatchResult.AlwaysBad;
        }

        return _log.Saw(Truth.Bad, _now) ? WatchResult.AlwaysBad : _log.Saw(Truth.Good, _now) ? WatchResult.AlwaysGood : WatchResult.NeverEvaluable;
    }

    private ExpressionScan Scan(Ticks limit, long stride = 1) => new(limit, _query.Expression, _scope, stride);

    private async Task<IReadOnlyList<Transition>> LastByScanAsync(Truth truthThen, Truth truthNow, CancellationToken ct)
    {
        (Ticks At, Ticks Low)? claimed = null;
        Ticks? badFrom = truthNow == Truth.Bad ? _now : null;
        await _walk.BackwardsAsync(
            _now.Previous,
            limit => Scan(limit),
            BreakpointSet.Empty,
            (start, matches) =>
            {
                var inside = matches.Where(m => m.At > _since).ToList();
                Note(inside);
                if (badFrom is { } later && inside.Count > 0 && inside[^1].Truth != Truth.Bad)
                {
                    // Bad from the first tick of the newer interval on, not bad at the end of this one.
                    claimed = (later.Previous, start);
                    return true;
                }

                for (var i = inside.Count - 1; i > 0 && claimed is null; i--)
                {
                    claimed = inside[i].Truth == Truth.Bad && inside[i - 1].Truth != Truth.Bad ? (inside[i].At.Previous, start) : null;
                }

                badFrom = inside.Count == 0 ? badFrom : inside[0].Truth == Truth.Bad ? inside[0].At : null;
                return claimed is not null || start <= _since;
            },
            ct).ConfigureAwait(false);
        if (claimed is null && badFrom is { } oldest && truthThen != Truth.Bad && oldest > Timeline.FirstEvent)
        {
            claimed = (oldest.Previous, _since);
        }

        return claimed is { } found ? await ConfirmAsync([(found.At, found.Low, found.At.Next)], null, ct).ConfigureAwait(false) : [];
    }

    private async Task<IReadOnlyList<Transition>> OldestFirstAsync(Truth truthThen, Truth truthNow, CancellationToken ct)
    {
        var claimed = new List<(Ticks At, Ticks Low, Ticks High)>();
        var (last, lastAt) = (truthThen, _since);
        void Look(ScanMatch match)
        {
            if (match.Truth == Truth.Bad && last != Truth.Bad && match.At > Timeline.FirstEvent)
            {
                claimed.Add((match.At.Previous, lastAt, match.At));
            }

            (last, lastAt) = (match.Truth, match.At);
        }

        var onlyFirst = _query.Which == WhichTransition.First;
        await _walk.ForwardsAsync(
            _since,
            _now.Previous,
            limit => Scan(limit),
            BreakpointSet.Empty,
            matches =>
            {
                Note(matches);
                foreach (var match in matches)
                {
                    Look(match);
                }

                return onlyFirst && claimed.Count > 0;
            },
            ct).ConfigureAwait(false);
        if (!(onlyFirst && claimed.Count > 0))
        {
            Look(new ScanMatch(_now, 0, truthNow));
        }

        return claimed.Count == 0 ? [] : await ConfirmAsync(onlyFirst ? claimed[..1] : claimed, null, ct).ConfigureAwait(false);
    }

    /// <summary>Confirms by one clean replay; a claim that does not hold there is searched for again without scanning.</summary>
    private async Task<IReadOnlyList<Transition>> ConfirmAsync(List<(Ticks At, Ticks Low, Ticks High)> claimed, IReplaySession? clean, CancellationToken ct)
    {
        IReadOnlyList<Ticks> ticks = [.. claimed.Select(c => c.At)];
        var confirmed = clean is null ? await Probe.ConfirmAsync(ticks, ct).ConfigureAwait(false) : await Probe.ConfirmAsync(ticks, clean, ct).ConfigureAwait(false);
        var sure = new List<Transition>();
        for (var i = 0; i < claimed.Count; i++)
        {
            sure.Add(confirmed[i] ?? await BisectCleanlyAsync(claimed[i], ct).ConfigureAwait(false));
        }

        return [.. sure.DistinctBy(t => t.At).OrderBy(t => t.At)];
    }

    private async Task<Transition> BisectCleanlyAsync((Ticks At, Ticks Low, Ticks High) claim, CancellationToken ct)
    {
        var low = claim.Low < Timeline.FirstEvent ? Timeline.FirstEvent : claim.Low;
        if (claim.High > low && await Probe.HoldsAtAsync(low, ct).ConfigureAwait(false) && !await Probe.HoldsAtAsync(claim.High, ct).ConfigureAwait(false))
        {
            var (good, _) = await Bisection.BisectAsync(low.Value, claim.High.Value, tick => Probe.HoldsAtAsync(new Ticks(tick), ct)).ConfigureAwait(false);
            if ((await Probe.ConfirmAsync([new Ticks(good)], ct).ConfigureAwait(false))[0] is { } transition)
            {
                return transition;
            }
        }

        throw new FredException(
            ErrorId.BadExpression,
            $"Evaluating '{_query.Expression}' changes the program: evaluated at every statement it seemed to become false at tick {claim.At}, in a clean replay it does not. Use an expression without side effects.");
    }

    private void Note(IReadOnlyList<ScanMatch> matches)
    {
        foreach (var match in matches)
        {
            _log.Add(match.At, match.Truth);
        }
    }

    /// <summary>Where the value last became bad; it is not bad at <paramref name="low"/>.</summary>
    private static Ticks? LastChange(Ticks low, IReadOnlyList<ScanMatch> matches)
    {
        for (var i = matches.Count - 1; i >= 0 && matches[i].At > low; i--)
        {
            if (matches[i].Truth == Truth.Bad && (i == 0 || matches[i - 1].At <= low || matches[i - 1].Truth != Truth.Bad))
            {
                return matches[i].At;
            }
        }

        return null;
    }
}

/// <summary>Limits of a reverse watch.</summary>
/// <remarks>
/// A scan evaluates at every tick: 125 ns for the cheapest expression, but an invariant that looks at a whole list takes a thousand times that. Between samples a replica
/// runs at full speed. With the square root of the interval as stride there are as many samples as ticks left to scan, so an interval of n ticks costs 2 sqrt(n) evaluations and
/// at most two replays at full speed.
/// </remarks>
/// <param name="StridedAbove">Intervals longer than this are sampled before they are scanned; below it the two processes more cost as much as the scan.</param>
/// <param name="Stride">Ticks between samples; null for the square root of the interval.</param>
internal sealed record WatchOptions(long StridedAbove, long? Stride)
{
    /// <summary>Gets the measured defaults.</summary>
    public static WatchOptions Default { get; } = new(100_000, null);

    /// <summary>Chooses the distance between samples.</summary>
    /// <param name="length">Of the interval, in ticks.</param>
    /// <returns>At least 1.</returns>
    public long StrideFor(long length) => Stride ?? Math.Max(1, (long)Math.Sqrt(length));
}
