using System.CommandLine;
using ParsedCommand = System.CommandLine.Parsing.CommandResult;

namespace Fred.Cli;

/// <summary><c>fred python</c>: a prompt over a Python program.</summary>
/// <param name="recording">How the program is run.</param>
internal sealed class PythonVerb(ProgramOptions recording)
    : ProgramVerb("python", "Debug a Python program, forwards and backwards: fred python [options] prog.py [args...]", recording)
{
    private readonly Option<string?> _module = new("-m") { Description = "Run a module, as python -m does.", HelpName = "module" };
    private readonly ProgramOptions _recording = recording;

    /// <summary>Initializes a new instance of the <see cref="PythonVerb"/> class.</summary>
    public PythonVerb()
        : this(new ProgramOptions(native: false))
    {
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<Option> Own => [_module];

    /// <inheritdoc/>
    protected override bool NamesProgram(Option option) => option == _module;

    /// <inheritdoc/>
    protected override string? Missing(ParsedCommand result) => result.GetResult(_module) is null ? "Which program? Give a script, or -m and a module." : null;

    /// <inheritdoc/>
    protected override PythonArguments Describe(ParseResult result, string[] words)
    {
        var module = result.GetValue(_module);
        return new PythonArguments
        {
            Script = module is null ? words[0] : null,
            Module = module,
            ProgramArguments = module is null ? words[1..] : words,
            Python = _recording.Python(result),
        };
    }
}
