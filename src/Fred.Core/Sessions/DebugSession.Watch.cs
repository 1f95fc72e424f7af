namespace Fred.Core;

/// <content>The reverse expression watchpoint.</content>
public sealed partial class DebugSession
{
    /// <summary>Gets or sets the limits of reverse watches.</summary>
    internal WatchOptions WatchOptions { get; set; } = WatchOptions.Default;

    /// <summary>Finds when an invariant broke, and stops before the statement that broke it.</summary>
    /// <remarks>
    /// <see cref="WhichTransition.Last"/> while the expression is false: the transition that made it so. While it is true or cannot be evaluated: the last
    /// transition before now, if there was one. When nothing was found the sitting stays where it is. An expression that was bad as soon as it could be
    /// evaluated gives <see cref="WatchResult.AlwaysBad"/>; the statement that made it evaluable is then the transition listed, and the sitting goes there. But where that
    /// is so only because the selected frame's call had not begun before, and the expression uses nothing of it, the search goes on in an outer call (<see cref="WatchReport.Outside"/>).
    /// </remarks>
    /// <param name="query">The question.</param>
    /// <param name="ct">Cancels; the sitting stays where it stood.</param>
    /// <returns>What was found.</returns>
    /// <exception cref="FredException">The expression or its frame cannot be watched, or a replay failed; the sitting stays where it stood.</exception>
    public async Task<WatchReport> ReverseWatchAsync(WatchQuery query, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(query);
        var (from, started, checkpoints) = (Position, _time.GetTimestamp(), _timeline.Checkpoints.Count);
        WatchReport? report = null;
        var stop = await MoveAsync(
            SessionRequest.Watch,
            SessionState.Travelling,
            $"reverse-watch {query.Expression}",
            async token =>
            {
                var (value, scope, watch) = await BeginWatchAsync(query, token).ConfigureAwait(false);
                var (result, transitions) = await watch.SearchAsync(value.Truth, token).ConfigureAwait(false);
                if (_stop.Reason == StopReason.Exception && transitions is [.., { Before.Truth: Truth.NotEvaluable } last] && last.At.Next == _timeline.At)
                {
                    (watch, result, transitions) = await SearchAgainAsync(watch, query, scope, value, (result, transitions), token).ConfigureAwait(false);
                }

                string? outside = null;
                var isSinceTheCall = result == WatchResult.AlwaysBad || (query.Which == WhichTransition.Last && transitions is [.., { Before.Truth: Truth.NotEvaluable }]);
                if (isSinceTheCall && await OutsideAsync(query, token).ConfigureAwait(false) is { } outer)
                {
                    (outside, watch) = (outer.Function, new ReverseWatch(_timeline, query, new EvaluationScope.InActivation(outer.Activation!), _timeline.At, WatchOptions));
                    (result, transitions) = await watch.SearchAsync(value.Truth, token).ConfigureAwait(false);
                }

                var arrived = transitions.Count == 0 || query.Stays
                    ? _stop
                    : await _timeline.GotoAsync(transitions[^1].At, token).ConfigureAwait(false) with { Reason = StopReason.Transition };
                report = new WatchReport(result, transitions, arrived, watch.IsMonotone, watch.Probe.Evaluations + 1, checkpoints, _time.GetElapsedTime(started)) { Outside = outside };
                return arrived;
            },
            ct).ConfigureAwait(false);
        _journal.Add($"reverse-watch {query.Expression}", from, Position);
        return (report ?? throw new InvalidOperationException()) with { Stop = stop };
    }

