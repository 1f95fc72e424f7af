using System.Collections.Immutable;
using Fred.Core;

namespace Fred.TestKit;

/// <summary>
/// Interprets a program one event at a time. Forward only, like a process; going back is done by those who keep the events.
/// </summary>
internal sealed class ScriptMachine
{
    private static readonly ImmutableSortedDictionary<string, object?> NoNames = ImmutableSortedDictionary.Create<string, object?>(StringComparer.Ordinal);

    private readonly ScriptedProgram _program;
    private readonly Func<string> _readInput;
    private readonly Action<string> _print;
    private readonly List<Frame> _stack = [];
    private readonly Dictionary<string, ScriptStatement.Def> _functions = new(StringComparer.Ordinal);
    private readonly IEnumerator<EventKind> _run;
    private Flow _flow;
    private object? _value;
    private ImmutableList<ScriptedFrame>? _raisedAt;
    private (object? Value, ImmutableList<ScriptedFrame>? At) _caught;
    private long _tick;
    private long _log;

    /// <summary>Initializes a new instance of the <see cref="ScriptMachine"/> class that stands before the first event.</summary>
    /// <param name="program">What to run.</param>
    /// <param name="readInput">Gives the next line of input.</param>
    /// <param name="print">Takes a line of output.</param>
    public ScriptMachine(ScriptedProgram program, Func<string> readInput, Action<string> print)
    {
        _program = program;
        _readInput = readInput;
        _print = print;
        _run = Run().GetEnumerator();
    }

    private enum Flow
    {
        None,
        Return,
        Raise,
        Break,
        Exit,
    }

    /// <summary>Runs to the next event.</summary>
    /// <returns>The event; null after the end.</returns>
    public ScriptedEvent? Advance()
    {
        _tick++;
        return _run.MoveNext() ? Snapshot(_run.Current) : null;
    }

    /// <summary>Runs one statement in a frame of the stopped program.</summary>
    /// <param name="mutation">Only an assignment or print.</param>
    /// <param name="kind">The kind of the event the program stands at.</param>
    /// <returns>The changed event.</returns>
    public ScriptedEvent Mutate(Mutation mutation, EventKind kind)
    {
        _log++;
        var frame = _stack[^(1 + mutation.FrameIndex)];
        switch (ScriptParser.ParseOne(mutation.Source))
        {
            case ScriptStatement.Assign assign:
                frame.Names = frame.Names.SetItem(assign.Name, assign.Value.Evaluate(n => Lookup(frame, n)));
                break;
            case ScriptStatement.Print print:
                _print(ScriptValue.Text(print.Value.Evaluate(n => Lookup(frame, n))));
                break;
            default:
                throw new ScriptException("SyntaxError: only assignments and print can be injected");
        }

        return Snapshot(kind);
    }

    private ScriptedEvent Snapshot(EventKind kind)
    {
        var stack = kind == EventKind.End && _raisedAt is { } raised ? raised : Frames();
        return new ScriptedEvent(new Ticks(_tick), kind, stack, _log)
        {
            Exception = kind == EventKind.End && _flow == Flow.Raise ? ScriptValue.Text(_value) : null,
            ExitCode = kind != EventKind.End ? 0 : _flow == Flow.Raise ? 1 : _flow == Flow.Exit && _value is long code ? (int)code : 0,
        };
    }

    private ImmutableList<ScriptedFrame> Frames() =>
        [.. _stack.AsEnumerable().Reverse().Select((f, i) => new ScriptedFrame(f.Function, f.Line, f.Entry, _stack.Count - 1 - i, f.Names))];

    private object? Lookup(Frame frame, string name) =>
        frame.Names.TryGetValue(name, out var local) ? local
            : _stack[0].Names.TryGetValue(name, out var global) ? global
            : throw new ScriptException($"NameError: name '{name}' is not defined");

    private IEnumerable<EventKind> Run()
    {
        _stack.Add(new Frame("<module>", _tick));
        foreach (var kind in Block(_program.Body))
        {
            yield return kind;
        }

        yield return EventKind.End;
    }

    private IEnumerable<EventKind> Block(IReadOnlyList<ScriptStatement> body)
    {
        foreach (var statement in body)
        {
            foreach (var kind in Execute(statement))
            {
                yield return kind;
            }

            if (_flow != Flow.None)
            {
                yield break;
            }
        }
    }

    private IEnumerable<EventKind> Execute(ScriptStatement statement)
    {
        _stack[^1].Line = statement.Line;
        yield return EventKind.Line;
        var rest = statement switch
        {
            ScriptStatement.If s => Test(s.Condition) ? Block(s.Then) : Block(_flow == Flow.None ? s.Else : []),
            ScriptStatement.While s => WhileLoop(s),
            ScriptStatement.For s => ForLoop(s),
            ScriptStatement.Try s => TryBlock(s),
            ScriptStatement.Call s => Invoke(s),
            _ => null,
        };
        if (rest is null)
        {
            Perform(statement);
            yield break;
        }

        foreach (var kind in rest)
        {
            yield return kind;
        }
    }

