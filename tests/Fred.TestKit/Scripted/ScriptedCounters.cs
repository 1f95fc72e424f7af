using Fred.Core;

namespace Fred.TestKit;

/// <summary>Counts what replicas of a <see cref="ScriptedBackend"/> did. Thread-safe.</summary>
public sealed class ScriptedCounters
{
    private readonly Dictionary<Ticks, int> _executed = [];
    private readonly Lock _lock = new();
    private int _displaysAsked;

    /// <summary>Gets how often the most often executed tick was executed by replicas since the last reset.</summary>
    public int MostExecutions
    {
        get
        {
            lock (_lock)
            {
                return _executed.Count == 0 ? 0 : _executed.Values.Max();
            }
        }
    }

    /// <summary>Gets how many ticks replicas executed in all since the last reset.</summary>
    public long TotalExecutions
    {
        get
        {
            lock (_lock)
            {
                return _executed.Values.Sum(n => (long)n);
            }
        }
    }

    /// <summary>Gets how often the debugger was asked what it shows by itself at a stop.</summary>
    public int DisplaysAsked => Volatile.Read(ref _displaysAsked);

    /// <summary>How often replicas executed the event before a tick since the last reset.</summary>
    /// <param name="at">The tick arrived at.</param>
    /// <returns>The number of times.</returns>
    public int ExecutionsOf(Ticks at)
    {
        lock (_lock)
        {
            return _executed.GetValueOrDefault(at);
        }
    }

    /// <summary>Forgets everything.</summary>
    public void Reset()
    {
        lock (_lock)
        {
            _executed.Clear();
        }
    }

    /// <summary>Notes that the debugger was asked what it shows at a stop.</summary>
    internal void DisplayAsked() => Interlocked.Increment(ref _displaysAsked);

    /// <summary>Notes that a replica has arrived at a tick.</summary>
    /// <param name="at">The tick.</param>
    internal void Executed(Ticks at)
    {
        lock (_lock)
        {
            _executed[at] = _executed.GetValueOrDefault(at) + 1;
        }
    }
}
