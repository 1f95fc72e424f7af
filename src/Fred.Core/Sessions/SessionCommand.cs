namespace Fred.Core;

/// <summary>A command that moves through time. Each is journalled with the tick it was given at, and can be undone.</summary>
public abstract record SessionCommand
{
    private protected SessionCommand()
    {
    }

    /// <summary>
    /// Gets the number of the thread that steps (<see cref="Step"/>, <see cref="Next"/>, <see cref="Finish"/>, <see cref="Until"/> and the reverse forms); 0 for the one that stopped. Back, the first step leads to where that
    /// thread had its last event. Native programs always move the one that stopped.
    /// </summary>
    public int Thread { get; init; }

    /// <summary>To the next event.</summary>
    /// <param name="Count">How many times.</param>
    public sealed record Step(int Count = 1) : SessionCommand;

    /// <summary>Into one call of the statement that runs next, past those before it; when it is not made, or enters no code that has events, to where <see cref="Next"/> goes.</summary>
    /// <param name="Target">The call, as <see cref="IInspector.GetCallTargetsAsync"/> gave it at this stop.</param>
    public sealed record StepInto(CallTarget Target) : SessionCommand;

    /// <summary>Some ticks further; the same as <see cref="Step"/> where every tick is a step, an instruction each in native programs.</summary>
    /// <param name="Count">How many.</param>
    public sealed record StepTicks(int Count = 1) : SessionCommand
    {
        /// <summary>Gets a value indicating whether an instruction that calls counts with all that it calls. Means nothing where every tick is a step.</summary>
        public bool OverCalls { get; init; }
    }

    /// <summary>To the next event that is not deeper.</summary>
    /// <param name="Count">How many times.</param>
    public sealed record Next(int Count = 1) : SessionCommand;

    /// <summary>To where this function is about to return (pdb's return) or has left.</summary>
    /// <param name="Count">How many functions.</param>
    public sealed record Finish(int Count = 1) : SessionCommand;

    /// <summary>To a line greater than the current one, or a given one, in this function.</summary>
    /// <param name="Line">1-based least line; null for the next greater one.</param>
    public sealed record Until(int? Line = null) : SessionCommand;

    /// <summary>To the first event that matches (a stepping command of the backend's own).</summary>
    /// <param name="Filter">What matches.</param>
    public sealed record RunTo(StepFilter Filter) : SessionCommand;

    /// <summary>To the next breakpoint, the live edge, or the end.</summary>
    /// <param name="Count">Stop at the Count-th breakpoint hit.</param>
    public sealed record Continue(int Count = 1) : SessionCommand;

    /// <summary>Some ticks back; the same as <see cref="ReverseStep"/> where every tick is a step, an instruction each in native programs, whichever thread executed it.</summary>
    /// <param name="Count">How many.</param>
    public sealed record ReverseTicks(int Count = 1) : SessionCommand
    {
        /// <summary>Gets a value indicating whether a call that has just returned counts as one, from the instruction that made it. Means nothing where every tick is a step.</summary>
        public bool OverCalls { get; init; }
    }

    /// <summary>To the event before.</summary>
    /// <param name="Count">How many times.</param>
    public sealed record ReverseStep(int Count = 1) : SessionCommand;

    /// <summary>To the last event before that is not deeper.</summary>
    /// <param name="Count">How many times.</param>
    public sealed record ReverseNext(int Count = 1) : SessionCommand;

    /// <summary>To the statement that called this function.</summary>
    /// <param name="Count">How many functions.</param>
    public sealed record ReverseFinish(int Count = 1) : SessionCommand;

    /// <summary>To the last breakpoint hit before, or the beginning.</summary>
    /// <param name="Count">The Count-th hit back.</param>
    public sealed record ReverseContinue(int Count = 1) : SessionCommand
    {
        /// <summary>Gets how far back to look: only hits after this tick count, and without one it is where the command ends. Null for the whole history.</summary>
        public Ticks? Since { get; init; }
    }

    /// <summary>To a tick of this branch.</summary>
    /// <param name="Target">From 0 to the live edge.</param>
    public sealed record Goto(Ticks Target) : SessionCommand;

    /// <summary>To the live edge of this branch.</summary>
    public sealed record GotoLive : SessionCommand;

    /// <summary>To where the user stood before the last commands; undone commands leave the journal.</summary>
    /// <param name="Count">How many commands.</param>
    public sealed record Undo(int Count = 1) : SessionCommand;

    /// <summary>To a checkpoint the user asked for.</summary>
    /// <param name="Number">As listed.</param>
    public sealed record RestartCheckpoint(int Number) : SessionCommand;

    /// <summary>To where another branch was left.</summary>
    /// <param name="Name">The branch's name.</param>
    public sealed record SwitchBranch(string Name) : SessionCommand;
}
