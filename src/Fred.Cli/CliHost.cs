using Fred.Backends;
using Spectre.Console;

namespace Fred.Cli;

/// <summary>What the command line needs from the world around it; tests give it another.</summary>
internal sealed record CliHost
{
    /// <summary>Gets what makes the backend for a Python program.</summary>
    public required Func<PythonArguments, IBackend> MakeBackend { get; init; }

    /// <summary>Gets what examines the machine for a Python (null: the one on the path).</summary>
    public required Func<string?, CancellationToken, Task<IReadOnlyList<DoctorCheck>>> Examine { get; init; }

    /// <summary>Gets standard input, unbuffered.</summary>
    public required Stream Input { get; init; }

    /// <summary>Gets standard output.</summary>
    public required Stream Output { get; init; }

    /// <summary>Gets the console on standard output.</summary>
    public required IAnsiConsole Console { get; init; }

    /// <summary>Gets the console on standard error.</summary>
    public required IAnsiConsole Error { get; init; }

    /// <summary>Gets a value indicating whether a person types at a terminal and sees the output there.</summary>
    public bool IsTerminal { get; init; }

    /// <summary>Gets where typed lines are kept; null for nowhere.</summary>
    public string? HistoryPath { get; init; }

    /// <summary>Gets the directory of the saved sessions; null for none.</summary>
    public string? SessionsPath { get; init; }

    /// <summary>Gets the saved sessions; null where there is no place for them.</summary>
    public SessionStore? Sessions => SessionsPath is { } path ? new SessionStore(path) : null;

    /// <summary>Gets the words that start fred again from the same shell.</summary>
    public IReadOnlyList<string> FredCommand { get; init; } = ["fred"];

    /// <summary>Gets the clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Makes the host of a real process.</summary>
    /// <returns>Standard input, output and error; the real backends.</returns>
    public static CliHost ForProcess()
    {
        var output = System.Console.OpenStandardOutput();
        return new CliHost
        {
            MakeBackend = Composition.MakeBackend,
            Examine = (python, ct) => Doctor.CheckAsync(python, TimeProvider.System, ct),
            Input = new StandardInput(),
            Output = output,
            Console = MakeConsole(output, !System.Console.IsOutputRedirected),
            Error = MakeConsole(System.Console.OpenStandardError(), !System.Console.IsErrorRedirected),
            IsTerminal = !System.Console.IsInputRedirected && !System.Console.IsOutputRedirected,
            FredCommand = [Environment.GetEnvironmentVariable("FRED_COMMAND") is { Length: > 0 } command ? command : Environment.ProcessPath ?? "fred"],
            HistoryPath = HistoryFile.DefaultPath(),
            SessionsPath = SessionStore.DefaultPath(),
        };
    }

    private static IAnsiConsole MakeConsole(Stream stream, bool isTerminal)
    {
        var capable = isTerminal && Environment.GetEnvironmentVariable("TERM") is { Length: > 0 } and not "dumb";
        var colours = capable && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        return AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = capable ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = colours ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = capable ? InteractionSupport.Yes : InteractionSupport.No,
            Out = new AnsiConsoleOutput(new StreamWriter(stream, new System.Text.UTF8Encoding(false)) { AutoFlush = true }),
        });
    }
}
