namespace Fred.Core;

/// <summary>What the backend's own debugger answered to a line.</summary>
/// <param name="Output">What it printed.</param>
/// <param name="State">To be given to the next command of this sitting.</param>
/// <param name="Action">What the session has to do next; null for nothing.</param>
/// <param name="Breakpoints">The whole breakpoint table when the line changed it, else null.</param>
public sealed record BackendReply(string Output, string State, BackendAction? Action = null, IReadOnlyList<Breakpoint>? Breakpoints = null)
{
    /// <summary>Gets the frame that up and down have selected, 0 for the innermost; what an expression given next refers to.</summary>
    public int SelectedFrame { get; init; }

    /// <summary>Gets the number of the thread whose frame that is; 0 for the one that stopped.</summary>
    public int SelectedThread { get; init; }

    /// <summary>
    /// Gets the state for the next stop when the debugger shows nothing by itself there, which spares asking it (an inspector, some ten milliseconds); null when
    /// it has to be asked (<see cref="IInspector.DisplayAsync"/>).
    /// </summary>
    public string? QuietState { get; init; }
}

/// <summary>A movement or change that a backend command asks for; only the session can do it, on the timeline.</summary>
public abstract record BackendAction
{
    private protected BackendAction()
    {
    }

    /// <summary>Run forward.</summary>
    /// <param name="Filter">Stop at the first matching event; null for continue.</param>
    public sealed record Run(StepFilter? Filter) : BackendAction;

    /// <summary>Any other movement.</summary>
    /// <param name="Command">Where to.</param>
    public sealed record Move(SessionCommand Command) : BackendAction;

    /// <summary>Run a statement in the program.</summary>
    /// <param name="Mutation">What and where.</param>
    public sealed record Mutate(Mutation Mutation) : BackendAction;

    /// <summary>Start the program again from the beginning.</summary>
    public sealed record Restart : BackendAction;

    /// <summary>End the sitting.</summary>
    public sealed record Quit : BackendAction;
}
