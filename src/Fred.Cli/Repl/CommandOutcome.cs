namespace Fred.Cli;

/// <summary>Everything a line of the input came to.</summary>
/// <param name="Command">The line; empty for the stop at the start.</param>
/// <param name="Stop">Where the sitting stands now; null when there is no sitting.</param>
/// <param name="Error">What went wrong; null for nothing.</param>
/// <param name="Watch">The report of a reverse watch.</param>
/// <param name="Quit">The sitting is over.</param>
internal sealed record CommandOutcome(string Command, StopEvent? Stop, CommandError? Error = null, WatchReport? Watch = null, bool Quit = false)
{
    /// <summary>Gets the answers of a question to the history.</summary>
    public HistoryAnswer? History { get; init; }
}

/// <summary>An error as shown to the user.</summary>
/// <param name="Id">Its name in docs/messages.md.</param>
/// <param name="Message">What happened, where, and what to do next.</param>
internal sealed record CommandError(ErrorId Id, string Message);
