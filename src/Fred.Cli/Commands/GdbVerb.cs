using System.CommandLine;
using ParsedCommand = System.CommandLine.Parsing.CommandResult;

namespace Fred.Cli;

/// <summary><c>fred gdb</c>: a prompt over a native program.</summary>
internal sealed class GdbVerb()
    : ProgramVerb("gdb", "Debug a program written in C, C++ or the like, forwards and backwards: fred gdb [options] ./prog [args...]", new ProgramOptions(native: true))
{
    private readonly Option<string?> _gdb = new("--gdb") { Description = "The gdb to use (12.1 or newer).", HelpName = "PATH" };

    private readonly Option<string> _head = new Option<string>("--head")
    {
        Description = "How the program itself runs: native (full speed; its positions are found by replaying) or translated (1 to 6 times slower, counted as it runs).",
        DefaultValueFactory = static _ => "native",
    }.AcceptOnlyFromAmong("native", "translated");

    /// <inheritdoc/>
    protected override IReadOnlyList<Option> Own => [_gdb, _head];

    /// <inheritdoc/>
    protected override string? Missing(ParsedCommand result) => "Which program? Give an executable file, compiled with -g.";

    /// <inheritdoc/>
    protected override PythonArguments Describe(ParseResult result, string[] words) =>
        new() { Native = words[0], ProgramArguments = words[1..], Gdb = result.GetValue(_gdb), NativeHead = result.GetValue(_head) == "native" };
}
