using Fred.Core;

namespace Fred.TestKit;

/// <summary>Checkpoints of the scripted backend: a checkpoint is a tick and the recording it was taken in.</summary>
internal sealed class ScriptedEngine(ScriptedBackend backend) : ICheckpointEngine
{
    private readonly Dictionary<int, Checkpoint> _saved = [];
    private readonly Lock _lock = new();
    private int _saves;

    /// <inheritdoc/>
    public CheckpointTraits Traits { get; } = new("scripted", true, false, TimeSpan.FromMilliseconds(2));

    /// <summary>Gets how many checkpoints are parked.</summary>
    public int Parked
    {
        get
        {
            lock (_lock)
            {
                return _saved.Count;
            }
        }
    }

    /// <inheritdoc/>
    public Task<Checkpoint?> SaveAsync(IReplaySession session, CancellationToken ct)
    {
        var scripted = (ScriptedSession)session;
        scripted.CheckUsable();
        lock (_lock)
        {
            if (backend.Faults.SaveFails(++_saves))
            {
                return Task.FromResult<Checkpoint?>(null);
            }

            return Task.FromResult<Checkpoint?>(Keep(scripted.Here));
        }
    }

    /// <summary>Leaves a checkpoint that nobody asked for.</summary>
    public Checkpoint Leave(ScriptedEvent here)
    {
        lock (_lock)
        {
            _saves++;
            return Keep(here);
        }
    }

    private Checkpoint Keep(ScriptedEvent here)
    {
        var checkpoint = new Checkpoint(_saves, here.At, new Fingerprint((here.Line * 10) + (int)here.Kind, here.LogPosition, here.Depth));
        _saved.Add(checkpoint.Id, checkpoint);
        return checkpoint;
    }

    /// <inheritdoc/>
    public Task<IReplaySession> RestoreAsync(Checkpoint checkpoint, BranchId branch, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        lock (_lock)
        {
            if (!_saved.ContainsKey(checkpoint.Id) || backend.Faults.CheckpointIsLost(checkpoint))
            {
                throw new FredException(ErrorId.CheckpointLost, $"Checkpoint {checkpoint.Id} at tick {checkpoint.At} is gone.");
            }
        }

        return Task.FromResult<IReplaySession>(backend.NewReplica(checkpoint.At, branch));
    }

    /// <inheritdoc/>
    public Task DiscardAsync(Checkpoint checkpoint)
    {
        lock (_lock)
        {
            _saved.Remove(checkpoint.Id);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _saved.Clear();
        }

        return ValueTask.CompletedTask;
    }
}
