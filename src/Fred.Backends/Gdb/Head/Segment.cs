namespace Fred.Backends;

/// <summary>A stretch of a native head's run between two places whose numbers were given out without counting. Its own ticks count from its beginning, exactly.</summary>
/// <param name="start">Its first tick, in the processes' numbers.</param>
internal sealed class Segment(long start)
{
    private readonly Lock _gate = new();
    private Task<long>? _link;
    private long _last;

    /// <summary>Gets the first tick.</summary>
    public long Start { get; } = start;

    /// <summary>Gets the checkpoint that begins it; null for the first one of a branch.</summary>
    public ParkedProcess? Beginning { get; init; }

    /// <summary>Gets the registers there.</summary>
    public byte[] Registers { get; init; } = [];

    /// <summary>Gets what to wait for before a replica may start here: the checkpoint is being told its number.</summary>
    public Task Ready { get; init; } = Task.CompletedTask;

    /// <summary>Gets or sets the greatest tick at which the head or a checkpoint stood.</summary>
    public long Visited { get; set; } = start;

    /// <summary>Gets the greatest tick that is known to be one.</summary>
    public long Reached => Math.Max(Visited, _last);

    /// <summary>Gets or sets the one that follows.</summary>
    public Segment? Next { get; set; }

    /// <summary>Gets the checkpoints in it from which a replica may start, in time order.</summary>
    public List<(ParkedProcess Parked, long Tick)> Anchors { get; } = [];

    /// <summary>Gets or sets how many replicas that do something else will find its end on their way.</summary>
    public int Joining { get; set; }

    /// <summary>Gets a value indicating whether it is known where the next one begins, or that this cannot be known.</summary>
    public bool IsLinked => _link is { IsCompleted: true };

    /// <summary>Gets a value indicating whether somebody has begun to look where the next one begins.</summary>
    public bool IsBegun => _link is not null;

    /// <summary>Makes the stretches of a kept recording, which need no checkpoints because they have been counted.</summary>
    /// <param name="holes">The numbers between them.</param>
    /// <returns>In time order.</returns>
    public static List<Segment> Counted(IReadOnlyList<TickHole> holes)
    {
        var segments = new List<Segment> { new(0) };
        foreach (var hole in holes)
        {
            var (before, next) = (segments[^1], new Segment(hole.Start));
            (before.Next, before._link, before._last) = (next, Task.FromResult(hole.End), hole.End - 1);
            segments.Add(next);
        }

        return segments;
    }

    /// <summary>Finds where the next one begins, once.</summary>
    /// <param name="find">Finds it.</param>
    /// <returns>The number of the last tick plus one.</returns>
    public Task<long> LinkAsync(Func<Segment, Task<long>> find)
    {
        lock (_gate)
        {
            return _link ??= find(this);
        }
    }

    /// <summary>Makes the same stretch in another branch, where another one follows.</summary>
    /// <param name="next">The one that follows, which begins at the same place.</param>
    /// <returns>The stretch; it counts as this one does.</returns>
    public Segment LeadingTo(Segment next)
    {
        var same = new Segment(Start) { Beginning = Beginning, Registers = Registers, Visited = Visited, Next = next };
        same.Anchors.AddRange(Anchors);
        lock (_gate)
        {
            (same._link, same._last) = (_link, _last);
        }

        return same;
    }

    /// <summary>Notes where it ends.</summary>
    /// <param name="last">The last tick before the next one.</param>
    public void End(long last)
    {
        lock (_gate)
        {
            _last = last;
        }
    }

    /// <summary>Notes where it ends, which a replica has found that did something else.</summary>
    /// <param name="end">The number of the last tick plus one.</param>
    public void Found(long end)
    {
        lock (_gate)
        {
            (_link, _last) = (Task.FromResult(end), end - 1);
        }
    }

    /// <summary>What lies between this one and the next cannot be replayed.</summary>
    /// <param name="reason">Why.</param>
    public void Break(Exception reason)
    {
        lock (_gate)
        {
            _link = Task.FromException<long>(reason);
            _ = _link.Exception; // seen: not every history is visited
        }
    }
}
