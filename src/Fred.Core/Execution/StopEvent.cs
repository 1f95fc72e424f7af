namespace Fred.Core;

/// <summary>The value of every run: where a session stands and why. Expected outcomes (a limit, an exit) are stops, never exceptions.</summary>
public sealed record StopEvent
{
    /// <summary>Gets why the session stopped.</summary>
    public required StopReason Reason { get; init; }

    /// <summary>Gets where in time it stopped.</summary>
    public required Ticks At { get; init; }

    /// <summary>Gets what kind of event is next.</summary>
    public EventKind Kind { get; init; } = EventKind.Line;

    /// <summary>Gets where in the source it stopped; null before the first statement and after the last.</summary>
    public SourceLocation? Location { get; init; }

    /// <summary>Gets the function's name; null where there is no location.</summary>
    public string? Function { get; init; }

    /// <summary>Gets the call depth in the backend's own unit; only comparisons within one program mean anything.</summary>
    public int Depth { get; init; }

    /// <summary>Gets what the backend knows this frame by besides its depth, in its own unit (native: the stack pointer); 0 for nothing.</summary>
    public long Anchor { get; init; }

    /// <summary>Gets the number of the thread that stopped, from 1; 0 in a backend that knows no threads.</summary>
    public int Thread { get; init; }

    /// <summary>Gets a value indicating whether the thread has not come to its next event: it is in the midst of a statement, and another thread is about to run (<see cref="RunRequest.StopAtTurns"/>).</summary>
    public bool IsTurn { get; init; }

    /// <summary>Gets how many threads the program has had up to here, the first one included; 0 in a backend that knows no threads.</summary>
    public int ThreadsStarted { get; init; }

    /// <summary>Gets the ids of the breakpoints reached here.</summary>
    public IReadOnlyList<int> Breakpoints { get; init; } = [];

    /// <summary>Gets more about the reason: the exception's text, the signal's name, why recording cannot go on; null when there is nothing to add.</summary>
    public string? Detail { get; init; }

    /// <summary>Gets what the program asks of its sitting here, in order; the timeline carries it out, and no front end sees such a stop.</summary>
    public IReadOnlyList<ProgramRequest> Requests { get; init; } = [];

    /// <summary>Gets the exit status for <see cref="StopReason.Exit"/>.</summary>
    public int? ExitCode { get; init; }

    /// <summary>Gets what a replay that arrives here must equal.</summary>
    public Fingerprint Fingerprint { get; init; }

    /// <summary>Gets a value indicating whether this is the live edge of its branch (filled in by the timeline).</summary>
    public bool Live { get; init; }
}
