using Fred.Core;

namespace Fred.Backends;

/// <summary>Knows one state only, the start of the program: restoring runs the program again from its first instruction, answered by the log.</summary>
/// <remarks>Slow and simple; the reference that the other engines are tested against.</remarks>
internal sealed class ReexecEngine(Func<AgentHost> host, Func<IReadOnlyList<string>> modeOptions) : ICheckpointEngine
{
    private const int StartId = 1;

    /// <inheritdoc/>
    public CheckpointTraits Traits { get; } = new("reexec", CanSave: false, Durable: false, TypicalRestore: TimeSpan.FromMilliseconds(150));

    /// <inheritdoc/>
    public Task<Checkpoint?> SaveAsync(IReplaySession session, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var process = PdbSessions.Instance.ProcessOf(session);
        var atStart = !process.IsRunning && process.Current.At == Ticks.Zero;
        return Task.FromResult(atStart ? new Checkpoint(StartId, Ticks.Zero, process.Current.Fingerprint) : null);
    }

    /// <inheritdoc/>
    public async Task<IReplaySession> RestoreAsync(Checkpoint checkpoint, BranchId branch, CancellationToken ct)
    {
        var arrival = await host().SpawnAsync(realStreams: false, ct).ConfigureAwait(false);
        var slot = host().Page.Take();
        var mode = AgentCommand.Mode(record: false, slot, host().Page.Path, host().Directory.LogPath(branch), modeOptions());
        return new PdbReplica(await AgentSession.OpenAsync(host(), arrival, slot, live: false, mode, ct).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public Task DiscardAsync(Checkpoint checkpoint) => Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
