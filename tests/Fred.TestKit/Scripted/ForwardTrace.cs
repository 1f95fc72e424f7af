using Fred.Core;

namespace Fred.TestKit;

/// <summary>The whole forward run of a program: the oracle every reverse verb is compared with. The index is the tick.</summary>
/// <param name="Events">All events, the one at tick 0 and the end included.</param>
public sealed record ForwardTrace(IReadOnlyList<ScriptedEvent> Events)
{
    /// <summary>Gets the last tick.</summary>
    public Ticks End => Events[^1].At;

    /// <summary>Gets the event at a tick.</summary>
    /// <param name="at">The tick.</param>
    public ScriptedEvent this[Ticks at] => Events[(int)at.Value];

    /// <summary>Runs a program to its end.</summary>
    /// <param name="program">The program.</param>
    /// <param name="input">What it reads.</param>
    /// <param name="limit">It must end within this many events.</param>
    /// <returns>Its trace.</returns>
    public static ForwardTrace Of(ScriptedProgram program, IEnumerable<string>? input = null, int limit = 100_000)
    {
        var backend = new ScriptedBackend(program, input);
        var recording = new ScriptedRecording(backend, program);
        while (recording.Advance() is not null)
        {
            if (recording.Events.Count > limit)
            {
                throw new InvalidOperationException($"The program does not end within {limit} events:\n{program}");
            }
        }

        return new ForwardTrace(recording.Events);
    }

    /// <summary>The last event in (<paramref name="after"/>, <paramref name="until"/>] that satisfies a predicate.</summary>
    /// <param name="after">Exclusive.</param>
    /// <param name="until">Inclusive.</param>
    /// <param name="predicate">What to look for.</param>
    /// <returns>The event, or null.</returns>
    public ScriptedEvent? Last(Ticks after, Ticks until, Func<ScriptedEvent, bool> predicate) =>
        Events.LastOrDefault(e => e.At > after && e.At <= until && predicate(e));

    /// <summary>The first event in (<paramref name="after"/>, end] that satisfies a predicate.</summary>
    /// <param name="after">Exclusive.</param>
    /// <param name="predicate">What to look for.</param>
    /// <returns>The event, or null.</returns>
    public ScriptedEvent? First(Ticks after, Func<ScriptedEvent, bool> predicate) => Events.FirstOrDefault(e => e.At > after && predicate(e));
}
