namespace Fred.Core;

/// <summary>Saves whole program states and starts fresh sessions from them.</summary>
/// <remarks>One instance per backend session. Calls may overlap; each is atomic. Disposing discards everything.</remarks>
public interface ICheckpointEngine : IAsyncDisposable
{
    /// <summary>Gets what the engine can do and what it costs.</summary>
    CheckpointTraits Traits { get; }

    /// <summary>Gets the checkpoints of the first branch that came with a kept recording (<see cref="IBackend.ReopenAsync"/>), in time order.</summary>
    IReadOnlyList<Checkpoint> Kept => [];

    /// <summary>Saves a session's state; the session itself is left as it was.</summary>
    /// <param name="session">Stopped, or the running head: then the state is that of its next event.</param>
    /// <param name="ct">Cancels; a state saved meanwhile is discarded.</param>
    /// <returns>The checkpoint; null when it could not be taken without harm (the head stopped first, the machine has no resources): the program goes on.</returns>
    Task<Checkpoint?> SaveAsync(IReplaySession session, CancellationToken ct);

    /// <summary>Saves the head's state because it has run for a while, and not because anyone asked: an engine whose checkpoints are costly takes what it can have cheaply.</summary>
    /// <param name="session">The head, which runs or stands where a condition is evaluated.</param>
    /// <param name="ct">Cancels; a state saved meanwhile is discarded.</param>
    /// <returns>As <see cref="SaveAsync"/>.</returns>
    Task<Checkpoint?> SaveInPassingAsync(IReplaySession session, CancellationToken ct) => SaveAsync(session, ct);

    /// <summary>Starts a replica at a saved state; the checkpoint stays usable.</summary>
    /// <param name="checkpoint">Which state.</param>
    /// <param name="branch">Whose recording the replica follows from there.</param>
    /// <param name="ct">Cancels before the session exists.</param>
    /// <returns>A stopped session at <see cref="Checkpoint.At"/>; the caller disposes it.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.CheckpointLost"/>: the checkpoint's process is gone.</exception>
    Task<IReplaySession> RestoreAsync(Checkpoint checkpoint, BranchId branch, CancellationToken ct);

    /// <summary>Drops a saved state.</summary>
    /// <param name="checkpoint">Which.</param>
    /// <returns>Done when its resources are free.</returns>
    Task DiscardAsync(Checkpoint checkpoint);
}

/// <summary>What a checkpoint engine can do and what it costs.</summary>
/// <param name="Name">fork, reexec or dmtcp.</param>
/// <param name="CanSave">False for an engine that only knows the start of the program.</param>
/// <param name="Durable">Whether checkpoints outlive the sitting.</param>
/// <param name="TypicalRestore">Usual time from request to a stopped session.</param>
public sealed record CheckpointTraits(string Name, bool CanSave, bool Durable, TimeSpan TypicalRestore);
