using System.CommandLine;
using ParsedCommand = System.CommandLine.Parsing.CommandResult;

namespace Fred.Cli;

/// <summary><c>fred gdb</c>: a prompt over a native program.</summary>
/// <param name="recording">How the program is run.</param>
internal sealed class GdbVerb(ProgramOptions recording)
    : ProgramVerb("gdb", "Debug a program written in C, C++ or the like, forwards and backwards: fred gdb [options] ./prog [args...]", recording)
{
    private readonly ProgramOptions _recording = recording;
    private readonly Option<string?> _listen = new("--listen") { Description = "Instead of a prompt: wait on the unix socket SOCKET for a gdb of yours (target remote SOCKET).", HelpName = "SOCKET" };

    /// <summary>Initializes a new instance of the <see cref="GdbVerb"/> class.</summary>
    public GdbVerb()
        : this(new ProgramOptions(python: false))
    {
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<Option> Own => [_listen];

    /// <inheritdoc/>
    protected override string? Missing(ParsedCommand result) => "Which program? Give an executable file, compiled with -g.";

    /// <inheritdoc/>
    protected override PythonArguments Describe(ParseResult result, string[] words) => new() { Native = words[0], ProgramArguments = words[1..], Gdb = _recording.Gdb(result), Listen = result.GetValue(_listen) };
}
