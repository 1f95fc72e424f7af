using System.Globalization;
using Fred.Core;

namespace Fred.TestKit;

/// <summary>The scripted backend's own debugger, a very small pdb. Its state is the selected frame and the breakpoints, as text.</summary>
internal static class ScriptedShell
{
    /// <summary>Runs one line.</summary>
    /// <param name="here">The event the program stands at.</param>
    /// <param name="program">The program.</param>
    /// <param name="line">What the user typed.</param>
    /// <param name="state">The shell's state; empty at first.</param>
    /// <returns>Output, new state, and what it asks for.</returns>
    public static BackendReply Execute(ScriptedEvent here, ScriptedProgram program, string line, string state)
    {
        var frame = state.Length == 0 ? 0 : int.Parse(state.Split('|')[0], CultureInfo.InvariantCulture);
        var word = line.Split(' ', 2);
        var rest = word.Length > 1 ? word[1].Trim() : string.Empty;
        return word[0] switch
        {
            "p" => new BackendReply(Print(here, rest, frame), state),
            "where" or "w" or "bt" => new BackendReply(string.Concat(here.Stack.Reverse().Select(f => $"  {program.File}({f.Line}){f.Function}()\n")), state),
            "up" or "u" => Select(here, program, frame + 1, state),
            "down" or "d" => Select(here, program, frame - 1, state),
            "args" or "a" => new BackendReply(string.Concat(here.Stack[frame].Names.Select(n => $"{n.Key} = {ScriptValue.Repr(n.Value)}\n")), state),
            "break" or "b" or "tbreak" => Break(program, rest, frame, state, word[0] == "tbreak"),
            "clear" or "cl" => new BackendReply(string.Empty, Write(frame, []), null, []),
            "step" or "s" => new BackendReply(string.Empty, state, new BackendAction.Run(StepFilter.Any)),
            "next" or "n" => new BackendReply(string.Empty, state, new BackendAction.Run(new StepFilter(here.Depth))),
            "return" or "r" => new BackendReply(string.Empty, state, new BackendAction.Run(new StepFilter(here.Depth, 0, true))),
            "continue" or "c" or "cont" => new BackendReply(string.Empty, state, new BackendAction.Run(null)),
            "restart" or "run" => new BackendReply(string.Empty, state, new BackendAction.Restart()),
            "q" or "quit" or "exit" => new BackendReply(string.Empty, state, new BackendAction.Quit()),
            _ when line.StartsWith('!') => Statement(here, line[1..], frame, state),
            _ => Statement(here, line, frame, state),
        };
    }

    private static BackendReply Statement(ScriptedEvent here, string line, int frame, string state)
    {
        try
        {
            return ScriptParser.ParseOne(line) is ScriptStatement.Assign or ScriptStatement.Print
                ? new BackendReply(string.Empty, state, new BackendAction.Mutate(new Mutation(line, frame)))
                : new BackendReply(Print(here, line, frame), state);
        }
        catch (ScriptException)
        {
            return new BackendReply(Print(here, line, frame), state);
        }
    }

    private static string Print(ScriptedEvent here, string expression, int frame)
    {
        try
        {
            return ScriptValue.Repr(here.Evaluate(expression, frame)) + "\n";
        }
        catch (ScriptException error)
        {
            return $"*** {error.Message}\n";
        }
    }

    private static BackendReply Select(ScriptedEvent here, ScriptedProgram program, int frame, string state) =>
        frame < 0 ? new BackendReply("*** Newest frame\n", state)
            : frame >= here.Stack.Count ? new BackendReply("*** Oldest frame\n", state)
            : new BackendReply($"> {program.File}({here.Stack[frame].Line}){here.Stack[frame].Function}()\n", Write(frame, Read(program, state)));

    private static BackendReply Break(ScriptedProgram program, string rest, int frame, string state, bool temporary)
    {
        var known = Read(program, state);
        if (rest.Length == 0)
        {
            return new BackendReply(string.Concat(known.Select(b => $"{b.Id} breakpoint at {b.Location.File}:{b.Location.Line}\n")), state);
        }

        var parts = rest.Split(',', 2, StringSplitOptions.TrimEntries);
        var lines = program.Source.Split('\n').Length;
        if (!int.TryParse(parts[0].Split(':')[^1], out var line) || line < 1 || line > lines)
        {
            return new BackendReply($"*** The specified object '{parts[0]}' is not a line of {program.File}\n", state);
        }

        var added = new Breakpoint(known.Count == 0 ? 1 : known[^1].Id + 1, new SourceLocation(program.File, line)) { Condition = parts.Length > 1 ? parts[1] : null, Temporary = temporary };
        known.Add(added);
        return new BackendReply($"Breakpoint {added.Id} at {program.File}:{line}\n", Write(frame, known), null, known);
    }

    private static List<Breakpoint> Read(ScriptedProgram program, string state) =>
    [
        .. state.Split('|').Skip(1).Select(text => text.Split(',', 4)).Select(f =>
            new Breakpoint(int.Parse(f[0], CultureInfo.InvariantCulture), new SourceLocation(program.File, int.Parse(f[1], CultureInfo.InvariantCulture)))
            {
                Temporary = f[2] == "t",
                Condition = f[3].Length > 0 ? f[3] : null,
            }),
    ];

    private static string Write(int frame, IEnumerable<Breakpoint> breakpoints) =>
        string.Join('|', breakpoints.Select(b => $"{b.Id},{b.Location.Line},{(b.Temporary ? "t" : string.Empty)},{b.Condition}").Prepend(frame.ToString(CultureInfo.InvariantCulture)));
}
