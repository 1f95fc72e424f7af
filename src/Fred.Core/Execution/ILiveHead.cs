namespace Fred.Core;

/// <summary>The program itself at the live edge: it does the real input and output, and records.</summary>
public interface ILiveHead : IReplaySession
{
    /// <summary>Gets which child of the program is to be recorded in its place; null for none. When the program starts it, the head becomes that child, and stops at its first event.</summary>
    FollowedChild? Child => null;

    /// <summary>Runs a statement in the stopped program itself. It becomes part of the recording: every replay repeats it at this tick.</summary>
    /// <param name="mutation">What to run and in which frame.</param>
    /// <param name="ct">Cancels before the statement starts.</param>
    /// <returns>What it printed or raised.</returns>
    Task<MutationResult> MutateAsync(Mutation mutation, CancellationToken ct);

    /// <summary>Tells the program, which has just become live again in a state it had asked to keep, that it went back there. Part of the recording, as a mutation is.</summary>
    /// <param name="arguments">What it handed over to itself (<see cref="ProgramRequest.GoBack"/>).</param>
    /// <param name="known">The states that are kept now, with their notes.</param>
    /// <param name="ct">Cancels before it is told.</param>
    /// <returns>What became of it.</returns>
    Task<MutationResult> ReturnAsync(string arguments, IReadOnlyList<KeyValuePair<string, string>> known, CancellationToken ct) =>
        throw new InvalidOperationException("This program does not ask for anything.");

    /// <summary>Takes what the user should know about the run: what is recorded otherwise, or not at all, from some place on.</summary>
    /// <returns>Whole sentences, each once.</returns>
    IReadOnlyList<string> TakeNotices() => [];

    /// <summary>Takes checkpoints that came about by themselves near where it stands: where it was found by replaying, those that the replay has left.</summary>
    /// <returns>The caller's from now on.</returns>
    IReadOnlyList<Checkpoint> TakeNear() => [];

    /// <summary>Measures what checkpoints cost the program so far. Cheap; may be called while it runs.</summary>
    /// <returns>Resource use of the head and of the parked checkpoints.</returns>
    HeadUsage Measure();
}

/// <summary>A statement that changes the program.</summary>
/// <param name="Source">The statement in the program's language.</param>
/// <param name="FrameIndex">0 for the innermost frame.</param>
public sealed record Mutation(string Source, int FrameIndex = 0)
{
    /// <summary>Gets the number of the thread whose frame it is; 0 for the one that stopped.</summary>
    public int Thread { get; init; }

    /// <summary>Gets the bytes to write, instead of a statement to run: <see cref="Source"/> then only says so. Native programs only.</summary>
    public MemoryWrite? Memory { get; init; }
}

/// <summary>What became of a mutation.</summary>
/// <param name="Succeeded">False when the statement raised; what it did before that stays done.</param>
/// <param name="Output">What it displayed, or the error's text.</param>
public sealed record MutationResult(bool Succeeded, string Output);

/// <summary>What the checkpoint policy looks at.</summary>
/// <param name="Faults">Page faults of the head so far, without those that read from a disk.</param>
/// <param name="FaultTime">What the first touch of a page costs on this machine.</param>
/// <param name="ResidentPages">Pages of resident memory of the head.</param>
/// <param name="CheckpointBytes">Memory the parked checkpoints hold for themselves (proportional share).</param>
public readonly record struct HeadUsage(long Faults, TimeSpan FaultTime, long ResidentPages, long CheckpointBytes)
{
    /// <summary>Copying a page that a checkpoint holds costs about twice what a new one does.</summary>
    private const int CopyToTouch = 2;

    /// <summary>A fork copies a page's entry in the page table in this part of what the first touch of a page costs.</summary>
    private const int EntriesToTouch = 16;

    /// <summary>Gets how long a checkpoint holds the head up.</summary>
    public TimeSpan ForkTime => FaultTime * (ResidentPages / EntriesToTouch);

    /// <summary>How long the head has been held up by pages that a checkpoint holds, too: its faults but for the memory it has got more of.</summary>
    /// <param name="earlier">What was measured before.</param>
    /// <returns>An estimate. The kernel's own figure counts in units of ten milliseconds and has the program's system calls in it.</returns>
    public TimeSpan CopyTimeSince(HeadUsage earlier)
    {
        var grown = Math.Max(0, ResidentPages - earlier.ResidentPages);
        return FaultTime * CopyToTouch * Math.Max(0, Faults - earlier.Faults - grown);
    }
}
