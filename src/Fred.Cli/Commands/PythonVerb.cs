using System.CommandLine;
using ParsedCommand = System.CommandLine.Parsing.CommandResult;

namespace Fred.Cli;

/// <summary><c>fred python</c>: a prompt over a Python program.</summary>
/// <remarks>
/// As with python itself, everything behind the program's name belongs to the program, also what looks like an option of ours. The parser has no such rule, so
/// <see cref="SeparateProgram"/> puts a <c>--</c> in front of the program before anything is parsed.
/// </remarks>
internal sealed class PythonVerb
{
    private const string Name = "python";

    private readonly Option<string?> _module = new("-m") { Description = "Run a module, as python -m does.", HelpName = "module" };
    private readonly PromptOptions _prompt = new();
    private readonly ProgramOptions _recording = new();
    private readonly Argument<string[]> _program = new("program") { Description = "The program and its arguments.", Arity = ArgumentArity.ZeroOrMore };

    private IReadOnlyList<Option> Options => [_module, .. _prompt.All, .. _recording.All];

    /// <summary>Makes the verb.</summary>
    /// <param name="host">The world around.</param>
    /// <returns>The command.</returns>
    public Command Build(CliHost host)
    {
        var command = new Command(Name, "Debug a Python program, forwards and backwards: fred python [options] prog.py [args...]");
        foreach (var option in Options)
        {
            command.Options.Add(option);
        }

        command.Arguments.Add(_program);
        command.Validators.Add(Validate);
        command.SetAction((result, _) => Sitting.RunAsync(Read(result), host));
        return command;
    }

    /// <summary>Puts <c>--</c> in front of the program (or behind its module's name), so that nothing behind it is parsed.</summary>
    /// <param name="args">The whole command line.</param>
    /// <returns>The same with <c>--</c>; unchanged for other verbs.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.Usage"/>: an unknown option, which the parser would take for the program.</exception>
    public IReadOnlyList<string> SeparateProgram(IReadOnlyList<string> args)
    {
        if (args.Count == 0 || args[0] != Name)
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
                throw new FredException(ErrorId.Usage, $"'{word}' is no option of fred python (options of the program come after its name). Try 'fred python --help'.");
            }

            i += word == args[i] && option is not null && option.Arity.MaximumNumberOfValues > 0 && option is not Option<bool> ? 1 : 0;
            if (option == _module && i < args.Count)
            {
                return [.. args.Take(i + 1), "--", .. args.Skip(i + 1)];
            }
        }

        return args;
    }

    private void Validate(ParsedCommand result)
    {
        if (Options.FirstOrDefault(o => o is not Option<bool> && result.GetResult(o) is { Implicit: false, Tokens.Count: 0 }) is { } bare)
        {
            result.AddError($"{bare.Name} needs a value.");
        }
        else if (result.GetResult(_module) is null && result.GetResult(_program) is not { Tokens.Count: > 0 })
        {
            result.AddError("Which program? Give a script, or -m and a module.");
        }

        _recording.Validate(result);
    }

    private PythonArguments Read(ParseResult result)
    {
        var program = result.GetValue(_program) ?? [];
        var module = result.GetValue(_module);
        return _recording.Apply(result, _prompt.Apply(result, new PythonArguments
        {
            Script = module is null ? program[0] : null,
            Module = module,
            ProgramArguments = module is null ? program[1..] : program,
            Python = _recording.Python(result),
        }));
    }
}
