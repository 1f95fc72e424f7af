namespace Fred.Core;

/// <summary>A point on one program's timeline, counted in the backend's trace events since the program's start.</summary>
/// <remarks>
/// Python: one tick per event of user code (a call, a statement about to run, a loop header, a return); native: one tick per instruction.
/// "At tick t" means event t is the next thing to happen: its statement has not run. 0 is before the first event. Ticks of different branches
/// are comparable only up to the tick where the branches part.
/// </remarks>
/// <param name="Value">Events since the program's start.</param>
public readonly record struct Ticks(long Value) : IComparable<Ticks>
{
    /// <summary>Gets the point before the first event.</summary>
    public static Ticks Zero => default;

    /// <summary>Gets a limit that no program reaches.</summary>
    public static Ticks Never => new(long.MaxValue);

    /// <summary>Gets the tick just before this one.</summary>
    public Ticks Previous => new(Value - 1);

    /// <summary>Gets the tick just after this one.</summary>
    public Ticks Next => new(Value + 1);

    /// <summary>Compares two points of the same timeline.</summary>
    public static bool operator <(Ticks left, Ticks right) => left.Value < right.Value;

    /// <summary>Compares two points of the same timeline.</summary>
    public static bool operator >(Ticks left, Ticks right) => left.Value > right.Value;

    /// <summary>Compares two points of the same timeline.</summary>
    public static bool operator <=(Ticks left, Ticks right) => left.Value <= right.Value;

    /// <summary>Compares two points of the same timeline.</summary>
    public static bool operator >=(Ticks left, Ticks right) => left.Value >= right.Value;

    /// <summary>The number of events between two points.</summary>
    public static long operator -(Ticks left, Ticks right) => left.Value - right.Value;

    /// <inheritdoc/>
    public int CompareTo(Ticks other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
