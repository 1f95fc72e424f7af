using Spectre.Console;

namespace Fred.Cli;

/// <summary>How a sitting is shown: on a console, or as JSON lines.</summary>
internal interface IReplView
{
    /// <summary>Gets where commands print.</summary>
    IAnsiConsole Console { get; }

    /// <summary>Shows what a line-by-line input looks like: the prompt, then the line.</summary>
    /// <param name="text">Prompt, or line with its newline.</param>
    void Echo(string text);

    /// <summary>Shows where the sitting stands.</summary>
    /// <param name="sources">For the statement's text.</param>
    /// <param name="stop">Where and why.</param>
    /// <param name="position">Where in time.</param>
    void ShowStop(SourceCache sources, StopEvent stop, Position position);

    /// <summary>Shows how far a search is.</summary>
    /// <param name="progress">The state of the search; null when it is over.</param>
    void ShowProgress(SessionEvent.Progress? progress);

    /// <summary>Ends a command.</summary>
    /// <param name="outcome">What it came to.</param>
    void Complete(CommandOutcome outcome);
}
