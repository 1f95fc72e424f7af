using System.Text.Encodings.Web;
using System.Text.Json;

namespace Fred.Cli;

/// <summary>Writes messages of JSON-RPC 2.0, one a line. Thread-safe.</summary>
/// <param name="output">Where to; flushed after each.</param>
internal sealed class RpcWriter(Stream output)
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly Lock _lock = new();

    /// <summary>Makes a response.</summary>
    /// <param name="id">The request's; null when it is not known.</param>
    /// <param name="result">Writes the value of the result.</param>
    /// <returns>The message.</returns>
    public static byte[] Response(JsonElement? id, Action<Utf8JsonWriter> result) => Message(id, json =>
    {
        json.WritePropertyName("result");
        result(json);
    });

    /// <summary>Makes an error response.</summary>
    /// <param name="id">The request's; null when it is not known.</param>
    /// <param name="error">The error.</param>
    /// <returns>The message.</returns>
    public static byte[] Response(JsonElement? id, RpcException error) => Message(id, json =>
    {
        json.WriteStartObject("error");
        json.WriteNumber("code", error.Code);
        json.WriteString("message", error.Message);
        json.WriteStartObject("data");
        json.WriteString("id", error.Id.ToString());
        if (error.Outcome is { } outcome)
        {
            json.WriteStop(outcome.Stop);
            json.WriteString("output", error.Output);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    });

    /// <summary>Sends messages.</summary>
    /// <param name="messages">One, or those of a batch.</param>
    /// <param name="isBatch">Whether they are answered as a list.</param>
    public void Send(IReadOnlyList<byte[]> messages, bool isBatch)
    {
        if (messages.Count == 0)
        {
            return;
        }

        lock (_lock)
        {
            output.Write(isBatch ? "["u8 : ""u8);
            for (var i = 0; i < messages.Count; i++)
            {
                output.Write(i > 0 ? ","u8 : ""u8);
                output.Write(messages[i]);
            }

            output.Write(isBatch ? "]\n"u8 : "\n"u8);
            output.Flush();
        }
    }

    /// <summary>Sends a notification.</summary>
    /// <param name="method">Its name.</param>
    /// <param name="parameters">Writes the members of its parameters.</param>
    public void Notify(string method, Action<Utf8JsonWriter> parameters) => Send(
        [Write(json =>
        {
            json.WriteString("method", method);
            json.WriteStartObject("params");
            parameters(json);
            json.WriteEndObject();
        })],
        isBatch: false);

    private static byte[] Message(JsonElement? id, Action<Utf8JsonWriter> body) => Write(json =>
    {
        json.WritePropertyName("id");
        if (id is { } known)
        {
            known.WriteTo(json);
        }
        else
        {
            json.WriteNullValue();
        }

        body(json);
    });

    private static byte[] Write(Action<Utf8JsonWriter> members)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Options))
        {
            json.WriteStartObject();
            json.WriteString("jsonrpc", "2.0");
            members(json);
            json.WriteEndObject();
        }

        return stream.ToArray();
    }
}
