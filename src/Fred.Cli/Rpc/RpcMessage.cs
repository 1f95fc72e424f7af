using System.Text.Json;

namespace Fred.Cli;

/// <summary>One request or notification of JSON-RPC 2.0.</summary>
/// <param name="Id">The client's number or text for it; null for a notification.</param>
/// <param name="Method">What to do.</param>
/// <param name="Params">With what; undefined for nothing.</param>
internal sealed record RpcRequest(JsonElement? Id, string Method, JsonElement Params)
{
    /// <summary>Reads one.</summary>
    /// <param name="json">A member of a batch, or the whole message.</param>
    /// <returns>The request.</returns>
    /// <exception cref="RpcException">It is none.</exception>
    public static RpcRequest Read(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object
            || !(json.TryGetProperty("jsonrpc", out var version) && version.ValueKind == JsonValueKind.String && version.GetString() == "2.0")
            || !(json.TryGetProperty("method", out var method) && method.ValueKind == JsonValueKind.String))
        {
            throw new RpcException(RpcException.InvalidRequest, ErrorId.Usage, "This is no request of JSON-RPC 2.0: an object with \"jsonrpc\": \"2.0\", a \"method\" and, for an answer, an \"id\".");
        }

        JsonElement? id = json.TryGetProperty("id", out var given) && given.ValueKind is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.Null ? given : null;
        return new RpcRequest(id, method.GetString()!, json.TryGetProperty("params", out var parameters) ? parameters : default);
    }

    /// <summary>Reads a member of the parameters.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>Null when there is none.</returns>
    public JsonElement? Member(string name) =>
        Params.ValueKind == JsonValueKind.Object && Params.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>Reads a text.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="RpcException">It is no text.</exception>
    public string? Text(string name) => Member(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        _ => throw Invalid($"\"{name}\" must be a text."),
    };

    /// <summary>Reads a whole number.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="RpcException">It is none.</exception>
    public int? Number(string name) => Member(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } number when number.TryGetInt32(out var value) => value,
        _ => throw Invalid($"\"{name}\" must be a whole number."),
    };

    /// <summary>Reads a list of texts.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>Empty when there is none.</returns>
    /// <exception cref="RpcException">It is none.</exception>
    public IReadOnlyList<string> Texts(string name) => Member(name) switch
    {
        null => [],
        { ValueKind: JsonValueKind.Array } list when list.EnumerateArray().All(e => e.ValueKind == JsonValueKind.String) => [.. list.EnumerateArray().Select(e => e.GetString()!)],
        _ => throw Invalid($"\"{name}\" must be a list of texts."),
    };

    /// <summary>Complains about the parameters.</summary>
    /// <param name="text">What is wrong.</param>
    /// <returns>The exception to throw.</returns>
    public RpcException Invalid(string text) => new(RpcException.InvalidParams, ErrorId.Usage, $"{Method}: {text}");
}

/// <summary>A request that is answered by an error.</summary>
internal sealed class RpcException : Exception
{
    /// <summary>The line is no JSON.</summary>
    public const int ParseError = -32700;

    /// <summary>It is JSON, but no request.</summary>
    public const int InvalidRequest = -32600;

    /// <summary>There is no such method.</summary>
    public const int MethodNotFound = -32601;

    /// <summary>The parameters make no sense.</summary>
    public const int InvalidParams = -32602;

    /// <summary>Something in fred itself is wrong.</summary>
    public const int InternalError = -32603;

    /// <summary>The request makes sense, but could not be carried out; the id says why.</summary>
    public const int Refused = -32000;

    /// <summary>Something else has to come first: initialize, launch.</summary>
    public const int NotYet = -32001;

    /// <summary>Client and server have no version of this protocol in common.</summary>
    public const int NoCommonVersion = -32002;

    /// <summary>Initializes a new instance of the <see cref="RpcException"/> class.</summary>
    /// <param name="code">One of the constants.</param>
    /// <param name="id">Its paragraph in docs/messages.md.</param>
    /// <param name="message">What is wrong, and what to do.</param>
    public RpcException(int code, ErrorId id, string message)
        : base(message)
    {
        (Code, Id) = (code, id);
    }

    /// <summary>Gets the code.</summary>
    public int Code { get; }

    /// <summary>Gets which error it is.</summary>
    public ErrorId Id { get; }

    /// <summary>Gets the outcome of a command that failed; null for other errors.</summary>
    public CommandOutcome? Outcome { get; init; }

    /// <summary>Gets what the command printed before it failed.</summary>
    public string Output { get; init; } = string.Empty;
}
