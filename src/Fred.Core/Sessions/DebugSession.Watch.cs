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
                var (now, activation) = await LookNowAsync(query, token).ConfigureAwait(false);
                var watch = new ReverseWatch(_timeline, query, activation, WatchOptions);
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

    /// <summary>The expression's value where the user stands, and the activation its names belong to.</summary>
    private async Task<(Truth Now, string Activation)> LookNowAsync(WatchQuery query, CancellationToken ct)
    {
        var inspector = await _timeline.Session.InspectAsync(ct).ConfigureAwait(false);
        try
        {
            var activation = (query.Scope as EvaluationScope.InActivation)?.Activation;
            if (query.Scope is EvaluationScope.InFrame frame)
            {
                var page = await inspector.GetStackAsync(frame.Index, 1, ct).ConfigureAwait(false);
                activation = page.Frames is [var found, ..] ? found.Activation : null;
            }

            if (activation is null)
            {
                throw new FredException(
                    ErrorId.BadExpression, "The selected frame cannot be followed through time (it is library code, or there is no such frame). Select a frame of your own code: 'up', or --frame FUNCTION.");
            }

            var value = await inspector.EvaluateAsync(query.Expression, new EvaluationScope.InActivation(activation), ct).ConfigureAwait(false);
            return (value.Truth, activation);
        }
        finally
        {
            _timeline.Retired.Add(inspector);
        }
    }
}
