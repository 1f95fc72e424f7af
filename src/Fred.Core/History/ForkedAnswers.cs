namespace Fred.Core;

/// <summary>Answers with each expression evaluated in a fork of its own: some milliseconds each, and right whatever the expressions do to the program.</summary>
/// <param name="timeline">The history.</param>
internal sealed class ForkedAnswers(Timeline timeline)
{
    /// <summary>As long as a value that a replica notes may be.</summary>
    private const int LongestValue = 1000;

    /// <summary>Answers an interval.</summary>
    /// <param name="start">It begins after this tick.</param>
    /// <param name="request">The question, and the interval's end.</param>
    /// <param name="take">Gets each answer, in time order.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>Done when all were given.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.BadExpression"/>: the question looks at every tick, which no fork can do.</exception>
    public async Task AnswerAsync(Ticks start, ObservationRequest request, Func<Observation, ValueTask> take, CancellationToken ct)
    {
        var points = request switch
        {
            HitObservation hits => hits.Points.ToDictionary(p => (long)p.Id),
            ChangeObservation change => throw new FredException(ErrorId.BadExpression, $"Evaluating '{change.Expression}' changes the program, so its values cannot be followed. Use an expression without side effects."),
            CallObservation calls => throw new FredException(ErrorId.BadExpression, $"Showing the arguments of {calls.Function} changes the program (by a __repr__ of its own), so its calls cannot be listed."),
            EventObservation => throw new FredException(ErrorId.ReplayDiverged, "The history could not be replayed to compare it with another run. Run the comparison again; if it fails again, --checkpointer reexec avoids checkpoints."),
            _ => throw new ArgumentOutOfRangeException(nameof(request)),
        };
        var bare = new HitObservation(request.Limit, [.. points.Values.Select(p => p with { Expressions = [] })]);
        var visits = new List<Observation>();
        await timeline.ObserveAsync(
            start,
            bare,
            visits.Clear,
            visit =>
            {
                visits.Add(visit);
                return ValueTask.CompletedTask;
            },
            ct).ConfigureAwait(false);
        if (visits.Count > 0)
        {
            await VisitAsync(visits, points, take, ct).ConfigureAwait(false);
        }
    }

    private async Task VisitAsync(List<Observation> visits, Dictionary<long, LogPoint> points, Func<Observation, ValueTask> take, CancellationToken ct)
    {
        var session = await timeline.ReachAsync(visits[0].At, leaveMicros: false, ct).ConfigureAwait(false);
        try
        {
            foreach (var visit in visits)
            {
                await timeline.ReplayToAsync(session, visit.At, leaveMicros: false, ct).ConfigureAwait(false);
                var values = new List<ObservedValue>();
                foreach (var expression in points[visit.Number].Expressions)
                {
                    values.Add(await EvaluateAsync(session, expression, ct).ConfigureAwait(false));
                }

                await take(visit with { Values = values, IsDoubtful = false }).ConfigureAwait(false);
            }
        }
        finally
        {
            timeline.Retired.Add(session);
        }
    }

    private async Task<ObservedValue> EvaluateAsync(IReplaySession session, string expression, CancellationToken ct)
    {
        try
        {
            var value = await timeline.LookAsync(session, inspector => inspector.EvaluateAsync(expression, new EvaluationScope.InFrame(0), ct), ct).ConfigureAwait(false);
            var text = value.Value.Length > LongestValue ? value.Value[..(LongestValue - 3)] + "..." : value.Value;
            return new ObservedValue(text, value.Truth != Truth.NotEvaluable);
        }
        catch (FredException error) when (error.Id == ErrorId.ReplicaLost && !ct.IsCancellationRequested)
        {
            return new ObservedValue("evaluating it ends the program", false);
        }
    }
}
