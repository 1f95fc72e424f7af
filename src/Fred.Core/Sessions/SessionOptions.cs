namespace Fred.Core;

/// <summary>How a sitting keeps its checkpoints.</summary>
public sealed record SessionOptions
{
    /// <summary>Gets the time between checkpoints; null lets the policy choose by cost (never under 100 ms).</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>Gets what the history is recorded for, which says how close checkpoints should be.</summary>
    public HistoryUse Use { get; init; }

    /// <summary>Gets how many replicas of the program may run at once: the processors of the machine.</summary>
    public int Replicas { get; init; } = 1;

    /// <summary>Gets the memory that parked checkpoints may hold together, in bytes.</summary>
    public long MemoryBudget { get; init; } = 768L << 20;

    /// <summary>Gets how many automatic checkpoints are kept at most; null for what the backend wants.</summary>
    public int? MaxCheckpoints { get; init; }
}

/// <summary>What a history is recorded for.</summary>
public enum HistoryUse
{
    /// <summary>Somebody looks around in it: what counts is the speed of the program.</summary>
    Visits,

    /// <summary>It is searched as soon as the run has ended: what counts is run and search together, so a short run has checkpoints, too.</summary>
    Search,

    /// <summary>The whole of it is replayed: as many intervals as pay are worth more than a run that is a little quicker, because intervals are replayed at once.</summary>
    Replay,
}
