namespace Fred.Core;

/// <summary>One change of a value.</summary>
/// <param name="At">The tick of the event that made it: a statement, or a call that begins or ends the life of a variable.</param>
/// <param name="Location">That event's place; null before the first one, and when other threads ran before the next event, so that one of them may have made it.</param>
/// <param name="Function">Its function.</param>
/// <param name="Old">The value before.</param>
/// <param name="New">The value after it.</param>
public sealed record ValueChange(Ticks At, SourceLocation? Location, string? Function, ObservedValue Old, ObservedValue New);

/// <summary>Makes one history of changes out of those of the intervals, each of which begins with the value it found.</summary>
internal sealed class ChangeMerge
{
    private ObservedValue _last = new("not evaluated yet", false);

    /// <summary>Takes the next value.</summary>
    /// <param name="observation">A change as an interval sees it.</param>
    /// <returns>The change; null when it is none.</returns>
    public ValueChange? Take(Observation observation)
    {
        var value = observation.Values.Count > 0 ? observation.Values[0] : new ObservedValue("the agent gave no value", false);
        var (old, isSame) = (_last, value.HasValue ? value == _last : !_last.HasValue);
        _last = value;
        return isSame ? null : new ValueChange(observation.At, observation.Location, observation.Function, old, value);
    }
}
