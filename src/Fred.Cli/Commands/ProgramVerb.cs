using System.CommandLine;
using ParsedCommand = System.CommandLine.Parsing.CommandResult;

namespace Fred.Cli;

/// <summary>A verb that opens a prompt over a program.</summary>
/// <remarks>
/// As with an interpreter or gdb --args, everything behind the program's name belongs to the program, also what looks like an option of ours. The parser has no such rule, so
/// <see cref="SeparateProgram"/> puts a <c>--</c> in front of the program before anything is parsed.
/// </remarks>
internal abstract class ProgramVerb(string name, string description, ProgramOptions recording)
{
    private readonly PromptOptions _prompt = new();
    private readonly Argument<string[]> _program = new("program") { Description = "The program and its arguments.", Arity = ArgumentArity.ZeroOrMore };

    /// <summary>Gets the verb's name.</summary>
    public string Name => name;

    /// <summary>Gets the options of this verb alone, which come first.</summary>
    protected abstract IReadOnlyList<Option> Own { get; }

    private IReadOnlyList<Option> Options => [.. Own, .. _prompt.All, .. recording.All];

    /// <summary>Makes the verb.</summary>
    /// <param name="host">The world around.</param>
    /// <returns>The command.</returns>
    public Command Build(CliHost host)
    {
        var command = new Command(name, description);
        foreach (var option in Options)
        {
            command.Options.Add(option);
        }

        command.Arguments.Add(_program);
        command.Validators.Add(Validate);
        command.SetAction((result, _) => Sitting.RunAsync(Read(result), host));
        return command;
    }

    /// <summary>Puts <c>--</c> in front of the program (or behind the option that names it), so that nothing behind it is parsed.</summary>
    /// <param name="args">The whole command line.</param>
    /// <returns>The same with <c>--</c>; unchanged for other verbs.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.Usage"/>: an unknown option, which the parser would take for the program.</exception>
    public IReadOnlyList<string> SeparateProgram(IReadOnlyList<string> args)
    {
        if (args.Count == 0 || args[0] != name)
        {
            return args;
        }

        for (var i = 1; i < args.Count; i++)
        {
            if (args[i] == "--")
            {
                return args;
            }

            if (!args[i].StartsWith('-') || args[i] == "-")
            {
                return [.. args.Take(i), "--", .. args.Skip(i)];
            }

            var word = args[i].Split('=')[0];
            var option = Options.FirstOrDefault(o => o.Name == word);
            if (option is null && word is not ("-h" or "-?" or "--help"))
            {
                throw new FredException(ErrorId.Usage, $"'{word}' is no option of fred {name} (options of the program come after its name). Try 'fred {name} --help'.");
            }

            i += word == args[i] && option is not null && option.Arity.MaximumNumberOfValues > 0 && option is not Option<bool> ? 1 : 0;
            if (option is not null && NamesProgram(option) && i < args.Count)
            {
                return [.. args.Take(i + 1), "--", .. args.Skip(i + 1)];
            }
        }

        return args;
    }

    /// <summary>Whether an option names the program, so that everything behind it is the program's.</summary>
    /// <param name="option">One of this verb's.</param>
    /// <returns>False for most.</returns>
    protected virtual bool NamesProgram(Option option) => false;

    /// <summary>Says what is missing when no program is named.</summary>
    /// <param name="result">The parsed line.</param>
    /// <returns>Null when nothing is.</returns>
    protected abstract string? Missing(ParsedCommand result);

    /// <summary>Describes the program.</summary>
    /// <param name="result">The parsed line.</param>
    /// <param name="words">The program and its arguments.</param>
    /// <returns>The program; everything else is filled in by the caller.</returns>
    protected abstract PythonArguments Describe(ParseResult result, string[] words);

    private void Validate(ParsedCommand result)
    {
        if (Options.FirstOrDefault(o => o is not Option<bool> && result.GetResult(o) is { Implicit: false, Tokens.Count: 0 }) is { } bare)
        {
            result.AddError($"{bare.Name} needs a value.");
        }
        else if (result.GetResult(_program) is not { Tokens.Count: > 0 } && Missing(result) is { } missing)
        {
            result.AddError(missing);
        }

        recording.Validate(result);
    }

    private PythonArguments Read(ParseResult result) => recording.Apply(result, _prompt.Apply(result, Describe(result, result.GetValue(_program) ?? [])));
}
