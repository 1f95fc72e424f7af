using Fred.Core;

namespace Fred.TestKit;

/// <summary>What a replica of the scripted backend notes: the same questions as a real one's, answered from the recorded events.</summary>
/// <param name="backend">Whose faults apply.</param>
/// <param name="request">What to note.</param>
/// <param name="recording">The events.</param>
internal sealed class ScriptedObserver(ScriptedBackend backend, ObservationRequest request, ScriptedRecording recording)
{
    private ObservedValue? _last;
    private long _sum;

    /// <summary>Gets a value indicating whether an evaluation may have changed the program.</summary>
    public bool IsTouched { get; private set; }

    /// <summary>Looks at one event.</summary>
    /// <param name="here">The event.</param>
    /// <returns>What is to be noted of it.</returns>
    public IEnumerable<Observation> Look(ScriptedEvent here)
    {
        var evaluates = request is not EventObservation && (request is not HitObservation { Points: var points } || points.Any(p => p.Expressions.Count > 0));
        IsTouched |= evaluates && backend.Faults.EvaluationTouches(here.At);
        IEnumerable<Observation> seen = request switch
        {
            HitObservation hits => hits.Points.Where(p => IsAt(p, here)).Select(p => Note(here, ObservationKind.Hit, p.Id, [.. p.Expressions.Select(e => Value(here, e, 0))])),
            ChangeObservation change => Change(here, Value(here, change.Expression, here.FrameOf(change.Scope))),
            CallObservation calls => Call(here, calls.Function),
            EventObservation events => Sum(here, events.Stride),
            _ => throw new NotSupportedException($"{request} is not scripted."),
        };
        return seen.Select(s => s with { IsDoubtful = IsTouched });
    }

    private Observation Note(ScriptedEvent here, ObservationKind kind, long number, IReadOnlyList<ObservedValue> values) => new(here.At, kind, values)
    {
        Number = number,
        Depth = here.Depth,
        Location = here.Stack.IsEmpty || (here.Kind == EventKind.End && request is EventObservation) ? null : new SourceLocation(backend.Program.File, here.Line),
        Function = here.Function,
    };

    private bool IsAt(LogPoint point, ScriptedEvent here)
    {
        var reached = point.Function is { } function
            ? here.Kind == EventKind.Call && here.Function == function
            : here.Kind == EventKind.Line && here.Line == point.Place!.Line && point.Place.File == backend.Program.File;
        return reached && (point.Condition is null || here.TruthOf(point.Condition, new EvaluationScope.InFrame(0)) != Truth.Bad);
    }

    private ObservedValue Value(ScriptedEvent here, string expression, int frame)
    {
        if (frame < 0)
        {
            return new ObservedValue("its frame is not on the stack here", false);
        }

        try
        {
            return backend.Faults.PerturbValue(here.At, IsTouched, new ObservedValue(ScriptValue.Repr(here.Evaluate(expression, frame)), true));
        }
        catch (ScriptException error)
        {
            return new ObservedValue(error.Message, false);
        }
    }

    private IEnumerable<Observation> Change(ScriptedEvent here, ObservedValue value)
    {
        if (value == _last)
        {
            return [];
        }

        _last = value;
        return [Note(recording.Events[(int)here.At.Value - 1], ObservationKind.Change, 0, [value])];
    }

    private IEnumerable<Observation> Sum(ScriptedEvent here, long stride)
    {
        // Any mixing will do here, so long as the order of the events counts.
        _sum += unchecked((here.At.Value + 1) * 0x5DEECE66D * ((here.Line * 7) + (long)here.Kind + 1)) & long.MaxValue;
        _sum &= long.MaxValue;
        if (here.At.Value % stride == 0)
        {
            yield return Note(here, ObservationKind.Event, _sum, []);
        }

        if (here.At == request.Limit)
        {
            yield return Note(here, ObservationKind.Total, _sum, []);
        }
    }

    private IEnumerable<Observation> Call(ScriptedEvent here, string function)
    {
        if (here.Kind == EventKind.End)
        {
            return here.Exception is { } exception ? [Note(here, ObservationKind.End, 0, [new ObservedValue(exception, false)])] : [];
        }

        if (here.Function != function || here.Kind is not (EventKind.Call or EventKind.Return))
        {
            return [];
        }

        var values = here.Kind == EventKind.Call
            ? here.Stack[0].Names.Select(n => new ObservedValue($"{n.Key}={ScriptValue.Repr(n.Value)}", true))
            : [new ObservedValue("returned", true)];
        return [Note(here, here.Kind == EventKind.Call ? ObservationKind.Call : ObservationKind.Return, here.Stack[0].EntryTick, [.. values])];
    }
}
