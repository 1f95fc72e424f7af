namespace Fred.Dap;

/// <summary>
/// Remembers where in the journal each of the user's moves began. One press of a button can take several commands of the session (a logpoint passed by, a data
/// breakpoint searched for); undo has to take all of them back.
/// </summary>
internal sealed class UndoMarks
{
    private readonly Lock _lock = new();
    private readonly List<int> _starts = [];

    /// <summary>A move is over.</summary>
    /// <param name="before">Journal length before it.</param>
    /// <param name="after">Journal length after it.</param>
    public void Note(int before, int after)
    {
        lock (_lock)
        {
            _starts.RemoveAll(start => start >= Math.Min(before, after));
            if (after > before)
            {
                _starts.Add(before);
            }
        }
    }

    /// <summary>How many journal entries the user's last moves took.</summary>
    /// <param name="moves">How many moves are to be undone, from 1.</param>
    /// <param name="length">Journal length now.</param>
    /// <returns>The number of entries; those before the first move known count as one move each.</returns>
    public int CountEntries(int moves, int length)
    {
        lock (_lock)
        {
            if (moves <= _starts.Count)
            {
                return Math.Max(1, length - _starts[^moves]);
            }
            int known = _starts.Count == 0 ? 0 : length - _starts[0];
            return known + moves - _starts.Count;
        }
    }
}
