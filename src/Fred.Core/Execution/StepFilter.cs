namespace Fred.Core;

/// <summary>Which events a stepping command stops at. Evaluated by the backend, natively, at every tick.</summary>
/// <remarks>
/// An event shallower than <paramref name="Depth"/> always matches, a deeper one never. At exactly that depth a return matches; any other event
/// matches unless <paramref name="ReturnOnly"/>, if its line is at least <paramref name="FromLine"/>.
/// </remarks>
/// <param name="Depth">Call depth, in the backend's unit.</param>
/// <param name="FromLine">1-based least line for events at that depth; 0 for any.</param>
/// <param name="ReturnOnly">At that depth only a return matches.</param>
public sealed record StepFilter(int Depth, int FromLine = 0, bool ReturnOnly = false)
{
    /// <summary>Gets what the backend knows the frame by in which the step began (<see cref="StopEvent.Anchor"/>); 0 for nothing.</summary>
    public long Anchor { get; init; }

    /// <summary>
    /// Gets the number of the thread whose events match; 0 for those of any. At ticks where that thread is not alive (it has ended, or not begun) every event matches: a step beyond the
    /// end of a thread, or back over its beginning, stops in another one.
    /// </summary>
    public int Thread { get; init; }

    /// <summary>Gets a value indicating whether the very next instruction that is not deeper matches (native programs).</summary>
    public bool IsInstruction { get; init; }

    /// <summary>Gets the filter that matches every event (step).</summary>
    public static StepFilter Any { get; } = new(int.MaxValue);

    /// <summary>Whether the event where a session stopped matches, as far as can be told: whether the filter's thread is alive there is not known.</summary>
    /// <param name="stop">The event.</param>
    /// <returns>True when a run with this filter may stop there.</returns>
    public bool MayMatch(StopEvent stop)
    {
        ArgumentNullException.ThrowIfNull(stop);
        return (Thread != 0 && Thread != stop.Thread) || Matches(stop.Depth, stop.Location?.Line ?? 0, stop.Kind);
    }

    /// <summary>Whether an event matches.</summary>
    /// <param name="depth">The event's call depth.</param>
    /// <param name="line">The event's 1-based line.</param>
    /// <param name="kind">The event's kind.</param>
    /// <returns>True when a run with this filter stops there.</returns>
    public bool Matches(int depth, int line, EventKind kind) =>
        depth < Depth || (depth == Depth && (kind == EventKind.Return || (!ReturnOnly && line >= FromLine)));
}
