namespace Fred.Cli;

/// <summary>What <c>fred diff</c> is asked.</summary>
/// <param name="First">The first run.</param>
/// <param name="Second">The second one.</param>
/// <param name="Expressions">Whose values are compared, too.</param>
internal sealed record DiffRequest(RecordingRequest First, RecordingRequest Second, IReadOnlyList<string> Expressions)
{
    /// <summary>Gets the function in whose frames the expressions are evaluated; null for the default.</summary>
    public string? Function { get; init; }

    /// <summary>Gets the words that start <c>fred</c> again.</summary>
    public IReadOnlyList<string> FredCommand { get; init; } = ["fred"];
}

/// <summary>One of the two runs.</summary>
/// <param name="End">Where and why it stopped.</param>
/// <param name="Elapsed">How long it ran.</param>
/// <param name="Reopen">A command line for a shell that goes to where the runs part; null when they do not.</param>
internal sealed record DiffSide(StopEvent End, TimeSpan Elapsed, string? Reopen)
{
    /// <summary>Gets a value indicating whether the run did not come to the program's end.</summary>
    public bool WasStopped => End.Reason is StopReason.Breakpoint or StopReason.Pause or StopReason.EndOfHistory;
}

/// <summary>A variable that differs.</summary>
/// <param name="Name">Its name.</param>
/// <param name="First">Its value in the first run; null where there is none.</param>
/// <param name="Second">In the second one.</param>
internal sealed record DiffVariable(string Name, string? First, string? Second);

/// <summary>What became of an expression.</summary>
/// <param name="Expression">The expression.</param>
/// <param name="Difference">The first difference; null when there is none, or there was an error.</param>
/// <param name="HadValue">Whether it ever had a value in either run.</param>
internal sealed record DiffValue(string Expression, ValueDifference? Difference, bool HadValue)
{
    /// <summary>Gets whose names it used, in words; null with an error.</summary>
    public string? Frame { get; init; }

    /// <summary>Gets why there is no answer; null when there is one.</summary>
    public CommandError? Error { get; init; }
}

/// <summary>Everything <c>fred diff</c> found out.</summary>
/// <param name="First">The first run.</param>
/// <param name="Second">The second run.</param>
/// <param name="Divergence">Where they part; null when they take the same way as far as both go.</param>
internal sealed record DiffReport(DiffSide First, DiffSide Second, Divergence? Divergence)
{
    /// <summary>Gets the last tick up to which the runs are the same.</summary>
    public required Ticks Common { get; init; }

    /// <summary>Gets the local variables that differ at the last common event.</summary>
    public IReadOnlyList<DiffVariable> Variables { get; init; } = [];

    /// <summary>Gets what became of the expressions.</summary>
    public IReadOnlyList<DiffValue> Values { get; init; } = [];

    /// <summary>Gets how long the comparison took.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>Gets a value indicating whether the runs end differently although they take the same way.</summary>
    public bool EndsDiffer => Divergence is null && (First.End.Reason != Second.End.Reason || First.End.ExitCode != Second.End.ExitCode || First.End.Detail != Second.End.Detail);

    /// <summary>Gets what fred returns to the shell.</summary>
    public int ExitCode =>
        Divergence is not null || EndsDiffer || Values.Any(v => v.Difference is not null) ? Cli.ExitCode.Ok
        : Values.FirstOrDefault(v => v.Error is not null)?.Error is { } error ? Cli.ExitCode.Of(error.Id)
        : Values.Any(v => !v.HadValue) ? Cli.ExitCode.Of(ErrorId.NeverEvaluable)
        : Cli.ExitCode.NotFound;
}
