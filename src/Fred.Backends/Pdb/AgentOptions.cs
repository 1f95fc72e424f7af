using System.Text.Json.Serialization;

namespace Fred.Backends;

/// <summary>What the Python agent is told on its command line: docs/agent-protocol.md, section 2.2.</summary>
internal sealed record AgentOptions
{
    [JsonPropertyName("program")]
    public string? Program { get; init; }

    [JsonPropertyName("module")]
    public string? Module { get; init; }

    [JsonPropertyName("args")]
    public IReadOnlyList<string> Arguments { get; init; } = [];

    [JsonPropertyName("trace_library")]
    public IReadOnlyList<string> TraceLibrary { get; init; } = [];

    [JsonPropertyName("eager_switching")]
    public bool EagerSwitching { get; init; }

    [JsonPropertyName("start_error")]
    public string? StartError { get; init; }
}

/// <summary>Why the agent could not start the program.</summary>
/// <param name="Error">not-found, syntax or other.</param>
/// <param name="Message">In Python's words.</param>
/// <param name="File">Where; null when that does not apply.</param>
/// <param name="Line">1-based; 0 when that does not apply.</param>
internal sealed record StartError(
    [property: JsonPropertyName("error")] string Error,
    [property: JsonPropertyName("message")] string Message,
    [property: JsonPropertyName("file")] string? File,
    [property: JsonPropertyName("line")] int? Line);
