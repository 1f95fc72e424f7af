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
    /// evaluated gives <see cref="WatchResult.AlwaysBad"/>; the statement that made it evaluable is then the transition listed, and the sitting goes there.
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
                var (now, scope) = await LookNowAsync(query, token).ConfigureAwait(false);
                var watch = new ReverseWatch(_timeline, query, scope, WatchOptions);
                var (result, transitions) = await watch.SearchAsync(now, token).ConfigureAwait(false);
                var arrived = transitions.Count == 0
                    ? _stop
                    : await _timeline.GotoAsync(transitions[^1].At, token).ConfigureAwait(false) with { Reason = StopReason.Transition };
                report = new WatchReport(
                    result, transitions, arrived, watch.IsMonotone, watch.Probe.Evaluations + 1, checkpoints, _time.GetElapsedTime(started));
                return arrived;
            },
            ct).ConfigureAwait(false);
        _journal.Add($"reverse-watch {query.Expression}", from, Position);
        return (report ?? throw new InvalidOperationException()) with { Stop = stop };
    }

    /// <summary>The expression's value where the user stands, and whose names it uses at any tick.</summary>
    private async Task<(Truth Now, EvaluationScope Scope)> LookNowAsync(WatchQuery query, CancellationToken ct)
    {
        var inspector = await _timeline.Session.InspectAsync(ct).ConfigureAwait(false);
        try
        {
            var scope = query.Scope is EvaluationScope.InFrame frame ? await FollowAsync(inspector, frame.Index, ct).ConfigureAwait(false) : query.Scope;
            var value = await inspector.EvaluateAsync(query.Expression, scope, ct).ConfigureAwait(false);
            return value.IsInvalid
                ? throw new FredException(ErrorId.BadExpression, $"'{query.Expression}' is no expression: {value.Value}.")
                : (value.Truth, scope);
        }
        finally
        {
            _timeline.Retired.Add(inspector);
        }
    }

    private static async Task<EvaluationScope> FollowAsync(IInspector inspector, int frame, CancellationToken ct)
    {
        var page = await inspector.GetStackAsync(frame, 1, ct).ConfigureAwait(false);
        return page.Frames is [{ Activation: { } activation }, ..] ? new EvaluationScope.InActivation(activation) : throw new FredException(
            ErrorId.BadExpression, "The selected frame cannot be followed through time (it is library code, or there is no such frame). Select a frame of your own code: 'up', or --frame FUNCTION.");
    }
}
