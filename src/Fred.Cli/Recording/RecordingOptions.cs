using System.CommandLine;
using System.Globalization;
using ParsedCommand = System.CommandLine.Parsing.CommandResult;

namespace Fred.Cli;

/// <summary>The part of the command line that all verbs without a prompt share: <c>fred VERB ... [options] -- python prog.py args</c>, or <c>-- ./prog args</c>.</summary>
internal sealed class RecordingOptions
{
    private const double LeastTimeout = 0.001;
    private const int Mega = 20;

    private readonly Option<string?> _until = new("--until") { Description = "Stop the program at FILE:LINE, or when it is reached for the HIT-th time, instead of at its end.", HelpName = "FILE:LINE[:HIT]" };
    private readonly Option<double?> _timeout = new("--timeout") { Description = "Stop the program where it is after this time; a search may take twice as long and 30 s.", HelpName = "SECONDS" };
    private readonly Option<string?> _memory = new("--max-memory") { Description = "What the checkpoints may hold together: a number of MB, or with K, M or G (default 768M).", HelpName = "SIZE" };
    private readonly ProgramOptions _recording = new();
    private readonly Argument<string[]> _program = new("program") { Description = "Behind '--': the program as you would run it.", Arity = ArgumentArity.ZeroOrMore };

    /// <summary>Adds the options and the program to a verb.</summary>
    /// <param name="command">The verb.</param>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_until, _timeout, _memory, .. _recording.All])
        {
            command.Options.Add(option);
        }

        command.Arguments.Add(_program);
        command.Validators.Add(Validate);
    }

    /// <summary>Reads them.</summary>
    /// <param name="result">The parsed line.</param>
    /// <returns>What to run. Its standard output goes where its standard error goes, unless to a file: fred's own is for the answer.</returns>
    /// <exception cref="FredException">There is no program, or the place to stop at is none.</exception>
    public RecordingRequest Read(ParseResult result)
    {
        var program = ProgramLine.Read(result.GetValue(_program) ?? [], _recording.Python(result), _recording.Gdb(result));
        return new RecordingRequest(_recording.Apply(result, program) with { OutputToError = true })
        {
            Until = result.GetValue(_until) is { } until ? UntilPoint.Parse(until, program) : null,
            Timeout = result.GetValue(_timeout) is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            MaxMemory = result.GetValue(_memory) is { } size ? Bytes(size) : null,
        };
    }

    private static long? Bytes(string text)
    {
        var shift = text.Length == 0 ? -1 : char.ToUpperInvariant(text[^1]) switch { 'K' => 10, 'M' => 20, 'G' => 30, _ => 0 };
        var digits = shift > 0 ? text[..^1] : text;
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? (long)number << (shift > 0 ? shift : Mega) : null;
    }

    private void Validate(ParsedCommand result)
    {
        _recording.Validate(result);
        ProgramOptions.RequireSeconds(result, _timeout, LeastTimeout);
        if (ProgramOptions.Token(result, _memory) is { } size && Bytes(size) is null)
        {
            result.AddError($"'{size}' is no size; give a number of MB, or one with K, M or G.");
        }
    }
}
