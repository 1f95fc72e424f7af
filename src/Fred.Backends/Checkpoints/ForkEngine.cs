using System.Collections.Concurrent;
using System.Diagnostics;
using Fred.Core;

namespace Fred.Backends;

/// <summary>Checkpoints as parked forks: saved in about a millisecond, restored by forking them once more.</summary>
/// <remarks>
/// A saved state shares its memory with the head until either writes. Calls may overlap: what they ask of a parked process is told apart by tokens.
/// </remarks>
/// <param name="host">The session.</param>
/// <param name="kind">What kind of program it is.</param>
internal sealed class ForkEngine(Func<AgentHost> host, ISessionKind kind) : ICheckpointEngine
{
    private readonly ConcurrentDictionary<int, ParkedProcess> _parked = new();
    private int _lastId;

    /// <inheritdoc/>
    public CheckpointTraits Traits { get; } = new("fork", CanSave: true, Durable: false, TypicalRestore: TimeSpan.FromMilliseconds(5));

    /// <inheritdoc/>
    public Task<Checkpoint?> SaveAsync(IReplaySession session, CancellationToken ct)
    {
        var process = kind.ProcessOf(session);
        return SaveAsync(process, () => process.IsRunning && !kind.MayPark(process) ? Task.FromResult<Arrival?>(null) : process.ParkAsync(ct), ct);
    }

    /// <summary>The same with another way to have the copy made.</summary>
    /// <param name="process">Of what.</param>
    /// <param name="park">Parks a copy.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The checkpoint; null when it could not be taken.</returns>
    internal async Task<Checkpoint?> SaveAsync(SessionProcess process, Func<Task<Arrival?>> park, CancellationToken ct)
    {
        var requested = Stopwatch.GetTimestamp();
        var arrival = await park().ConfigureAwait(false);
        if (arrival is null)
        {
            return null;
        }

        ParkedProcess parked;
        try
        {
            parked = await ParkedProcess.OpenAsync(host(), arrival, kind, ct).ConfigureAwait(false);
            if (!await kind.AdmitAsync(process, parked, requested).ConfigureAwait(false))
            {
                await parked.DisposeAsync().ConfigureAwait(false);
                return null;
            }
        }
        catch (FredException e) when (e.Id == ErrorId.CheckpointLost)
        {
            return null;
        }

        return Adopt(parked);
    }

    /// <inheritdoc/>
    public async Task<IReplaySession> RestoreAsync(Checkpoint checkpoint, BranchId branch, CancellationToken ct)
    {
        if (!_parked.TryGetValue(checkpoint.Id, out var parked))
        {
            throw new FredException(ErrorId.CheckpointLost, $"The checkpoint at tick {checkpoint.At} was discarded. Use another one.");
        }

        var slot = host().Page.Take();
        Arrival arrival;
        try
        {
            arrival = await host().ForkAsync(parked.Connection, token => AgentCommand.ForkReplica(token, slot, host().Directory.LogPath(branch)), ct).ConfigureAwait(false);
        }
        catch (FredException)
        {
            host().Page.Return(slot);
            throw;
        }

        // Cancelled instead: the fork may still come and write to the slot before it is closed, so the slot stays taken.
        return await kind.OpenReplicaAsync(host(), arrival, slot, branch, ct).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task DiscardAsync(Checkpoint checkpoint)
    {
        if (_parked.TryRemove(checkpoint.Id, out var parked) && !kind.Keeps(parked))
        {
            await parked.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Measures the memory of the parked forks, one more at each call: the reading is not cheap, and a parked fork changes slowly.</summary>
    /// <returns>Bytes, as far as measured.</returns>
    public long MeasureBytes()
    {
        ParkedProcess? stalest = null;
        long total = 0;
        foreach (var parked in _parked.Values)
        {
            if (stalest is null || parked.Measured < stalest.Measured)
            {
                stalest = parked;
            }
        }

        stalest?.Measure();
        foreach (var parked in _parked.Values)
        {
            total += parked.Bytes;
        }

        return total;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var (id, parked) in _parked)
        {
            if (_parked.TryRemove(id, out _))
            {
                await parked.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Makes the number of a checkpoint.</summary>
    internal int NewId() => Interlocked.Increment(ref _lastId);

    /// <summary>Whether a checkpoint has a parked fork.</summary>
    internal bool Has(Checkpoint checkpoint) => _parked.ContainsKey(checkpoint.Id);

    /// <summary>Takes over a parked process.</summary>
    internal Checkpoint Adopt(ParkedProcess parked)
    {
        var checkpoint = new Checkpoint(NewId(), parked.Stop.At, parked.Stop.Fingerprint);
        Adopt(checkpoint, parked);
        return checkpoint;
    }

    /// <summary>Takes over a parked process that has come back from elsewhere.</summary>
    internal void Adopt(Checkpoint checkpoint, ParkedProcess parked) => _parked[checkpoint.Id] = parked;

    /// <summary>The pid of the newest parked fork; null when none is left.</summary>
    internal int? AnyPid() => _parked.MaxBy(p => p.Key).Value?.Pid;

    /// <summary>The pid of a parked fork.</summary>
    internal int PidOf(Checkpoint checkpoint) => _parked[checkpoint.Id].Pid;
}
