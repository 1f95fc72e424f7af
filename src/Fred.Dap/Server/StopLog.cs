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
    private readonly SortedDictionary<(int Branch, long Tick, int Id), TimelineHit> _hits = [];
    private readonly SortedDictionary<(int Branch, long Tick), TimelineException> _exceptions = [];

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

    /// <summary>Notes that a breakpoint was reached, whether it stopped the user or not. When there are too many, no more are taken.</summary>
    public void AddHit(Position position, int breakpoint, StopEvent stop) =>
        AddHit(position.Branch, new TimelineHit(position.At.Value, breakpoint, stop.Location?.File, stop.Location?.Line));

    /// <summary>Notes that a breakpoint was reached.</summary>
    public void AddHit(BranchId branch, TimelineHit hit)
    {
        lock (_lock)
        {
            if (_hits.Count < Capacity || _hits.ContainsKey((branch.Value, hit.Tick, hit.Breakpoint)))
            {
                _hits[(branch.Value, hit.Tick, hit.Breakpoint)] = hit;
            }
        }
    }

    /// <summary>Notes an exception, at the tick where it was raised.</summary>
    public void AddException(BranchId branch, ExceptionAt met)
    {
        lock (_lock)
        {
            if (_exceptions.Count < Capacity)
            {
                SourceLocation? place = met.Exception.Origin;
                _exceptions[(branch.Value, met.At.Value)] = new TimelineException(met.At.Value, met.Exception.Text, place?.File, place?.Line);
            }
        }
    }

    /// <summary>Lists the breakpoint hits known of a branch in time order.</summary>
    public IReadOnlyList<TimelineHit> HitsOf(BranchId branch)
    {
        lock (_lock)
        {
            return [.. _hits.Where(hit => hit.Key.Branch == branch.Value).Select(hit => hit.Value)];
        }
    }

    /// <summary>Lists the exceptions known of a branch in time order.</summary>
    public IReadOnlyList<TimelineException> ExceptionsOf(BranchId branch)
    {
        lock (_lock)
        {
            return [.. _exceptions.Where(raised => raised.Key.Branch == branch.Value).Select(raised => raised.Value)];
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
            _hits.Clear();
            _exceptions.Clear();
        }
    }
}
