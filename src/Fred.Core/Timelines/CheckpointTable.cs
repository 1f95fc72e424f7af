namespace Fred.Core;

/// <summary>The parked checkpoints of all branches. Only data: discarding what is removed is the caller's work.</summary>
/// <remarks>Thread-safe: while the head runs, checkpoints arrive on the pacer's task and front ends list them.</remarks>
internal sealed class CheckpointTable
{
    private readonly Lock _lock = new();
    private readonly List<ParkedCheckpoint> _all = [];
    private int _lastNumber;

    /// <summary>Adds a checkpoint.</summary>
    /// <param name="checkpoint">The engine's checkpoint.</param>
    /// <param name="branch">On which branch it was taken.</param>
    /// <param name="role">Why.</param>
    /// <returns>The entry.</returns>
    public ParkedCheckpoint Add(Checkpoint checkpoint, BranchId branch, CheckpointRole role)
    {
        lock (_lock)
        {
            var entry = new ParkedCheckpoint(role == CheckpointRole.Micro ? 0 : ++_lastNumber, checkpoint, branch, role);
            _all.Add(entry);
            return entry;
        }
    }

    /// <summary>Forgets a checkpoint.</summary>
    /// <param name="entry">Which.</param>
    /// <returns>False when it was not there any more.</returns>
    public bool Remove(ParkedCheckpoint entry)
    {
        lock (_lock)
        {
            return _all.Remove(entry);
        }
    }

    /// <summary>Lists the checkpoints a branch can use, in time order.</summary>
    /// <param name="branch">The branch.</param>
    /// <returns>A copy.</returns>
    public IReadOnlyList<ParkedCheckpoint> VisibleTo(Branch branch)
    {
        lock (_lock)
        {
            return [.. _all.Where(c => branch.Sees(c.Branch, c.At)).OrderBy(c => c.At)];
        }
    }

    /// <summary>The newest checkpoint of a branch at or before a tick.</summary>
    /// <param name="branch">The branch.</param>
    /// <param name="at">The tick.</param>
    /// <returns>The checkpoint; null when every one of them is lost.</returns>
    public ParkedCheckpoint? Nearest(Branch branch, Ticks at)
    {
        lock (_lock)
        {
            ParkedCheckpoint? best = null;
            foreach (var entry in _all)
            {
                if (entry.At <= at && (best is null || entry.At > best.At) && branch.Sees(entry.Branch, entry.At))
                {
                    best = entry;
                }
            }

            return best;
        }
    }

    /// <summary>Finds a checkpoint by the number the user sees.</summary>
    /// <param name="number">From 1.</param>
    /// <returns>The checkpoint, or null.</returns>
    public ParkedCheckpoint? Find(int number)
    {
        lock (_lock)
        {
            return number == 0 ? null : _all.Find(c => c.Number == number);
        }
    }

    /// <summary>Lists every checkpoint with a certain role.</summary>
    /// <param name="role">The role.</param>
    /// <returns>A copy.</returns>
    public IReadOnlyList<ParkedCheckpoint> WithRole(CheckpointRole role)
    {
        lock (_lock)
        {
            return [.. _all.Where(c => c.Role == role)];
        }
    }
}
