namespace Fred.Core;

/// <summary>What a replica is to note at the events of an interval: those after its position, up to <paramref name="Limit"/>.</summary>
/// <remarks>
/// Everything is evaluated in the replica's process, which is what makes a million answers affordable, and which makes them claims: an evaluation may have changed
/// the program that runs on afterwards. <see cref="ObservationEnd.Doubt"/> tells whether that is possible.
/// </remarks>
/// <param name="Limit">Last tick looked at.</param>
public abstract record ObservationRequest(Ticks Limit);

/// <summary>Notes each visit of some places.</summary>
/// <param name="Limit">Last tick looked at.</param>
/// <param name="Points">The places.</param>
public sealed record HitObservation(Ticks Limit, IReadOnlyList<LogPoint> Points) : ObservationRequest(Limit);

/// <summary>Notes each change of an expression's value, the first value included.</summary>
/// <param name="Limit">Last tick looked at.</param>
/// <param name="Expression">The expression.</param>
/// <param name="Scope">Whose names it uses at any tick: not a frame's index.</param>
public sealed record ChangeObservation(Ticks Limit, string Expression, EvaluationScope Scope) : ObservationRequest(Limit);

/// <summary>Notes each call of a function, each return of one, and the exceptions that may have ended one.</summary>
/// <param name="Limit">Last tick looked at.</param>
/// <param name="Function">Its name, as in <see cref="Frame.Function"/>.</param>
public sealed record CallObservation(Ticks Limit, string Function) : ObservationRequest(Limit);

/// <summary>Sums up which events there are, so that two runs can be compared without keeping either.</summary>
/// <remarks>
/// Where ticks are statements, the events are ticks. Where they are finer, an event is the beginning of a line, events are counted from the interval's beginning, that at the limit does not count, and
/// there is a total only when the last event's sum was not noted.
/// </remarks>
/// <param name="Limit">Last tick looked at.</param>
/// <param name="Stride">Notes the sum at every event whose number (its tick, where ticks are statements) is a multiple of it; 1 for every event.</param>
public sealed record EventObservation(Ticks Limit, long Stride) : ObservationRequest(Limit);

/// <summary>What an <see cref="Observation"/> is of.</summary>
public enum ObservationKind
{
    /// <summary>A place was visited.</summary>
    Hit,

    /// <summary>The event at this tick has changed the value, which is the new one.</summary>
    Change,

    /// <summary>The function was called; the values are its arguments.</summary>
    Call,

    /// <summary>The function is about to return; the value is what it returns.</summary>
    Return,

    /// <summary>An exception has met a handler in a frame outside of a call of the function; the value is the exception's text.</summary>
    Handler,

    /// <summary>An exception has ended the program; the value is its text.</summary>
    End,

    /// <summary>An event; the number is the sum over the interval's events up to this one, modulo 2^63.</summary>
    Event,

    /// <summary>The interval's last event, whose number is the sum over all of them.</summary>
    Total,
}

/// <summary>One note.</summary>
/// <param name="At">At which tick; for a change, that of the event that made it.</param>
/// <param name="Kind">Of what.</param>
/// <param name="Values">Values or reasons why there are none.</param>
public sealed record Observation(Ticks At, ObservationKind Kind, IReadOnlyList<ObservedValue> Values)
{
    /// <summary>Gets a value indicating whether an evaluation may have changed the program by now, this one or one before it.</summary>
    public bool IsDoubtful { get; init; }

    /// <summary>Gets the point's id (hits), what tells the call from all others on the stack (calls and returns: the tick at which it began, or its frame), or a sum (events); else 0.</summary>
    public long Number { get; init; }

    /// <summary>Gets the call depth, in the backend's unit; means nothing for changes.</summary>
    public int Depth { get; init; }

    /// <summary>Gets the number of the thread; 0 in a backend that knows none.</summary>
    public int Thread { get; init; }

    /// <summary>Gets where; null where there is no source, and for a change when it cannot be told which of several threads made it.</summary>
    public SourceLocation? Location { get; init; }

    /// <summary>Gets the function; null where there is no location.</summary>
    public string? Function { get; init; }
}

/// <summary>A value as text.</summary>
/// <param name="Text">The value's text (bounded), or why there is none.</param>
/// <param name="HasValue">False when there is none.</param>
public readonly record struct ObservedValue(string Text, bool HasValue);

/// <summary>How an interval's observation ended.</summary>
/// <param name="At">The limit; earlier when it had given as many doubtful notes as it may hold back at a time.</param>
/// <param name="Fingerprint">Where the replica stood at the limit. Its log position means nothing: a replica that evaluated may have passed over entries.</param>
/// <param name="Doubt">Null when no evaluation can have changed the program; else the digest of the state in which the replica came to the limit.</param>
public sealed record ObservationEnd(Ticks At, Fingerprint Fingerprint, string? Doubt);
