using Spectre.Console;

namespace Fred.Cli;

/// <summary>Shows where the sitting stands, in pdb's form, and says in one line what is special about it.</summary>
internal static class StopView
{
    /// <summary>Prints the place: <c>&gt; file(line)function()</c> and the statement; on a terminal with its surroundings.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="sources">For the statement's text.</param>
    /// <param name="stop">Where.</param>
    /// <param name="position">Where in time.</param>
    public static void Print(IAnsiConsole console, SourceCache sources, StopEvent stop, Position position)
    {
        if (stop.Kind is EventKind.Call or EventKind.Return)
        {
            console.Write(new Verbatim($"--{stop.Kind}--\n", Theme.Dim));
        }

        var past = position.IsLive ? string.Empty : $"  [in the past: tick {position.At} of {position.Edge}]";
        if (stop.Location is { } location)
        {
            console.Write(new Verbatim($"> {location.File}({location.Line}){stop.Function}()", Theme.Place));
            console.Write(new Verbatim($"{ThreadOf(stop)}{past}\n", Theme.Past));
            PrintSource(console, sources, location);
        }
        else if (IsInLibrary(stop))
        {
            console.Write(new Verbatim(stop.Function is { } function ? $"> {function}(), which has no source" : "> code without source", Theme.Place));
            console.Write(new Verbatim($"{ThreadOf(stop)}{past}\n", Theme.Past));
        }
        else if (stop.At == Ticks.Zero)
        {
            console.Write(new Verbatim("> (before the first statement)", Theme.Place));
            console.Write(new Verbatim($"{past}\n", Theme.Past));
        }

        if (Explain(stop) is { } text)
        {
            console.Write(new Verbatim(text + "\n", stop.Reason == StopReason.Exception ? Theme.Error : Theme.Dim));
        }
    }

    /// <summary>Whether a native program stands in code without source.</summary>
    /// <param name="stop">Where.</param>
    /// <returns>False also at the program's end.</returns>
    public static bool IsInLibrary(StopEvent stop) => stop is { Location: null, Anchor: not 0, Reason: not StopReason.Exit } && stop.At > Ticks.Zero;

    /// <summary>What is special about a stop, and what to try next.</summary>
    /// <param name="stop">Where and why.</param>
    /// <returns>One line; null for stops that need none.</returns>
    public static string? Explain(StopEvent stop) => stop.Reason switch
    {
        StopReason.Breakpoint when stop.Breakpoints.Count > 0 => $"Breakpoint {string.Join(", ", stop.Breakpoints)}.",
        StopReason.Watch => $"{stop.Detail?.TrimEnd('.') ?? "A watched value has changed"}.",
        StopReason.Step => stop.Detail,
        StopReason.Exception => With("Uncaught exception", stop.Detail, ". The program is kept as it was: rs steps back, rw EXPR finds the statement that broke EXPR."),
        StopReason.Signal => With("Stopped by a signal", stop.Detail, ". rs steps back."),
        StopReason.Exit => $"The program has ended with status {stop.ExitCode ?? 0}. rs steps back into it, rc goes back to the last breakpoint, q quits.",
        StopReason.StartOfHistory => "This is the beginning of the history: nothing happened before. n and c go forward.",
        StopReason.EndOfHistory when stop.Kind is EventKind.End || stop.Detail is not null => With("This is the end of the history", stop.Detail, ". rs steps back."),
        StopReason.EndOfHistory => "This is the live edge: the program has come this far. n and c let it go on, rs steps back.",
        StopReason.Deadlock => "Deadlock: every thread waits for another one, and nothing is left that could wake them. `info threads` and `thread N` show where; rs steps back.",
        StopReason.Pause => "Paused. c goes on, rs steps back.",
        StopReason.Transition => "The next statement makes the expression false; n runs it.",
        _ => null,
    };

    private static string ThreadOf(StopEvent stop) => stop.ThreadsStarted > 1 ? $"  [thread {stop.Thread}]" : string.Empty;

    private static void PrintSource(IAnsiConsole console, SourceCache sources, SourceLocation location)
    {
        if (sources.Text(location) is not { } current)
        {
            return;
        }

        if (!console.Profile.Capabilities.Ansi || !console.Profile.Capabilities.Interactive)
        {
            console.Write(new Verbatim($"-> {current}\n"));
            return;
        }

        SourceView.Print(console, sources, location);
    }

    private static string With(string what, string? detail, string end) => string.IsNullOrEmpty(detail) ? what + end : $"{what}: {detail.TrimEnd('.')}{end}";
}
