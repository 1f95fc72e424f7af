using System.CommandLine;
using ParsedCommand = System.CommandLine.Parsing.CommandResult;

namespace Fred.Cli;

/// <summary><c>fred bisect</c>: runs a program and finds the statement that broke something, without a prompt.</summary>
internal sealed class BisectVerb
{
    private readonly Option<string[]> _expressions = new("--expr") { Description = "What should hold, in the program's language; may be repeated.", HelpName = "EXPR", AllowMultipleArgumentsPerToken = false, DefaultValueFactory = _ => [] };
    private readonly Option<bool> _first = new("--first") { Description = "Find the first statement that makes it false." };
    private readonly Option<bool> _last = new("--last") { Description = "Find the last one (the default)." };
    private readonly Option<bool> _all = new("--all") { Description = "Find all of them." };
    private readonly Option<string?> _frame = new("--frame") { Description = "Evaluate in the frames of this function.", HelpName = "FUNCTION" };
    private readonly Option<string?> _outputMatches = new("--output-matches") { Description = "Find the statement that writes a line that matches; expressions are then searched from there.", HelpName = "REGEX" };
    private readonly Option<int?> _exitCode = new("--exit-code") { Description = "Find the statement that ends the program with this status.", HelpName = "N" };
    private readonly Option<string?> _exception = new("--exception") { Description = "Find the statement that raises the uncaught exception of this class.", HelpName = "TYPE" };
    private readonly Option<string?> _json = new("--json") { Description = "Write the answer as JSON, to FILE or instead of the text.", HelpName = "FILE", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _sarif = new("--sarif") { Description = "Also write a SARIF 2.1.0 log.", HelpName = "FILE" };
    private readonly Option<bool> _annotations = new("--annotations") { Description = "Also write GitHub's workflow annotations." };
    private readonly Option<bool> _stable = new("--stable") { Description = "Leave out what is measured (seconds, counts), so that answers can be compared as text." };
    private readonly RecordingOptions _recording = new();

    /// <summary>Makes the verb.</summary>
    /// <param name="host">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Build(CliHost host) => new BisectVerb().BuildCommand(host);

    private Command BuildCommand(CliHost host)
    {
        var command = new Command("bisect", "Run a program and find the statement that broke something: fred bisect --expr EXPR [options] -- python prog.py [args...] (or -- ./prog [args...])");
        foreach (var option in (Option[])[_expressions, _first, _last, _all, _frame, _outputMatches, _exitCode, _exception, _json, _sarif, _annotations, _stable])
        {
            command.Options.Add(option);
        }

        _recording.AddTo(command);
        command.Validators.Add(Validate);
        command.SetAction((result, _) => RunAsync(result, host));
        return command;
    }

    private void Validate(ParsedCommand result)
    {
        if (((Option[])[_first, _last, _all]).Count(o => result.GetResult(o) is not null) > 1)
        {
            result.AddError("Only one of --first, --last and --all.");
        }

        if (result.GetResult(_expressions) is null or { Implicit: true } && result.GetResult(_outputMatches) is null && result.GetResult(_exitCode) is null && result.GetResult(_exception) is null)
        {
            result.AddError("Which question? Give --expr with what should hold, or --output-matches, --exit-code or --exception.");
        }
    }

    private BisectRequest Read(ParseResult result, CliHost host)
    {
        var which = result.GetValue(_first) ? WhichTransition.First : result.GetValue(_all) ? WhichTransition.All : WhichTransition.Last;
        return new BisectRequest(_recording.Read(result), result.GetValue(_expressions) ?? [], which)
        {
            Function = result.GetValue(_frame)?.TrimEnd('(', ')'),
            OutputMatches = result.GetValue(_outputMatches) is { } pattern ? OutputCapture.Compile(pattern) : null,
            ExitCode = result.GetValue(_exitCode),
            Exception = result.GetValue(_exception),
            FredCommand = host.FredCommand,
        };
    }

    private async Task<int> RunAsync(ParseResult result, CliHost host)
    {
        var request = Read(result, host);
        foreach (var file in ((string?[])[result.GetValue(_json), result.GetValue(_sarif)]).OfType<string>())
        {
            // Better known before the program runs than after.
            AnswerFile.Write(file, _ => { });
        }

        using var interrupts = new Interrupts();
        BisectReport report;
        try
        {
            report = await new BisectRun(request, host).RunAsync(interrupts.Lifetime).ConfigureAwait(false);
        }
        catch (FredException error) when (!interrupts.Lifetime.IsCancellationRequested)
        {
            report = BisectReport.Failed(Conditions.Questions(request).Concat(request.Expressions), error, request.Recording.Program.Native is null ? "pdb" : "gdb");
            host.Error.Write(new Verbatim($"fred: {error.Message} [{error.Id}]\n", Theme.Error));
        }
        catch (Exception error) when (error is OperationCanceledException or FredException)
        {
            host.Error.Write(new Verbatim("fred: interrupted; there is no answer.\n", Theme.Error));
            return ExitCode.Failed;
        }

        WriteOut(result, host, request, report);
        return report.ExitCode;
    }

    private void WriteOut(ParseResult result, CliHost host, BisectRequest request, BisectReport report)
    {
        var stable = result.GetValue(_stable);
        var jsonFile = result.GetValue(_json);
        var jsonInstead = jsonFile is null && result.GetResult(_json) is not null;
        if (jsonInstead)
        {
            BisectJson.Write(host.Output, report, stable);
        }
        else if (report.End is not null)
        {
            new BisectView(host.Console, request.Which, stable).Print(report);
        }

        if (jsonFile is not null)
        {
            AnswerFile.Write(jsonFile, stream => BisectJson.Write(stream, report, stable));
        }

        if (result.GetValue(_sarif) is { } sarif)
        {
            AnswerFile.Write(sarif, stream => BisectSarif.Write(stream, report, Environment.CurrentDirectory));
        }

        if (result.GetValue(_annotations))
        {
            (jsonInstead ? host.Error : host.Console).Write(new Verbatim(Annotations.Of(report, Environment.CurrentDirectory)));
        }
    }
}
