namespace Fred.TestKit;

/// <summary>
/// A program in a small Python: assignments, calls (<c>f(a)</c>, <c>x = f(a)</c>), def/return, if/else, while/break, <c>for i in range(n)</c>, try/except, raise (alone in a handler: again),
/// print, <c>x = input()</c>, <c>exit(n)</c>, global, pass. It is interpreted in memory, so that every event and every variable of its whole run is known.
/// </summary>
public sealed class ScriptedProgram
{
    /// <summary>Initializes a new instance of the <see cref="ScriptedProgram"/> class.</summary>
    /// <param name="source">The program's text; line 1 is its first line.</param>
    /// <param name="file">The file it claims to be in.</param>
    public ScriptedProgram(string source, string file = "/program/prog.py")
    {
        Source = source;
        File = file;
        Body = ScriptParser.Parse(source);
    }

    /// <summary>Gets the program's text.</summary>
    public string Source { get; }

    /// <summary>Gets the file it claims to be in.</summary>
    public string File { get; }

    /// <summary>Gets the module's statements.</summary>
    internal IReadOnlyList<ScriptStatement> Body { get; }

    /// <inheritdoc/>
    public override string ToString() => Source;
}
