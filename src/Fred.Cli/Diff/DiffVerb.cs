using System.CommandLine;

namespace Fred.Cli;

/// <summary><c>fred diff</c>: runs a program twice and finds where the runs part.</summary>
internal sealed class DiffVerb
{
    /// <summary>Behind it stand the second run's arguments.</summary>
    private const string Versus = "--versus";

    private readonly Option<string[]> _expressions = new("--expr") { Description = "Find where this value first differs, too; may be repeated.", HelpName = "EXPR", AllowMultipleArgumentsPerToken = false, DefaultValueFactory = _ => [] };
    private readonly Option<string?> _frame = new("--frame") { Description = "Evaluate in the frames of this function.", HelpName = "FUNCTION" };
    private readonly Option<string?> _input = new("--input") { Description = "The first run's standard input.", HelpName = "FILE" };
    private readonly Option<string?> _otherInput = new("--other-input") { Description = "The second run's standard input; that of the first by default.", HelpName = "FILE" };
    private readonly Option<string?> _json = new("--json") { Description = "Write the answer as JSON, to FILE or instead of the text.", HelpName = "FILE", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<bool> _stable = new("--stable") { Description = "Leave out what is measured (seconds), so that answers can be compared as text." };
    private readonly RecordingOptions _recording = new();

    /// <summary>Makes the verb.</summary>
    /// <param name="host">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Build(CliHost host) => new DiffVerb().BuildCommand(host);

    private Command BuildCommand(CliHost host)
    {
        var command = new Command("diff", "Run a program twice and find the first statement that only one of the runs executes: fred diff [options] -- python prog.py ARGS --versus OTHER-ARGS (or -- ./prog ARGS --versus OTHER-ARGS)");
        foreach (var option in (Option[])[_expressions, _frame, _input, _otherInput, _json, _stable])
        {
            command.Options.Add(option);
        }

        _recording.AddTo(command);
        command.SetAction((result, _) => RunAsync(result, host));
        return command;
    }

    private DiffRequest Read(ParseResult result, CliHost host)
    {
        var request = _recording.Read(result) with { Use = HistoryUse.Replay };
        var words = request.Program.ProgramArguments;
        IReadOnlyList<string> mine = [.. words.TakeWhile(w => w != Versus)];
        IReadOnlyList<string> yours = mine.Count == words.Count ? mine : [.. words.Skip(mine.Count + 1)];
        var input = Existing(result.GetValue(_input));
        var program = request.Program with { Environment = request.Program.Native is null ? Seeded(request.Program.Environment) : request.Program.Environment, ProgramArguments = mine, Input = input };
        var other = program with { ProgramArguments = yours, Input = Existing(result.GetValue(_otherInput)) ?? input };
        return new DiffRequest(request with { Program = program }, request with { Program = other }, result.GetValue(_expressions) ?? [])
        {
            Function = result.GetValue(_frame)?.TrimEnd('(', ')'),
            FredCommand = host.FredCommand,
        };
    }

    /// <summary>The order of sets is not what is looked for.</summary>
    private static IReadOnlyDictionary<string, string> Seeded(IReadOnlyDictionary<string, string> environment) =>
        Environment.GetEnvironmentVariable("PYTHONHASHSEED") is null ? new Dictionary<string, string>(environment) { ["PYTHONHASHSEED"] = "0" } : environment;

    private static string? Existing(string? file) =>
        file is null || File.Exists(file) ? file : throw new FredException(ErrorId.Usage, $"There is no file '{file}' to be the program's standard input.");

    private async Task<int> RunAsync(ParseResult result, CliHost host)
    {
        var request = Read(result, host);
        using var interrupts = new Interrupts();
        DiffReport report;
        try
        {
            report = await new DiffRun(request, host).RunAsync(interrupts.Lifetime).ConfigureAwait(false);
        }
        catch (FredException error) when (!interrupts.Lifetime.IsCancellationRequested)
        {
            host.Error.Write(new Verbatim($"fred: {error.Message} [{error.Id}]\n", Theme.Error));
            WriteJson(result, host, stream => DiffJson.Write(stream, error));
            return ExitCode.Of(error.Id);
        }
        catch (Exception error) when (error is OperationCanceledException or FredException)
        {
            host.Error.Write(new Verbatim("fred: interrupted; there is no answer.\n", Theme.Error));
            return ExitCode.Failed;
        }

        var stable = result.GetValue(_stable);
        if (!WriteJson(result, host, stream => DiffJson.Write(stream, report, stable)))
        {
            new DiffView(host.Console, stable).Print(report);
        }

        return report.ExitCode;
    }

    /// <summary>Writes the answer as JSON where that is asked for.</summary>
    /// <returns>Whether it is instead of the text.</returns>
    private bool WriteJson(ParseResult result, CliHost host, Action<Stream> write)
    {
        if (result.GetResult(_json) is null)
        {
            return false;
        }

        if (result.GetValue(_json) is not { } path)
        {
            write(host.Output);
            return true;
        }

        AnswerFile.Write(path, write);
        return false;
    }
}
