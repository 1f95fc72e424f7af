using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Fred.Cli;

/// <summary>Answers from the history as JSON lines, written as they come.</summary>
/// <remarks>Rows that come fast are written some at a time, see <see cref="HistoryTable"/>. Disposing writes what is left and closes the stream.</remarks>
/// <param name="output">Where to.</param>
/// <param name="sources">For the text of statements.</param>
/// <param name="time">The clock.</param>
internal sealed class HistoryJsonLines(Stream output, SourceCache sources, TimeProvider time) : IDisposable
{
    private readonly ArrayBufferWriter<byte> _waiting = new(HistoryTable.Most);
    private readonly Utf8JsonWriter _json = new(Stream.Null, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    private long _written = time.GetTimestamp();

    /// <summary>Writes a row as a line of its own.</summary>
    /// <param name="row">The row.</param>
    public void Write(HistoryRow row) => WriteLine(() => _json.WriteRow(row, sources));

    /// <summary>Writes an error as a line of its own.</summary>
    /// <param name="error">The error.</param>
    public void Write(FredException error) => WriteLine(() =>
    {
        _json.WriteStartObject();
        _json.WriteError(new CommandError(error.Id, error.Message));
        _json.WriteEndObject();
    });

    /// <inheritdoc/>
    public void Dispose()
    {
        Flush();
        _json.Dispose();
        output.Dispose();
    }

    private void WriteLine(Action write)
    {
        _json.Reset(_waiting);
        write();
        _json.Flush();
        _waiting.Write("\n"u8);
        if (_waiting.WrittenCount > HistoryTable.Most || time.GetElapsedTime(_written) > HistoryTable.Wait)
        {
            Flush();
        }
    }

    private void Flush()
    {
        output.Write(_waiting.WrittenSpan);
        output.Flush();
        _waiting.ResetWrittenCount();
        _written = time.GetTimestamp();
    }
}
