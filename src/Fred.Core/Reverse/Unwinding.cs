namespace Fred.Core;

/// <summary>Finds when a frame of an uncaught exception's traceback was left.</summary>
/// <remarks>
/// At such an end the frames shown are those in which the exception was raised, with the values they had then. But between that moment and the end other statements
/// may have run (finally blocks, handlers that raise again), and during these the frames were not on the stack. A search that begins at the end would take the last
/// of these statements for the culprit; it has to begin at the last tick at which the frame was there.
/// </remarks>
internal sealed class Unwinding(Timeline timeline, EvaluationScope scope)
{
    /// <summary>An expression that has a value wherever the frame is.</summary>
    private const string Anything = "1";

    private readonly IntervalWalk _walk = new(timeline);

    /// <summary>Finds the moment.</summary>
    /// <param name="end">The end of the program.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The last tick before the end at which the frame is on the stack; the end itself when there is none.</returns>
    public async Task<Ticks> LastTickAsync(Ticks end, CancellationToken ct)
    {
        Ticks? left = null;
        var limit = end.Previous;
        await _walk.BackwardsAsync(
            limit,
            to => new ExpressionScan(to, Anything, scope),
            BreakpointSet.Empty,
            (start, matches) =>
            {
                // Each match holds until the next one, the last one until the interval's end.
                for (var i = matches.Count - 1; i >= 0 && left is null; i--)
                {
                    left = matches[i].Truth == Truth.NotEvaluable ? null : i + 1 < matches.Count ? matches[i + 1].At.Previous : limit;
                }

                limit = start;
                return left is not null;
            },
            ct).ConfigureAwait(false);
        var probe = new WatchProbe(timeline, Anything, scope, new TruthLog());
        return left is { } tick && (await probe.AtAsync(tick, ct).ConfigureAwait(false)).Truth != Truth.NotEvaluable ? tick : end;
    }
}
