namespace Fred.Cli;

/// <summary>Answers in words.</summary>
internal static class BisectText
{
    /// <summary>A value as it is shown.</summary>
    /// <param name="value">A value, or the reason why there is none.</param>
    /// <returns>Its text.</returns>
    public static string Of(Evaluation value) => value.Truth == Truth.NotEvaluable ? $"not evaluable: {value.Value}" : value.Value;

    /// <summary>What the statement found did.</summary>
    /// <param name="answer">With a transition.</param>
    /// <returns>One sentence.</returns>
    public static string Made(BisectAnswer answer) => answer.Frame is null ? $"This statement is where it happened: {answer.Question}." : $"This statement makes '{answer.Question}' false (in {answer.Frame}).";

    /// <summary>An answer without a statement.</summary>
    /// <param name="answer">Always good, always bad or an error.</param>
    /// <returns>One sentence, and what to think of.</returns>
    public static string None(BisectAnswer answer) => answer switch
    {
        { Error: { } error } => $"{error.Message} [{error.Id}]",
        { Result: BisectResult.AlwaysGood, Frame: null } => $"This did not happen: {answer.Question}.",
        { Result: BisectResult.AlwaysGood } => $"'{answer.Question}' held all the way (in {answer.Frame}): no statement makes it false.",
        { Transitions.Count: 0 } => $"'{answer.Question}' was false from the first statement on (in {answer.Frame}), so no statement made it false. Is it the condition that should hold?",
        _ => $"'{answer.Question}' was false as soon as it had a value (in {answer.Frame}), since the statement below. Is it the condition that should hold?",
    };

    /// <summary>What is to be known about a predicate that became true again.</summary>
    /// <param name="which">What was asked for.</param>
    /// <returns>One sentence.</returns>
    public static string NotMonotone(WhichTransition which) => which switch
    {
        WhichTransition.All => "It also became true again in between: each statement listed made it false anew.",
        WhichTransition.First => "It also became true again later: this is the first of several such statements (--last, --all).",
        _ => "It also became true again in the history: there are other such statements, and this is the one before the end (--first, --all).",
    };

    /// <summary>Where and why the program stopped.</summary>
    /// <param name="end">The stop.</param>
    /// <returns>One line.</returns>
    public static string Ending(StopEvent end)
    {
        var place = end.Location is { } at ? $" at {at.File}:{at.Line}" : string.Empty;
        return end.Reason switch
        {
            StopReason.Exit => $"The program ended with status {end.ExitCode ?? 0}",
            StopReason.Exception => $"The program ended by an uncaught exception{place}: {end.Detail}",
            StopReason.Signal => $"The program was ended by a signal{place}: {end.Detail}",
            StopReason.Breakpoint => $"The program was stopped{place}",
            StopReason.Pause => $"The program was stopped by --timeout{place}",
            _ => $"The program was lost{place}",
        };
    }
}
