using Fred.Core;

namespace Fred.Backends;

/// <summary>Knows one state only, the start of the program: restoring runs the program again from its first instruction, answered by the log.</summary>
/// <remarks>Slow and simple; the reference that the other engines are tested against.</remarks>
/// <param name="kind">What kind of program it is.</param>
/// <param name="restart">Starts the program again and brings it to tick 0, to follow the recording of a branch.</param>
internal sealed class ReexecEngine(ISessionKind kind, Func<BranchId, CancellationToken, Task<IReplaySession>> restart) : ICheckpointEngine
{
    private const int StartId = 1;

    /// <inheritdoc/>
    public CheckpointTraits Traits { get; } = new("reexec", CanSave: false, Durable: false, TypicalRestore: TimeSpan.FromMilliseconds(150));

    /// <inheritdoc/>
    public Task<Checkpoint?> SaveAsync(IReplaySession session, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var process = kind.ProcessOf(session);
        var atStart = !process.IsRunning && process.Current.At == Ticks.Zero;
        return Task.FromResult(atStart ? new Checkpoint(StartId, Ticks.Zero, process.Current.Fingerprint) : null);
    }

    /// <inheritdoc/>
    public Task<IReplaySession> RestoreAsync(Checkpoint checkpoint, BranchId branch, CancellationToken ct) => restart(branch, ct);

    /// <inheritdoc/>
    public Task DiscardAsync(Checkpoint checkpoint) => Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
