using Fred.Core;

namespace Fred.TestKit;

/// <summary>
/// One branch's recording: the events so far, what was read and changed on the way, and the machine at its end. Replicas only read the events; the head
/// alone makes the machine go on, so that input is consumed and output printed exactly once.
/// </summary>
internal sealed class ScriptedRecording
{
    private readonly ScriptedProgram _program;
    private readonly List<ScriptedEvent> _events;
    private readonly List<string> _inputs = [];
    private readonly List<(Ticks At, Mutation Mutation)> _mutations = [];
    private readonly ScriptMachine _machine;
    private readonly Queue<string> _replayed;
    private readonly ScriptedBackend _backend;
    private bool _silent;

    public ScriptedRecording(ScriptedBackend backend, ScriptedProgram program)
    {
        _backend = backend;
        _program = program;
        _replayed = new Queue<string>();
        _machine = new ScriptMachine(program, Read, Print);
        _events = [new ScriptedEvent(Ticks.Zero, EventKind.None, [], 0)];
    }

    /// <summary>Gets the events so far; the index is the tick.</summary>
    public IReadOnlyList<ScriptedEvent> Events => _events;

    /// <summary>Gets the last event there is.</summary>
    public ScriptedEvent Last => _events[^1];

    /// <summary>Runs one event further.</summary>
    /// <returns>The event; null when the program has ended.</returns>
    public ScriptedEvent? Advance()
    {
        if (Last.Kind == EventKind.End || _machine.Advance() is not { } next)
        {
            return null;
        }

        _events.Add(next);
        return next;
    }

    /// <summary>Changes the program at its live edge.</summary>
    /// <param name="mutation">The statement.</param>
    public void Mutate(Mutation mutation)
    {
        _events[^1] = _machine.Mutate(mutation, Last.Kind);
        _mutations.Add((Last.At, mutation));
    }

    /// <summary>Begins another future: a machine of its own, brought to the same event by the same inputs and mutations.</summary>
    /// <param name="at">Where the new branch begins.</param>
    /// <returns>The new branch's recording, at its live edge.</returns>
    public ScriptedRecording BranchAt(Ticks at)
    {
        var branch = new ScriptedRecording(_backend, _program) { _silent = true };
        _inputs.ForEach(branch._replayed.Enqueue);
        while (true)
        {
            foreach (var (_, mutation) in _mutations.Where(m => m.At == branch.Last.At))
            {
                branch.Mutate(mutation);
            }

            if (branch.Last.At >= at)
            {
                break;
            }

            branch.Advance();
        }

        branch._replayed.Clear();
        branch._silent = false;
        return branch;
    }

    private string Read()
    {
        var line = _replayed.Count > 0 ? _replayed.Dequeue() : _backend.TakeInput();
        _inputs.Add(line);
        return line;
    }

    private void Print(string line)
    {
        if (!_silent)
        {
            _backend.AddOutput(line);
        }
    }
}
