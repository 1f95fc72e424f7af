using System.CommandLine;
using System.Globalization;
using ParsedCommand = System.CommandLine.Parsing.CommandResult;

namespace Fred.Cli;

/// <summary>The options that say how a program is run and recorded, the same for every verb that runs one.</summary>
/// <param name="python">Whether the program may be Python's.</param>
/// <param name="native">Whether it may be a native one.</param>
internal sealed class ProgramOptions(bool python = true, bool native = true)
{
    /// <summary>Seconds; checkpoints closer together would cost more than they save.</summary>
    private const double LeastInterval = 0.1;

    private const double Day = 86400;

    private readonly Option<string> _checkpointer = new("--checkpointer") { Description = "How states are kept: fork, reexec (run again from the start) or dmtcp.", HelpName = "fork|reexec|dmtcp", DefaultValueFactory = _ => "fork" };
    private readonly Option<double?> _interval = new("--interval") { Description = "Time between checkpoints, at least 0.1; chosen by cost when not given.", HelpName = "SECONDS" };
    private readonly Option<string?> _output = new("--output") { Description = "Write the program's standard output to FILE.", HelpName = "FILE" };
    private readonly Option<string?> _python = new("--python") { Description = "The Python to use (3.9 to 3.13).", HelpName = "PATH" };
    private readonly Option<string[]> _library = new("--trace-library") { Description = "Also step into library modules whose name or path matches; may be repeated.", HelpName = "PATTERN", AllowMultipleArgumentsPerToken = false, DefaultValueFactory = _ => [] };

    private readonly Option<string?> _schedule = new("--schedule") { Description = "How threads take turns: fifo, or random:SEED, which finds races; the same seed need not give the same run.", HelpName = "fifo|random:SEED" };

    private readonly Option<string?> _gdb = new("--gdb") { Description = "The gdb to use for a native program (12.1 or newer).", HelpName = "PATH" };

    private readonly Option<string> _head = new Option<string>("--head")
    {
        Description = "How a native program itself runs: native (full speed; its positions are found by replaying) or translated (1 to 6 times slower, counted as it runs).",
        DefaultValueFactory = static _ => "native",
    }.AcceptOnlyFromAmong("native", "translated");

    private readonly Option<string?> _follow = new("--follow") { Description = "Which process is recorded: parent, the program itself, or child:N, the Nth process that it forks.", HelpName = "parent|child:N" };

    /// <summary>Gets the options, for a command to take over.</summary>
    public IReadOnlyList<Option> All => [_checkpointer, _interval, _output, .. python ? (Option[])[_python, _library] : [], .. native ? (Option[])[_gdb, _head] : [], _schedule, _follow];

    /// <summary>Says what is wrong with a command line, as far as these options go.</summary>
    /// <param name="result">The parsed line; errors are added to it.</param>
    public void Validate(ParsedCommand result)
    {
        if (Token(result, _checkpointer) is { } engine and not ("fork" or "reexec" or "dmtcp"))
        {
            result.AddError($"'{engine}' is no checkpointer; there are fork, reexec and dmtcp.");
        }

        if (Token(result, _schedule) is { } schedule && schedule != "fifo" && Seed(schedule) is null)
        {
            result.AddError($"'{schedule}' is no schedule; give fifo, or random: and a number, for example random:1.");
        }

        if (Token(result, _follow) is { } follow && !FollowedChild.TryParse(follow, out _))
        {
            result.AddError(FollowedChild.Refusal(follow) + ".");
        }

        RequireSeconds(result, _interval, LeastInterval);
    }

    /// <summary>Adds an error unless an option's value is a time of at most a day.</summary>
    /// <param name="result">The parsed line.</param>
    /// <param name="option">In seconds.</param>
    /// <param name="least">The least value allowed, seconds.</param>
    public static void RequireSeconds(ParsedCommand result, Option option, double least)
    {
        if (Token(result, option) is { } text && !(double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds >= least && seconds <= Day))
        {
            result.AddError($"'{text}' is no {option.Name[2..]}; give seconds, from {least.ToString(CultureInfo.InvariantCulture)}.");
        }
    }

    /// <summary>Finds the text given to an option.</summary>
    /// <param name="result">The parsed line.</param>
    /// <param name="option">Which option.</param>
    /// <returns>The first one; null when there is none.</returns>
    public static string? Token(ParsedCommand result, Option option) => result.GetResult(option) is { Tokens: [{ } token, ..] } ? token.Value : null;

    private static ulong? Seed(string schedule) =>
        schedule.StartsWith("random:", StringComparison.Ordinal) && ulong.TryParse(schedule.AsSpan(7), NumberStyles.None, CultureInfo.InvariantCulture, out var seed) ? seed : null;

    /// <summary>Gets the Python that was asked for.</summary>
    /// <param name="result">The parsed line.</param>
    /// <returns>Null for none.</returns>
    public string? Python(ParseResult result) => result.GetValue(_python);

    /// <summary>Gets the gdb that was asked for.</summary>
    /// <param name="result">The parsed line.</param>
    /// <returns>Null for none.</returns>
    public string? Gdb(ParseResult result) => result.GetValue(_gdb);

    /// <summary>Adds what the options say to a program.</summary>
    /// <param name="result">The parsed line.</param>
    /// <param name="program">The program; its Python stays, and its gdb.</param>
    /// <returns>The program and how it is recorded.</returns>
    public PythonArguments Apply(ParseResult result, PythonArguments program) => program with
    {
        Checkpointer = result.GetValue(_checkpointer) ?? "fork",
        Interval = result.GetValue(_interval) is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        Output = result.GetValue(_output),
        TraceLibrary = python ? result.GetValue(_library) ?? [] : [],
        NativeHead = !native || result.GetValue(_head) == "native",
        RandomSchedule = Seed(result.GetValue(_schedule) ?? string.Empty),
        FollowChild = FollowedChild.TryParse(result.GetValue(_follow), out var child) ? child : null,
    };
}
