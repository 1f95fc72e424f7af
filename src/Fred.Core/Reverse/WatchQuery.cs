namespace Fred.Core;

/// <summary>A question to the past: when did this invariant break?</summary>
/// <param name="Expression">True means good.</param>
/// <param name="Scope">Whose names it uses, in the frame selected now.</param>
/// <param name="Which">Which transition to go to.</param>
public sealed record WatchQuery(string Expression, EvaluationScope Scope, WhichTransition Which = WhichTransition.Last)
{
    /// <summary>Gets the tick the search goes back to; null for the beginning of the history. Only transitions at or after it count.</summary>
    public Ticks? Since { get; init; }

    /// <summary>
    /// Gets a value indicating whether the last transition before now is wanted even where the expression changed to and fro between two checkpoints. Costs a scan
    /// of everything between the transition and now. First and All, and Last of an expression that is good now, are exact anyway.
    /// </summary>
    public bool Exact { get; init; }

    /// <summary>Gets a value indicating whether only the answer is wanted: the sitting stays where it is.</summary>
    public bool Stays { get; init; }
}

/// <summary>Which transition from good to bad is wanted.</summary>
public enum WhichTransition
{
    /// <summary>The last one before now.</summary>
    Last,

    /// <summary>The first one of the history.</summary>
    First,

    /// <summary>All of them; the sitting moves to the last.</summary>
    All,
}

/// <summary>One transition of an expression from good to bad.</summary>
/// <param name="At">The tick of the innermost statement that is good before and bad after.</param>
/// <param name="Location">That statement; at a return, the one that made the call.</param>
/// <param name="Function">Its function.</param>
/// <param name="Before">The expression just before it (with the values in <see cref="Evaluation.Value"/>).</param>
/// <param name="After">The expression just after it.</param>
/// <param name="Stack">The call stack there, innermost first.</param>
public sealed record Transition(Ticks At, SourceLocation? Location, string? Function, Evaluation Before, Evaluation After, IReadOnlyList<Frame> Stack)
{
    /// <summary>Gets the thread that runs the statement; null in a program with one thread.</summary>
    public ThreadInfo? Thread { get; init; }

    /// <summary>
    /// Gets a value indicating whether that statement had begun before <see cref="At"/>, where another thread stands: it goes on when that one gives way. Place and stack are those of the statement.
    /// </summary>
    public bool IsUnderWay { get; init; }

    /// <summary>Gets a value indicating whether the statement itself does it, not code without source that it calls.</summary>
    public bool IsInUsersCode { get; init; } = true;
}

/// <summary>The outcome of a reverse watch.</summary>
public enum WatchResult
{
    /// <summary>At least one transition was found.</summary>
    Transition,

    /// <summary>The expression was never bad.</summary>
    AlwaysGood,

    /// <summary>The expression was bad as soon as it could be evaluated.</summary>
    AlwaysBad,

    /// <summary>The expression could not be evaluated anywhere.</summary>
    NeverEvaluable,
}

/// <summary>Everything a reverse watch found out.</summary>
/// <param name="Result">The outcome.</param>
/// <param name="Transitions">In time order; one unless all were asked for.</param>
/// <param name="Stop">Where the session stands now.</param>
/// <param name="Monotone">False when the expression was seen to become good again: then other transitions exist.</param>
/// <param name="Evaluations">Evaluations of the last search at checkpoints and in replays' samples (native per-tick evaluations not counted).</param>
/// <param name="Checkpoints">Checkpoints there were.</param>
/// <param name="Elapsed">How long the search took.</param>
public sealed record WatchReport(
    WatchResult Result,
    IReadOnlyList<Transition> Transitions,
    StopEvent Stop,
    bool Monotone,
    int Evaluations,
    int Checkpoints,
    TimeSpan Elapsed)
{
    /// <summary>Gets the function in whose call the expression was followed, when that was not the selected frame, which it does not use; else null.</summary>
    public string? Outside { get; init; }
}