    private IEnumerable<EventKind> WhileLoop(ScriptStatement.While loop)
    {
        while (Test(loop.Condition))
        {
            foreach (var kind in Block(loop.Body))
            {
                yield return kind;
            }

            if (LoopEnds())
            {
                yield break;
            }

            _stack[^1].Line = loop.Line;
            yield return EventKind.Line;
        }
    }

    private IEnumerable<EventKind> ForLoop(ScriptStatement.For loop)
    {
        var count = Evaluate(loop.Count) is long n ? n : 0;
        for (var i = 0L; i < count && _flow == Flow.None; i++)
        {
            Assign(loop.Variable, i);
            foreach (var kind in Block(loop.Body))
            {
                yield return kind;
            }

            if (LoopEnds())
            {
                yield break;
            }

            _stack[^1].Line = loop.Line;
            yield return EventKind.Line;
        }
    }

    private bool LoopEnds()
    {
        var ends = _flow != Flow.None;
        _flow = _flow == Flow.Break ? Flow.None : _flow;
        return ends;
    }

    private IEnumerable<EventKind> TryBlock(ScriptStatement.Try block)
    {
        foreach (var kind in Block(block.Body))
        {
            yield return kind;
        }

        if (_flow == Flow.Raise)
        {
            _caught = (_value, _raisedAt);
            (_flow, _raisedAt) = (Flow.None, null);
            _stack[^1].Line = block.ExceptLine;
            yield return EventKind.Line;
            foreach (var kind in Block(block.Handler))
            {
                yield return kind;
            }
        }
    }

    private IEnumerable<EventKind> Invoke(ScriptStatement.Call call)
    {
        if (!_functions.TryGetValue(call.Function, out var function))
        {
            Raise($"NameError: name '{call.Function}' is not defined");
            yield break;
        }

        var arguments = call.Arguments.Select(Evaluate).ToList();
        if (_flow != Flow.None)
        {
            yield break;
        }

        var names = function.Parameters.Zip(arguments).Aggregate(NoNames, (all, p) => all.SetItem(p.First, p.Second));
        _stack.Add(new Frame(call.Function, _tick) { Line = function.Line, Names = names });
        yield return EventKind.Call;
        foreach (var kind in Block(function.Body))
        {
            yield return kind;
        }

        var result = _flow == Flow.Return ? _value : null;
        if (_flow is Flow.Return or Flow.None)
        {
            _flow = Flow.None;
            yield return EventKind.Return;
        }

        _stack.RemoveAt(_stack.Count - 1);
        if (call.Target is { } target && _flow == Flow.None)
        {
            Assign(target, result);
        }
    }

    private void Perform(ScriptStatement statement)
    {
        switch (statement)
        {
            case ScriptStatement.Assign s when Evaluate(s.Value) is var value && _flow == Flow.None:
                Assign(s.Name, value);
                break;
            case ScriptStatement.Input s:
                _log++;
                Assign(s.Target, _readInput());
                break;
            case ScriptStatement.Print s when Evaluate(s.Value) is var value && _flow == Flow.None:
                _log++;
                _print(ScriptValue.Text(value));
                break;
            case ScriptStatement.Def s:
                _functions[s.Name] = s;
                break;
            case ScriptStatement.Global s:
                _stack[^1].Globals.UnionWith(s.Names);
                break;
            case ScriptStatement.Return s:
                Leave(Flow.Return, s.Value);
                break;
            case ScriptStatement.Exit s:
                Leave(Flow.Exit, s.Code);
                break;
            case ScriptStatement.RaiseAgain:
                (_flow, _value, _raisedAt) = (Flow.Raise, _caught.Value, _caught.At);
                break;
            case ScriptStatement.Raise s when Evaluate(s.Value) is var value && _flow == Flow.None:
                Raise(ScriptValue.Text(value));
                break;
            case ScriptStatement.Break:
                _flow = Flow.Break;
                break;
        }
    }

    private void Leave(Flow flow, ScriptExpression? value)
    {
        var result = value is null ? null : Evaluate(value);
        (_flow, _value) = _flow == Flow.None ? (flow, result) : (_flow, _value);
    }

    private bool Test(ScriptExpression condition) => ScriptValue.IsTrue(Evaluate(condition)) && _flow == Flow.None;

    private object? Evaluate(ScriptExpression expression)
    {
        try
        {
            return expression.Evaluate(n => Lookup(_stack[^1], n));
        }
        catch (ScriptException error)
        {
            Raise(error.Message);
            return null;
        }
    }

    private void Raise(string text)
    {
        (_flow, _value) = (Flow.Raise, text);
        _raisedAt = Frames();
    }

    private void Assign(string name, object? value)
    {
        var frame = _stack[^1].Globals.Contains(name) ? _stack[0] : _stack[^1];
        frame.Names = frame.Names.SetItem(name, value);
    }

    private sealed class Frame(string function, long entry)
    {
        public string Function { get; } = function;

        public long Entry { get; } = entry;

        public int Line { get; set; }

        public HashSet<string> Globals { get; } = [];

        public ImmutableSortedDictionary<string, object?> Names { get; set; } = NoNames;
    }
}
