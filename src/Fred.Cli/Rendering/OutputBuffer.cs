using Spectre.Console;

namespace Fred.Cli;

/// <summary>A console whose text is taken away after each command, to become a member of a JSON object.</summary>
internal sealed class OutputBuffer : IDisposable
{
    private readonly StringWriter _buffer = new();

    /// <summary>Initializes a new instance of the <see cref="OutputBuffer"/> class.</summary>
    public OutputBuffer() => Console = AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = AnsiSupport.No,
        ColorSystem = ColorSystemSupport.NoColors,
        Interactive = InteractionSupport.No,
        Out = new AnsiConsoleOutput(_buffer),
    });

    /// <summary>Gets the console.</summary>
    public IAnsiConsole Console { get; }

    /// <summary>Prints of a stop what its object does not say.</summary>
    /// <param name="stop">The stop.</param>
    public void Explain(StopEvent stop)
    {
        if (stop.Reason is not StopReason.Breakpoint && StopView.Explain(stop) is { } text)
        {
            Console.Write(new Verbatim(text + "\n"));
        }
    }

    /// <summary>Takes the text.</summary>
    /// <returns>Everything printed since it was taken last.</returns>
    public string Take()
    {
        var text = _buffer.ToString();
        _buffer.GetStringBuilder().Clear();
        return text;
    }

    /// <inheritdoc/>
    public void Dispose() => _buffer.Dispose();
}
