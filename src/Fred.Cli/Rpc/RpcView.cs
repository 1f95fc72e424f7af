using Spectre.Console;

namespace Fred.Cli;

/// <summary>Shows a sitting to a client of <c>fred rpc</c>: what is printed is kept for the response, progress is a notification.</summary>
/// <param name="writer">To the client.</param>
internal sealed class RpcView(RpcWriter writer) : IReplView, IDisposable
{
    private readonly OutputBuffer _buffer = new();

    /// <inheritdoc/>
    public IAnsiConsole Console => _buffer.Console;

    /// <summary>Gets the lines of source files.</summary>
    public SourceCache Sources { get; } = new();

    /// <inheritdoc/>
    public void Echo(string text)
    {
    }

    /// <inheritdoc/>
    public void ShowStop(SourceCache sources, StopEvent stop, Position position) => _buffer.Explain(stop);

    /// <inheritdoc/>
    public void ShowProgress(SessionEvent.Progress? progress)
    {
        if (progress is not null)
        {
            writer.Notify("progress", json =>
            {
                json.WriteString("title", progress.Title);
                json.WriteNumber("fraction", Math.Round(progress.Fraction, 3));
            });
        }
    }

    /// <inheritdoc/>
    public void Complete(CommandOutcome outcome)
    {
    }

    /// <summary>Takes what was printed.</summary>
    /// <returns>The text.</returns>
    public string TakeOutput() => _buffer.Take();

    /// <inheritdoc/>
    public void Dispose() => _buffer.Dispose();
}
