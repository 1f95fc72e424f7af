namespace Fred.Core;

/// <summary>The timeline's breakpoints and what happens to them going forward: hits, ignore counts, temporary ones.</summary>
/// <remarks>Thread-safe: front ends may replace breakpoints while something runs; the change counts from the next command on.</remarks>
internal sealed class BreakpointTable
{
    private readonly Lock _lock = new();
    private IReadOnlyList<Breakpoint> _all = [];
    private IReadOnlyList<Breakpoint> _lastFromBackend = [];
    private BreakpointSet _armed = BreakpointSet.Empty;

    /// <summary>Gets the breakpoints in the order given.</summary>
    public IReadOnlyList<Breakpoint> All
    {
        get
        {
            lock (_lock)
            {
                return _all;
            }
        }
    }

    /// <summary>Gets those that can stop a run.</summary>
    public BreakpointSet Armed
    {
        get
        {
            lock (_lock)
            {
                return _armed;
            }
        }
    }

    /// <summary>Replaces the breakpoints.</summary>
    /// <param name="breakpoints">All of them.</param>
    public void Replace(IReadOnlyList<Breakpoint> breakpoints)
    {
        lock (_lock)
        {
            Set([.. breakpoints]);
        }
    }

    /// <summary>Takes kept breakpoints up again.</summary>
    /// <param name="kept">As they were, with their hits.</param>
    /// <param name="theirs">The table of the backend's own debugger, which may lack some of them.</param>
    public void Restore(IReadOnlyList<Breakpoint> kept, IReadOnlyList<Breakpoint> theirs)
    {
        lock (_lock)
        {
            Set([.. kept.Where(b => theirs.Any(t => t.Id == b.Id))]);
            _lastFromBackend = [.. theirs];
        }
    }

    /// <summary>Takes over the table of the backend's own debugger, which knows nothing of hits: what happened going forward is kept.</summary>
    /// <param name="breakpoints">Its whole table.</param>
    public void TakeOver(IReadOnlyList<Breakpoint> breakpoints)
    {
        lock (_lock)
        {
            var ours = _all.ToDictionary(b => b.Id);
            var theirs = _lastFromBackend.ToDictionary(b => b.Id);
            Set([.. breakpoints.Select(b => Merge(b, ours.GetValueOrDefault(b.Id), theirs.GetValueOrDefault(b.Id))).OfType<Breakpoint>()]);
            _lastFromBackend = [.. breakpoints];
        }
    }

    /// <summary>The temporary breakpoints that are used up, and that the backend's own debugger still has.</summary>
    /// <returns>Their numbers.</returns>
    public IReadOnlyList<int> UsedUp()
    {
        lock (_lock)
        {
            return [.. _lastFromBackend.Where(b => b.Temporary && _all.All(o => o.Id != b.Id)).Select(b => b.Id)];
        }
    }

    /// <summary>The backend's own debugger has them no more.</summary>
    /// <param name="ids">Which.</param>
    public void Dropped(IReadOnlyList<int> ids)
    {
        lock (_lock)
        {
            _lastFromBackend = [.. _lastFromBackend.Where(b => !ids.Contains(b.Id))];
        }
    }

    /// <summary>Notes that a run going forward has reached breakpoints.</summary>
    /// <param name="ids">Which.</param>
    /// <returns>Those that stop the run: the ones whose ignore count is used up.</returns>
    public IReadOnlyList<int> Hit(IReadOnlyList<int> ids)
    {
        lock (_lock)
        {
            var stopping = new List<int>();
            var left = new List<Breakpoint>(_all.Count);
            foreach (var breakpoint in _all)
            {
                if (!ids.Contains(breakpoint.Id))
                {
                    left.Add(breakpoint);
                    continue;
                }

                var hit = breakpoint with { Hits = breakpoint.Hits + 1, IgnoreCount = Math.Max(0, breakpoint.IgnoreCount - 1) };
                if (breakpoint.IgnoreCount == 0)
                {
                    stopping.Add(hit.Id);
                }

                if (!(hit.Temporary && breakpoint.IgnoreCount == 0))
                {
                    left.Add(hit);
                }
            }

            // Counting changes nothing that sessions know, so only a deleted breakpoint makes a new version.
            if (left.Count != _all.Count)
            {
                Set(left);
            }
            else
            {
                _all = left;
            }

            return stopping;
        }
    }

    /// <summary>A breakpoint as the backend gives it, with our counts; null when it was a temporary one that is used up.</summary>
    private static Breakpoint? Merge(Breakpoint theirs, Breakpoint? ours, Breakpoint? before)
    {
        if (before is null || before.Location != theirs.Location)
        {
            return theirs;
        }

        return ours is null ? null : theirs with
        {
            Hits = ours.Hits,
            IgnoreCount = theirs.IgnoreCount == before.IgnoreCount ? ours.IgnoreCount : theirs.IgnoreCount,
        };
    }

    private void Set(IReadOnlyList<Breakpoint> all)
    {
        _all = all;
        _armed = new BreakpointSet(_armed.Version + 1, [.. all.Where(b => b.Enabled)]);
    }
}
