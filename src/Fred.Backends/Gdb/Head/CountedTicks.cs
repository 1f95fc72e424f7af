using Fred.Core;

namespace Fred.Backends;

/// <summary>The ticks of a translated head, which counts as it runs: there is nothing to find out.</summary>
internal sealed class CountedTicks : ITickSource
{
    /// <summary>Gets the only one.</summary>
    public static CountedTicks Instance { get; } = new();

    /// <inheritdoc/>
    public bool IsCounted => true;

    /// <inheritdoc/>
    public bool MayPark => true;

    /// <inheritdoc/>
    public void Starting(NativeProcess head)
    {
    }

    /// <inheritdoc/>
    public Task SettleAsync(NativeProcess head) => Task.CompletedTask;

    /// <inheritdoc/>
    public IReadOnlyList<ParkedProcess> TakeNear() => [];

    /// <inheritdoc/>
    public Task MarkAsync(NativeProcess head) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task<bool> AdmitAsync(ParkedProcess parked, long requested) => Task.FromResult(true);

    /// <inheritdoc/>
    public bool Keeps(ParkedProcess parked) => false;

    /// <inheritdoc/>
    public ValueTask<NativeRun> PrepareAsync(NativeProcess replica, NativeRun run, CancellationToken ct) => ValueTask.FromResult(run);

    /// <inheritdoc/>
    public async Task<long> JoinAsync(NativeProcess replica, Func<Task<AgentMessage.Halted>> run, CancellationToken ct) => (await run().ConfigureAwait(false)).Tick;

    /// <inheritdoc/>
    public ValueTask<TickScale> ScaleAsync(Ticks from, Ticks to, CancellationToken ct) => ValueTask.FromResult(TickScale.Whole);

    /// <inheritdoc/>
    public Task<IReadOnlyList<TickHole>> CountAllAsync(CancellationToken ct) => Task.FromResult<IReadOnlyList<TickHole>>([]);

    /// <inheritdoc/>
    public Task<ITickSource> BranchAsync(NativeProcess head, BranchId branch, CancellationToken ct) => Task.FromResult<ITickSource>(this);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
