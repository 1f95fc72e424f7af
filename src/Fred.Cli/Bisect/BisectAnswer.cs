namespace Fred.Cli;

/// <summary>What became of a question.</summary>
internal enum BisectResult
{
    /// <summary>A statement was found before which it was good and after which it was bad.</summary>
    Transition,

    /// <summary>It was never bad.</summary>
    AlwaysGood,

    /// <summary>It was bad as soon as it could be evaluated.</summary>
    AlwaysBad,

    /// <summary>There is no answer; <see cref="BisectAnswer.Error"/> says why.</summary>
    Error,
}

/// <summary>The answer to one question.</summary>
/// <param name="Question">The expression, or the condition in words.</param>
/// <param name="Result">What became of it.</param>
internal sealed record BisectAnswer(string Question, BisectResult Result)
{
    /// <summary>Gets the statements found, in time order. With always-bad: the statement since which it can be evaluated, if there is one.</summary>
    public IReadOnlyList<Transition> Transitions { get; init; } = [];

    /// <summary>Gets whose names the expression used, in words; null for conditions.</summary>
    public string? Frame { get; init; }

    /// <summary>Gets a value indicating whether nothing seen became good again after it was bad.</summary>
    public bool Monotone { get; init; } = true;

    /// <summary>Gets how often it was evaluated in copies of the program.</summary>
    public int Evaluations { get; init; }

    /// <summary>Gets how many checkpoints there were.</summary>
    public int Checkpoints { get; init; }

    /// <summary>Gets how long the search took.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>Gets why there is no answer.</summary>
    public CommandError? Error { get; init; }

    /// <summary>Gets a command line for a shell that goes to the (last) statement found; null when there is none.</summary>
    public string? Reopen { get; init; }

    /// <summary>Makes the answer for a question that could not be answered.</summary>
    /// <param name="question">The question.</param>
    /// <param name="error">Why.</param>
    /// <returns>The answer.</returns>
    public static BisectAnswer Failed(string question, FredException error) =>
        new(question, BisectResult.Error) { Error = new CommandError(error.Id, error.Message) };
}

/// <summary>Everything <c>fred bisect</c> found out.</summary>
/// <param name="Backend">pdb or gdb.</param>
/// <param name="Answers">In the order of the questions; conditions first.</param>
internal sealed record BisectReport(string Backend, IReadOnlyList<BisectAnswer> Answers)
{
    /// <summary>Gets where and why the program stopped; null when it could not be run.</summary>
    public StopEvent? End { get; init; }

    /// <summary>Gets how long the program ran, recorded.</summary>
    public TimeSpan RecordElapsed { get; init; }

    /// <summary>Gets what fred returns to the shell.</summary>
    public int ExitCode =>
        Answers.Any(a => a.Result == BisectResult.Transition) ? Cli.ExitCode.Ok
        : Answers.FirstOrDefault(a => a.Error is not null)?.Error is { } error ? Cli.ExitCode.Of(error.Id)
        : Cli.ExitCode.NotFound;

    /// <summary>Makes the report for a run that gave no answer at all.</summary>
    /// <param name="questions">What was asked.</param>
    /// <param name="error">Why.</param>
    /// <param name="backend">pdb or gdb.</param>
    /// <returns>The report.</returns>
    public static BisectReport Failed(IEnumerable<string> questions, FredException error, string backend) =>
        new(backend, [.. questions.Select(q => BisectAnswer.Failed(q, error))]);
}
