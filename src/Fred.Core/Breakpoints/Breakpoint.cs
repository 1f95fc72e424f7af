namespace Fred.Core;

/// <summary>A breakpoint of the timeline. It belongs to no process: sessions get copies.</summary>
/// <param name="Id">Number shown to the user, from 1.</param>
/// <param name="Location">Where; the line is one at which an event exists.</param>
public sealed record Breakpoint(int Id, SourceLocation Location)
{
    /// <summary>Gets what it stops at.</summary>
    public BreakpointKind Kind { get; init; }

    /// <summary>Gets an expression that must hold for the breakpoint to stop; null for always.</summary>
    public string? Condition { get; init; }

    /// <summary>Gets a value indicating whether it stops at all.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Gets a value indicating whether it is deleted when first reached going forward.</summary>
    public bool Temporary { get; init; }

    /// <summary>Gets how many more hits going forward are to be ignored.</summary>
    public int IgnoreCount { get; init; }

    /// <summary>Gets how often it was reached going forward.</summary>
    public int Hits { get; init; }

    /// <summary>Gets what is watched (<see cref="BreakpointKind.Watch"/>); null for other kinds.</summary>
    public WatchedValue? Watched { get; init; }

    /// <summary>Gets the address of the instruction it was set on; null for a line. Native programs only.</summary>
    public ulong? Address { get; init; }

    /// <summary>Gets the function it was set on; null for a line.</summary>
    public string? Function { get; init; }
}

/// <summary>What a watchpoint watches.</summary>
/// <param name="Expression">In the program's language.</param>
/// <param name="Scope">Whose names it uses, at any tick.</param>
public sealed record WatchedValue(string Expression, EvaluationScope Scope)
{
    /// <summary>Gets what stops the program.</summary>
    public WatchKind Kind { get; init; }
}

/// <summary>What a watchpoint stops at.</summary>
public enum WatchKind
{
    /// <summary>The value changes.</summary>
    Change,

    /// <summary>The program reads the value. Native programs only.</summary>
    Read,

    /// <summary>The program reads the value, or writes it, even the same one. Native programs only.</summary>
    Access,
}

/// <summary>What a breakpoint stops at.</summary>
public enum BreakpointKind
{
    /// <summary>The statement at its location.</summary>
    Line,

    /// <summary>Every statement that raises an exception, wherever it is; the location means nothing.</summary>
    Raise,

    /// <summary>
    /// Every instruction that changes a value: behind it on the way forward, before it on the way back. The location means nothing. Native programs only.
    /// </summary>
    Watch,

    /// <summary>Every place where an exception meets the first of its handlers; the location means nothing.</summary>
    Handler,
}
