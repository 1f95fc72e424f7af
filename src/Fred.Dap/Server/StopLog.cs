namespace Fred.Dap;

/// <summary>Where the user stood, for the timeline view.</summary>
internal sealed class StopLog
{
    /// <summary>Most stops remembered; the oldest are forgotten.</summary>
    private const int Capacity = 1000;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<(int Branch, long Tick), TimelineStop> _stops = [];
    private readonly Queue<(int Branch, long Tick)> _order = new();
    private readonly HashSet<int> _exited = [];

    /// <summary>Notes a stop; a later one at the same place replaces it.</summary>
    public void Add(Position position, StopEvent stop)
    {
        (int, long) key = (position.Branch.Value, position.At.Value);
        lock (_lock)
        {
            if (!_stops.ContainsKey(key))
            {
                _order.Enqueue(key);
            }
            _stops[key] = new TimelineStop(position.At.Value, stop.Reason.ToString(), stop.Location?.File, stop.Location?.Line, stop.Function);
            if (_order.Count > Capacity)
            {
                _stops.Remove(_order.Dequeue());
            }
        }
    }

    /// <summary>Lists the stops of a branch in time order.</summary>
    public IReadOnlyList<TimelineStop> Of(BranchId branch)
    {
        lock (_lock)
        {
            return [.. _stops.Where(stop => stop.Key.Branch == branch.Value).Select(stop => stop.Value)];
        }
    }

    /// <summary>Whether this branch's end is seen for the first time. True once.</summary>
    public bool IsFirstExit(BranchId branch)
    {
        lock (_lock)
        {
            return _exited.Add(branch.Value);
        }
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _stops.Clear();
            _order.Clear();
            _exited.Clear();
        }
    }
}
