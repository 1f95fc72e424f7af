namespace Fred.Core;

/// <summary>What a sitting tells its front end, as one ordered stream.</summary>
public abstract record SessionEvent
{
    private protected SessionEvent()
    {
    }

    /// <summary>The sitting stands somewhere new.</summary>
    /// <param name="Stop">Where and why.</param>
    /// <param name="Position">Where in time.</param>
    public sealed record Stopped(StopEvent Stop, Position Position) : SessionEvent;

    /// <summary>The sitting's state has changed.</summary>
    /// <param name="State">The new state.</param>
    public sealed record StateChanged(SessionState State) : SessionEvent;

    /// <summary>A search or replay is on its way.</summary>
    /// <param name="Title">What is being done.</param>
    /// <param name="Fraction">0 to 1.</param>
    /// <param name="Remaining">Estimate; null when there is none yet.</param>
    public sealed record Progress(string Title, double Fraction, TimeSpan? Remaining) : SessionEvent;

    /// <summary>The checkpoints have changed.</summary>
    public sealed record CheckpointsChanged : SessionEvent;

    /// <summary>The breakpoints have changed.</summary>
    public sealed record BreakpointsChanged : SessionEvent;

    /// <summary>A branch was begun or left.</summary>
    /// <param name="Branch">The current branch.</param>
    public sealed record BranchChanged(BranchInfo Branch) : SessionEvent;

    /// <summary>Something the user should know that is no error.</summary>
    /// <param name="Text">One line.</param>
    public sealed record Notice(string Text) : SessionEvent;
}
