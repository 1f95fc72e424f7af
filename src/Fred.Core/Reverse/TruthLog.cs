namespace Fred.Core;

/// <summary>Every value of the watched expression seen during a search, in time order.</summary>
internal sealed class TruthLog
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<Ticks, Truth> _seen = [];

    /// <summary>Gets a value indicating whether nothing seen became good again after it was bad.</summary>
    public bool IsMonotone
    {
        get
        {
            var wasBad = false;
            foreach (var truth in _seen.Values)
            {
                if (wasBad && truth == Truth.Good)
                {
                    return false;
                }

                wasBad |= truth == Truth.Bad;
            }

            return true;
        }
    }

    /// <summary>Notes a value.</summary>
    /// <param name="at">From which tick on.</param>
    /// <param name="truth">The value.</param>
    public void Add(Ticks at, Truth truth)
    {
        lock (_lock)
        {
            _seen[at] = truth;
        }
    }

    /// <summary>Whether the expression was ever seen with a value before a tick.</summary>
    /// <param name="truth">The value.</param>
    /// <param name="until">The last tick that counts.</param>
    /// <returns>True when it was.</returns>
    public bool Saw(Truth truth, Ticks until) => _seen.Any(s => s.Key <= until && s.Value == truth);
}
