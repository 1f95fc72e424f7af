namespace Fred.Dap;

/// <summary>Makes the bodies of Fred's own requests.</summary>
internal static class FredBodies
{
    /// <summary>What a reverse watch found, in the words of the JSON contract.</summary>
    public static ReverseWatchBody Of(string expression, WatchReport report, DebugSession session) => new(
        report.Result switch
        {
            WatchResult.Transition => "transition",
            WatchResult.AlwaysGood => "always-good",
            WatchResult.AlwaysBad => "always-bad",
            WatchResult.NeverEvaluable => "error",
            _ => throw new ArgumentOutOfRangeException(nameof(report)),
        },
        expression,
        [.. report.Transitions.Select(Of)],
        report.Monotone,
        report.Evaluations,
        report.Checkpoints,
        Math.Round(report.Elapsed.TotalSeconds, 3),
        StopAnnouncer.ToBody(session.Position, session));

    /// <summary>What a search for a change found: the values are those of the expression itself.</summary>
    /// <param name="expression">The expression.</param>
    /// <param name="report">What was found.</param>
    /// <param name="session">The session, which stands at the last of the transitions.</param>
    /// <param name="before">The expression's value there.</param>
    /// <param name="now">The value that was searched for.</param>
    public static ReverseWatchBody OfChange(string expression, WatchReport report, DebugSession session, Evaluation before, ValueNow now)
    {
        ReverseWatchBody body = Of(expression, report, session);
        string value = before.Truth == Truth.NotEvaluable ? "undefined" : before.Value;
        return body with
        {
            // Not "always bad" where the expression only came to exist there: that is the change.
            Result = body.Transitions.Count > 0 ? "transition" : body.Result,
            Transitions = [.. body.Transitions.Select(transition => transition with
            {
                Before = transition.Tick == session.Position.At.Value ? value : "another value",
                After = now.Value,
            })],
        };
    }

    /// <summary>The branches.</summary>
    public static IReadOnlyList<BranchBody> Branches(DebugSession session) =>
    [
        .. session.Branches.Select(branch => new BranchBody(
            branch.Name,
            session.Branches.FirstOrDefault(parent => parent.Id == branch.Parent)?.Name,
            branch.ForkedAt.Value,
            branch.Edge.Value,
            branch.IsCurrent)),
    ];

    private static TransitionBody Of(Transition transition) => new(
        transition.At.Value,
        transition.Location?.File,
        transition.Location?.Line,
        transition.Function,
        transition.Before.Value,
        transition.After.Value,
        [.. transition.Stack.Select(frame => new TransitionFrame(frame.Function, frame.Location?.File, frame.Location?.Line))]);
}
