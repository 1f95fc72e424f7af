using Spectre.Console;

namespace Fred.Cli;

/// <summary>What command handlers work with.</summary>
/// <param name="Session">The sitting.</param>
/// <param name="Console">Where a command prints; with --jsonl a buffer.</param>
/// <param name="Sources">Source lines for listings.</param>
internal sealed record ReplContext(DebugSession Session, IAnsiConsole Console, SourceCache Sources)
{
    /// <summary>Gets what is debugged, in a line for people.</summary>
    public string Program { get; init; } = string.Empty;

    /// <summary>Gets where sessions are saved; null for nowhere.</summary>
    public SessionStore? Store { get; init; }

    /// <summary>Gets the clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Gets the lines that were given to a breakpoint.</summary>
    public BreakpointCommands BreakpointCommands { get; } = new();

    /// <summary>Gets lines that run before the next line of the input (from <c>source FILE</c>), first one first.</summary>
    public Queue<string> Injected { get; } = new();

    /// <summary>Gets or sets the frame that up and down have selected, 0 for the innermost.</summary>
    public int SelectedFrame { get; set; }

    /// <summary>Gets or sets the number of the thread whose frame that is, 0 for the one that stopped.</summary>
    public int SelectedThread { get; set; }

    /// <summary>Prints text as it is: no markup, no wrapping, a newline at the end unless there is one.</summary>
    /// <param name="text">Any text; nothing happens for the empty one.</param>
    public void Print(string text)
    {
        if (text.Length > 0)
        {
            Console.Write(new Verbatim(text.EndsWith('\n') ? text : text + "\n"));
        }
    }
}
