namespace Fred.Core;

/// <summary>One call of a function.</summary>
/// <param name="At">The tick of its call event.</param>
/// <param name="Location">The line of its definition.</param>
/// <param name="Function">Its name.</param>
/// <param name="Arguments">Each <c>name=value</c>.</param>
public sealed record CallRecord(Ticks At, SourceLocation? Location, string? Function, IReadOnlyList<ObservedValue> Arguments)
{
    /// <summary>Gets how many calls of this function it is inside of.</summary>
    public int Nesting { get; init; }

    /// <summary>Gets how it ended.</summary>
    public CallOutcome Outcome { get; init; } = CallOutcome.Running;

    /// <summary>Gets the tick of its return event, or of the place where its exception was met; null when that is not known.</summary>
    public Ticks? EndedAt { get; init; }

    /// <summary>Gets what it returned, or the exception; null when that is not known.</summary>
    public ObservedValue? Result { get; init; }
}

/// <summary>How a call ended.</summary>
public enum CallOutcome
{
    /// <summary>It had not ended when the history did.</summary>
    Running,

    /// <summary>It returned; a generator, as far as its next value.</summary>
    Returned,

    /// <summary>An exception left it.</summary>
    Raised,

    /// <summary>It is a coroutine that waited, which is no event; what has become of it is not known.</summary>
    Suspended,
}

/// <summary>Puts calls and returns together.</summary>
/// <remarks>
/// An exception that leaves a function is no event. It shows in that an outer frame goes on: at a handler, where the exception is known, at a return, or at a call from
/// not deeper. That a coroutine waits or goes on is no event either: what comes next at its depth says nothing about it. Calls are given in the order in which they began, so that all that began inside of one that still runs have to wait; where that are too many, it is given
/// as running. Each thread has calls of its own; those of a thread that an exception ended are given as running.
/// </remarks>
internal sealed class CallMerge
{
    private const int Waiting = 100_000;

    /// <summary>Among the values of a coroutine's events: docs/agent-protocol.md.</summary>
    private const string SuspendsMark = "suspends";

    private readonly Queue<Open> _waiting = new();
    private readonly Dictionary<int, Stack<Open>> _threads = [];
    private Stack<Open> _running = new();

    /// <summary>Takes the next note.</summary>
    /// <param name="note">A call, return, handler or end.</param>
    public void Take(Observation note)
    {
        if (!_threads.TryGetValue(note.Thread, out var running))
        {
            _threads[note.Thread] = running = new Stack<Open>();
        }

        _running = running;
        switch (note.Kind)
        {
            case ObservationKind.Call:
                LeaveDeeperThan(note.Depth - 1, null);
                var suspends = note.Values is [.., { HasValue: false, Text: SuspendsMark }];
                var call = new Open(new CallRecord(note.At, note.Location, note.Function, suspends ? [.. note.Values.SkipLast(1)] : note.Values) { Nesting = _running.Count }, note.Depth, note.Number, suspends);
                _running.Push(call);
                _waiting.Enqueue(call);
                break;
            case ObservationKind.Return:
                LeaveDeeperThan(note.Depth, null);
                if (_running.TryPeek(out var returning) && returning.Entry == note.Number)
                {
                    var isOthers = note.Values is [{ HasValue: false, Text: SuspendsMark }];
                    _running.Pop().End(isOthers ? CallOutcome.Suspended : CallOutcome.Returned, isOthers ? null : note);
                }

                break;
            case ObservationKind.Handler:
                LeaveDeeperThan(note.Depth, note);
                break;
            case ObservationKind.End:
                LeaveDeeperThan(int.MinValue, note);
                break;
        }
    }

    /// <summary>Gives the calls that are complete, oldest first.</summary>
    /// <param name="all">Also those that still run: the history has ended.</param>
    /// <returns>The calls.</returns>
    public IEnumerable<CallRecord> Complete(bool all)
    {
        while (_waiting.TryPeek(out var first) && (all || first.HasEnded || _waiting.Count > Waiting))
        {
            yield return _waiting.Dequeue().Record;
        }
    }

    private void LeaveDeeperThan(int depth, Observation? exception)
    {
        while (_running.TryPeek(out var inner) && inner.Depth > depth)
        {
            var left = _running.Pop();
            left.End(left.Suspends ? CallOutcome.Suspended : CallOutcome.Raised, left.Suspends ? null : exception);
        }
    }

    private sealed class Open(CallRecord record, int depth, long entry, bool suspends)
    {
        public bool Suspends => suspends;

        public CallRecord Record { get; private set; } = record;

        public int Depth => depth;

        public long Entry => entry;

        public bool HasEnded => Record.Outcome != CallOutcome.Running;

        public void End(CallOutcome outcome, Observation? by) =>
            Record = Record with { Outcome = outcome, EndedAt = by?.At, Result = by is { Values: [{ } value, ..] } ? value : null };
    }
}
