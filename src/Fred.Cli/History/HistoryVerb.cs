using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using ParsedCommand = System.CommandLine.Parsing.CommandResult;

namespace Fred.Cli;

/// <summary>What <c>fred log</c>, <c>fred history-of</c> and <c>fred calls</c> have in common: a program is run once, and a question is put to its whole history.</summary>
internal abstract class HistoryVerb
{
    private readonly Option<string?> _json = new("--json") { Description = "Write JSON lines, to FILE or instead of the table.", HelpName = "FILE", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<long?> _most = new("--most") { Description = "Give the first N answers only.", HelpName = "N" };
    private readonly Option<int?> _jobs = new("--jobs") { Description = "Replay N intervals of the history at once; one on each processor by default.", HelpName = "N" };
    private readonly RecordingOptions _recording = new();

    /// <summary>Makes the verbs.</summary>
    /// <param name="host">The world around.</param>
    /// <returns>The commands.</returns>
    public static IEnumerable<Command> Build(CliHost host) => new HistoryVerb[] { new LogVerb(), new HistoryOfVerb(), new CallsVerb() }.Select(verb => verb.BuildCommand(host));

    /// <summary>Makes the command with what is its own.</summary>
    /// <returns>The command.</returns>
    protected abstract Command Describe();

    /// <summary>Reads the question.</summary>
    /// <param name="result">The parsed line.</param>
    /// <param name="program">What is run.</param>
    /// <returns>The question.</returns>
    protected abstract HistoryQuestion Read(ParseResult result, PythonArguments program);

    private Command BuildCommand(CliHost host)
    {
        var command = Describe();
        foreach (var option in (Option[])[_json, _most, _jobs])
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
        foreach (var option in (Option[])[_most, _jobs])
        {
            if (ProgramOptions.Token(result, option) is { } text && !(long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0))
            {
                result.AddError($"'{text}' is no number for {option.Name}; give one from 1.");
            }
        }
    }

    private async Task<int> RunAsync(ParseResult result, CliHost host)
    {
        var request = _recording.Read(result) with { Use = HistoryUse.Replay };
        var question = Read(result, request.Program);
        var isJson = result.GetResult(_json) is not null;
        var file = result.GetValue(_json) is { } path ? AnswerFile.Create(path) : null;
        var sources = new SourceCache();
        using var json = isJson ? new HistoryJsonLines(file ?? host.Output, sources, host.Time) : null;
        using var interrupts = new Interrupts();
        var range = new HistoryRange { Most = result.GetValue(_most) ?? long.MaxValue, Jobs = result.GetValue(_jobs) };
        try
        {
            return await AnswerAsync(request, question, range, json, json is null || file is not null ? host.Console : null, sources, host, interrupts.Lifetime).ConfigureAwait(false);
        }
        catch (FredException error) when (!interrupts.Lifetime.IsCancellationRequested)
        {
            json?.Write(error);
            host.Error.Write(new Verbatim($"fred: {error.Message} [{error.Id}]\n", Theme.Error));
            return ExitCode.Of(error.Id);
        }
        catch (Exception error) when (error is OperationCanceledException or FredException)
        {
            host.Error.Write(new Verbatim("fred: interrupted; what was printed is the beginning of the answer.\n", Theme.Error));
            return ExitCode.Failed;
        }
    }

    private static async Task<int> AnswerAsync(
        RecordingRequest request, HistoryQuestion question, HistoryRange range, HistoryJsonLines? json, IAnsiConsole? console, SourceCache sources, CliHost host, CancellationToken ct)
    {
        var recording = await Recording.StartAsync(request, host, ct).ConfigureAwait(false);
        await using (recording.ConfigureAwait(false))
        {
            await recording.CheckAsync(question.Expressions, ct).ConfigureAwait(false);
            var end = await recording.RunAsync(request, host, ct).ConfigureAwait(false);
            await recording.StandWithFramesAsync(ct).ConfigureAwait(false);
            using var table = console is null ? null : new HistoryTable(console, sources, end.At, host.Time);
            var summary = await question.AskAsync(
                recording.Session,
                range,
                row =>
                {
                    table?.Print(row);
                    json?.Write(row);
                    return ValueTask.CompletedTask;
                },
                ct).ConfigureAwait(false);
            table?.Dispose();
            console?.Write(new Verbatim(summary.Count == 0 ? question.Nothing + "\n" : string.Empty));
            console?.Write(new Verbatim(HistoryText.Of(summary, recording.Elapsed), Theme.Dim));
            return summary.Count > 0 ? ExitCode.Ok : ExitCode.NotFound;
        }
    }
}

/// <summary><c>fred log</c>: the values of expressions at each visit of a place.</summary>
internal sealed class LogVerb : HistoryVerb
{
    private readonly Option<string[]> _at = new("--at") { Description = "Where: a line, or a function (at each call); may be repeated.", HelpName = "FILE:LINE|FUNCTION", AllowMultipleArgumentsPerToken = false, Required = true };
    private readonly Option<string[]> _expressions = new("--expr") { Description = "What to show there, in the program's language; may be repeated.", HelpName = "EXPR", AllowMultipleArgumentsPerToken = false, DefaultValueFactory = _ => [] };
    private readonly Option<string?> _condition = new("--if") { Description = "Only where this holds.", HelpName = "EXPR" };

    /// <inheritdoc/>
    protected override Command Describe() =>
        new("log", "Run a program and show what expressions were worth at each visit of a place: fred log --at FILE:LINE --expr EXPR -- python prog.py [args...]") { _at, _expressions, _condition };

    /// <inheritdoc/>
    protected override HistoryQuestion Read(ParseResult result, PythonArguments program) =>
        HistoryQuestion.Log.Of(result.GetValue(_at) ?? [], result.GetValue(_expressions) ?? [], result.GetValue(_condition), program.Native ?? program.Script, program.Native is not null);
}

/// <summary><c>fred history-of</c>: each change of a value.</summary>
internal sealed class HistoryOfVerb : HistoryVerb
{
    private readonly Argument<string> _expression = new("EXPR") { Description = "In the program's language." };
    private readonly Option<string?> _frame = new("--frame") { Description = "Evaluate in the frames of this function.", HelpName = "FUNCTION" };

    /// <inheritdoc/>
    protected override Command Describe() =>
        new("history-of", "Run a program and show each change of an expression's value: fred history-of EXPR -- python prog.py [args...]") { _expression, _frame };

    /// <inheritdoc/>
    protected override HistoryQuestion Read(ParseResult result, PythonArguments program) =>
        new HistoryQuestion.Changes(result.GetRequiredValue(_expression), result.GetValue(_frame)?.TrimEnd('(', ')'));
}

/// <summary><c>fred calls</c>: each call of a function.</summary>
internal sealed class CallsVerb : HistoryVerb
{
    private readonly Argument<string> _function = new("FUNCTION") { Description = "A function of the program's own code: add, or Cart.add." };

    /// <inheritdoc/>
    protected override Command Describe() =>
        new("calls", "Run a program and show each call of a function, its arguments and what it returned or raised: fred calls FUNCTION -- python prog.py [args...]") { _function };

    /// <inheritdoc/>
    protected override HistoryQuestion Read(ParseResult result, PythonArguments program) => new HistoryQuestion.Calls(result.GetRequiredValue(_function).TrimEnd('(', ')'));
}