    /// <summary>
    /// The value seems to have come with the last statement before an uncaught exception's end; but that may only have made the traceback's frame visible again. Then the
    /// search begins where that frame was left.
    /// </summary>
    private async Task<(ReverseWatch Watch, WatchResult Result, IReadOnlyList<Transition> Transitions)> SearchAgainAsync(
        ReverseWatch first, WatchQuery query, EvaluationScope scope, Evaluation value, (WatchResult Result, IReadOnlyList<Transition> Transitions) found, CancellationToken ct)
    {
        var left = await new Unwinding(_timeline, scope).LastTickAsync(_timeline.At, ct).ConfigureAwait(false);
        if (left == _timeline.At)
        {
            return (first, found.Result, found.Transitions);
        }

        var watch = new ReverseWatch(_timeline, query, scope, left, WatchOptions);
        var then = await watch.Probe.AtAsync(left, ct).ConfigureAwait(false);
        if (then.Truth == Truth.Bad || value.Truth != Truth.Bad)
        {
            var (result, transitions) = await watch.SearchAsync(then.Truth, ct).ConfigureAwait(false);
            return (watch, result, transitions);
        }

        // The statement that raised also made it false, which is seen only at the end.
        var raising = await watch.Probe.RaisingAsync(left, value, ct).ConfigureAwait(false);
        var earlier = query.Which == WhichTransition.Last ? [] : (await watch.SearchAsync(then.Truth, ct).ConfigureAwait(false)).Transitions;
        return (watch, WatchResult.Transition, query.Which == WhichTransition.First && earlier.Count > 0 ? earlier : [.. earlier, raising]);
    }

    /// <summary>The value where the search begins. Where the names' scope is known already, the search asks ahead meanwhile.</summary>
    private async Task<(Evaluation Now, EvaluationScope Scope, ReverseWatch Watch)> BeginWatchAsync(WatchQuery query, CancellationToken ct)
    {
        ReverseWatch Watch(WatchQuery asked, EvaluationScope scope) => new(_timeline, asked, scope, _timeline.At, WatchOptions);
        if (query.Scope is EvaluationScope.InFrame || !_timeline.Traits.EveryTickIsAStep)
        {
            var (value, scope, depth) = await LookNowAsync(query, ct).ConfigureAwait(false);
            return (value, scope, Watch(await WithinCallAsync(query, depth, ct).ConfigureAwait(false), scope));
        }

        var ahead = Watch(query, query.Scope);
        try
        {
            ahead.AskAhead(ct);
            return ((await LookNowAsync(query, ct).ConfigureAwait(false)).Now, query.Scope, ahead);
        }
        catch
        {
            await ahead.SettleAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The expression's value where the user stands, whose names it uses at any tick, and how deep that call is, where that must be known.</summary>
    private Task<(Evaluation Now, EvaluationScope Scope, int? Depth)> LookNowAsync(WatchQuery query, CancellationToken ct) => _timeline.LookAsync(
        _timeline.Session,
        async inspector =>
        {
            var scope = query.Scope is EvaluationScope.InFrame frame ? await FollowedFrame.OfAsync(inspector, query.Expression, frame, ct).ConfigureAwait(false) : query.Scope;
            var value = await inspector.EvaluateAsync(query.Expression, scope, ct).ConfigureAwait(false);
            return value.IsInvalid
                ? throw new FredException(ErrorId.BadExpression, $"'{query.Expression}' is no expression: {value.Value}.")
                : (value, scope, await FollowedFrame.DepthAsync(inspector, scope, ct).ConfigureAwait(false));
        },
        ct);

    /// <summary>What happened before the call does not count, also where an earlier one had the same place on the stack.</summary>
    private async Task<WatchQuery> WithinCallAsync(WatchQuery query, int? depth, CancellationToken ct) =>
        depth is { } deep && await _reverse.LastOutsideAsync(deep, ct).ConfigureAwait(false) is { } call && !(query.Since > call) ? query with { Since = call } : query;

    private async Task<Frame?> OutsideAsync(WatchQuery query, CancellationToken ct) => query.Scope is EvaluationScope.InFrame frame
        ? await _timeline.LookAsync(_timeline.Session, inspector => FollowedFrame.OutsideAsync(inspector, query.Expression, frame, ct), ct).ConfigureAwait(false)
        : null;
}
