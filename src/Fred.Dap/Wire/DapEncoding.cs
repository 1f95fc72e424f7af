using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Fred.Dap;

/// <summary>Between bytes and messages. Reading never throws: whatever a client sends becomes a message, if only a <see cref="DapInvalid"/>.</summary>
internal static class DapEncoding
{
    // Nothing of this ends in a web page; quotes and umlauts stay readable in logs.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads a message.</summary>
    /// <param name="body">UTF-8 JSON, or what the client thinks is.</param>
    /// <returns>The message; its JSON does not refer to <paramref name="body"/>.</returns>
    public static DapMessage Decode(ReadOnlyMemory<byte> body)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            return Decode(document.RootElement);
        }
        catch (JsonException error)
        {
            return new DapInvalid(null, null, $"A message that is no JSON (at byte {error.BytePositionInLine ?? 0}).");
        }
        catch (InvalidOperationException)
        {
            return new DapInvalid(null, null, "A message with text that is no UTF-8.");
        }
    }

    /// <summary>Writes a response.</summary>
    public static byte[] EncodeResponse(int seq, DapRequest request, DapResult result) => Encode(writer =>
    {
        writer.WriteNumber("seq", seq);
        writer.WriteString("type", "response");
        writer.WriteNumber("request_seq", request.Seq);
        writer.WriteBoolean("success", result.Success);
        writer.WriteString("command", request.Command);
        if (result.Message is not null)
        {
            writer.WriteString("message", result.Message);
        }
        WriteObject(writer, "body", result.Body);
    });

    /// <summary>Writes an event.</summary>
    public static byte[] EncodeEvent(int seq, string name, object? body) => Encode(writer =>
    {
        writer.WriteNumber("seq", seq);
        writer.WriteString("type", "event");
        writer.WriteString("event", name);
        WriteObject(writer, "body", body);
    });

    /// <summary>Writes a request to the client.</summary>
    public static byte[] EncodeRequest(int seq, string command, object arguments) => Encode(writer =>
    {
        writer.WriteNumber("seq", seq);
        writer.WriteString("type", "request");
        writer.WriteString("command", command);
        WriteObject(writer, "arguments", arguments);
    });

    private static byte[] Encode(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteObject(Utf8JsonWriter writer, string name, object? value)
    {
        if (value is not null)
        {
            writer.WritePropertyName(name);
            JsonSerializer.Serialize(writer, value, value.GetType(), DapJson.Default);
        }
    }

    private static DapMessage Decode(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            return new DapInvalid(null, null, "A message that is no JSON object.");
        }
        int? seq = ReadInt(root, "seq");
        string? command = ReadString(root, "command");
        return ReadString(root, "type") switch
        {
            "request" when seq is null => new DapInvalid(null, command, "A request without a whole number as 'seq'."),
            "request" when command is null => new DapInvalid(seq, null, "A request without a 'command'."),
            "request" => DecodeRequest(root, seq.Value, command),
            "response" when ReadInt(root, "request_seq") is { } answered => new DapClientResponse(answered, IsTrue(root, "success"), ReadString(root, "message")),
            "response" => new DapInvalid(null, command, "A response without 'request_seq'."),
            "event" => new DapInvalid(null, null, "An event: clients send requests and responses only."),
            _ => new DapInvalid(command is null ? null : seq, command, "A message whose 'type' is not 'request' or 'response'."),
        };
    }

    private static DapMessage DecodeRequest(JsonElement root, int seq, string command)
    {
        if (!root.TryGetProperty("arguments", out JsonElement arguments) || arguments.ValueKind == JsonValueKind.Null)
        {
            return new DapRequest(seq, command, default);
        }
        return arguments.ValueKind == JsonValueKind.Object
            ? new DapRequest(seq, command, arguments.Clone())
            : new DapInvalid(seq, command, $"The arguments of '{command}' are no object.");
    }

    private static int? ReadInt(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) ? number : null;

    private static string? ReadString(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static bool IsTrue(JsonElement root, string name) => root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.True;
}
