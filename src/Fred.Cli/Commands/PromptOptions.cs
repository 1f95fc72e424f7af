using System.CommandLine;

namespace Fred.Cli;

/// <summary>The options of every verb that ends at a prompt: where its commands come from, and the form of its answers.</summary>
internal sealed class PromptOptions
{
    private readonly Option<string?> _commands = new("-x") { Description = "Run the commands in FILE, one a line; then exit unless -i.", HelpName = "FILE" };
    private readonly Option<string[]> _execute = new("-ex") { Description = "Run COMMAND, before those of -x; may be repeated; then exit unless -i.", HelpName = "COMMAND", AllowMultipleArgumentsPerToken = false, DefaultValueFactory = _ => [] };
    private readonly Option<bool> _interactive = new("-i") { Description = "Go on at the prompt after -x and -ex." };
    private readonly Option<bool> _json = new("--jsonl") { Description = "Write one JSON object a line for each command." };

    /// <summary>Gets the options.</summary>
    public IReadOnlyList<Option> All => [_commands, _execute, _interactive, _json];

    /// <summary>Adds them to a verb.</summary>
    /// <param name="command">The verb.</param>
    public void AddTo(Command command)
    {
        foreach (var option in All)
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Adds what they say to a program.</summary>
    /// <param name="result">The parsed line.</param>
    /// <param name="program">The program.</param>
    /// <returns>The program and its prompt. With --jsonl its standard output goes where its standard error goes: fred's own is for the answers.</returns>
    public PythonArguments Apply(ParseResult result, PythonArguments program) => program with
    {
        CommandFile = result.GetValue(_commands),
        Commands = result.GetValue(_execute) ?? [],
        Interactive = result.GetValue(_interactive),
        JsonLines = result.GetValue(_json),
        OutputToError = result.GetValue(_json),
    };
}
