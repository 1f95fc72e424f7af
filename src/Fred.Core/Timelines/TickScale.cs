namespace Fred.Core;

/// <summary>Which ticks a stretch of time has, where not every number is one.</summary>
/// <remarks>
/// A native program that runs at full speed is not counted; its checkpoints get numbers with room to spare, and when the instructions between two of them are counted later, numbers are left over. Such
/// a hole begins after the last instruction before a checkpoint and ends at the checkpoint's own number. Immutable.
/// </remarks>
/// <param name="holes">In time order: the first number that is none (the instructions before it all exist), and the tick that comes instead.</param>
public sealed class TickScale(IReadOnlyList<(Ticks Start, Ticks End)> holes)
{
    /// <summary>Gets the scale on which every number is a tick.</summary>
    public static TickScale Whole { get; } = new([]);

    /// <summary>The tick at or before a number.</summary>
    /// <param name="number">Any number.</param>
    /// <returns>The number itself where it is a tick.</returns>
    public Ticks Floor(Ticks number)
    {
        foreach (var (start, end) in holes)
        {
            if (number >= start && number < end)
            {
                return start.Previous;
            }
        }

        return number;
    }

    /// <summary>The tick some ticks later or earlier.</summary>
    /// <param name="from">A tick.</param>
    /// <param name="by">How many ticks; negative for earlier.</param>
    /// <returns>The tick, as far as the scale reaches.</returns>
    public Ticks Shift(Ticks from, long by)
    {
        var at = new Ticks(from.Value + by);
        if (by >= 0)
        {
            foreach (var (start, end) in holes)
            {
                if (from < start && at >= start)
                {
                    at = new Ticks(at.Value + (end - start));
                }
            }
        }
        else
        {
            foreach (var (start, end) in holes.Reverse())
            {
                if (from >= end && at < end)
                {
                    at = new Ticks(at.Value - (end - start));
                }
            }
        }

        return at;
    }

    /// <summary>How many ticks there are between two.</summary>
    /// <param name="from">A tick.</param>
    /// <param name="to">A tick that is not before it.</param>
    /// <returns>The number.</returns>
    public long Between(Ticks from, Ticks to) => to - from - holes.Where(h => from < h.Start && to >= h.End).Sum(h => h.End - h.Start);
}
