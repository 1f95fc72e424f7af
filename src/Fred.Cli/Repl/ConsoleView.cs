using System.Globalization;
using Spectre.Console;

namespace Fred.Cli;

/// <summary>Shows a sitting to a person (or, without colours, to a pipe).</summary>
/// <param name="console">Standard output.</param>
internal sealed class ConsoleView(IAnsiConsole console) : IReplView
{
    private bool _progressShown;

    /// <inheritdoc/>
    public IAnsiConsole Console => console;

    private bool IsTerminal => console.Profile.Capabilities.Ansi && console.Profile.Capabilities.Interactive;

    /// <inheritdoc/>
    public void Echo(string text) => console.Write(new Verbatim(text));

    /// <inheritdoc/>
    public void ShowStop(SourceCache sources, StopEvent stop, Position position)
    {
        if (stop.Reason == StopReason.Pause && IsTerminal)
        {
            // The terminal has echoed ^C and left the cursor behind it.
            console.Write(new Verbatim("\n"));
        }

        StopView.Print(console, sources, stop, position);
    }

    /// <inheritdoc/>
    public void ShowProgress(SessionEvent.Progress? progress)
    {
        if (!IsTerminal || (progress is null && !_progressShown))
        {
            return;
        }

        _progressShown = progress is not null;
        console.Write(new ControlCode("\r\u001b[K"));
        if (progress is not null)
        {
            var rest = progress.Remaining is { } time ? string.Create(CultureInfo.InvariantCulture, $", about {Math.Max(1, time.TotalSeconds):0} s left") : string.Empty;
            console.Write(new Verbatim(string.Create(CultureInfo.InvariantCulture, $"{progress.Title} {progress.Fraction:0%}{rest} (Ctrl-C stops)"), Theme.Dim));
        }
    }

    /// <inheritdoc/>
    public void Complete(CommandOutcome outcome)
    {
        if (outcome.Error is { } error)
        {
            console.Write(new Verbatim($"*** {error.Message} [{error.Id}]\n", error.Id == ErrorId.Cancelled ? Theme.Dim : Theme.Error));
        }
    }
}
