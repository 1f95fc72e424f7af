namespace Fred.Core;

/// <summary>How a sitting keeps its checkpoints.</summary>
public sealed record SessionOptions
{
    /// <summary>Gets the time between checkpoints; null lets the policy choose by cost (never under 100 ms).</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>
    /// Gets a value indicating whether the whole history is going to be replayed: as many intervals as pay are then worth more than a run that is a little quicker,
    /// because intervals are replayed at once.
    /// </summary>
    public bool IsForReplay { get; init; }

    /// <summary>Gets how many replicas of the program may run at once: the processors of the machine.</summary>
    public int Replicas { get; init; } = 1;

    /// <summary>Gets the memory that parked checkpoints may hold together, in bytes.</summary>
    public long MemoryBudget { get; init; } = 768L << 20;

    /// <summary>Gets how many automatic checkpoints are kept at most.</summary>
    public int MaxCheckpoints { get; init; } = 48;
}
