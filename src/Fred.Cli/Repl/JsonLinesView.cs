using System.Text.Encodings.Web;
using System.Text.Json;
using Spectre.Console;

namespace Fred.Cli;

/// <summary>Shows a sitting to a program: one JSON object a line for each command, nothing else. The format is part of the user contract.</summary>
/// <param name="output">Where the lines go; flushed after each; the caller disposes it.</param>
internal sealed class JsonLinesView(Stream output) : IReplView, IDisposable
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly OutputBuffer _buffer = new();
    private readonly SourceCache _sources = new();

    /// <inheritdoc/>
    public IAnsiConsole Console => _buffer.Console;

    /// <inheritdoc/>
    public void Echo(string text)
    {
    }

    /// <inheritdoc/>
    public void ShowStop(SourceCache sources, StopEvent stop, Position position) => _buffer.Explain(stop);

    /// <inheritdoc/>
    public void ShowProgress(SessionEvent.Progress? progress)
    {
    }

    /// <inheritdoc/>
    public void Complete(CommandOutcome outcome)
    {
        using (var json = new Utf8JsonWriter(output, Options))
        {
            json.WriteStartObject();
            json.WriteString("command", outcome.Command);
            json.WriteStop(outcome.Stop);
            json.WriteString("output", _buffer.Take());
            json.WriteError(outcome.Error);
            json.WriteFindings(outcome, _sources);
            json.WriteEndObject();
        }

        output.WriteByte((byte)'\n');
        output.Flush();
    }

    /// <inheritdoc/>
    public void Dispose() => _buffer.Dispose();
}
