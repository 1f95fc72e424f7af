using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fred.Backends;

/// <summary>A question to an inspector: docs/agent-protocol.md, section 3. Members that do not belong to the operation stay null.</summary>
internal sealed record InspectorRequest(long Id, string Op)
{
    public int? Start { get; init; }

    public int? Count { get; init; }

    public string? Expr { get; init; }

    public int? Frame { get; init; }

    public int? Thread { get; init; }

    public string? Activation { get; init; }

    public string? Scope { get; init; }

    public int? Ref { get; init; }

    public string? Filter { get; init; }

    public string? Text { get; init; }

    public int? Column { get; init; }

    public string? Line { get; init; }

    public string? State { get; init; }

    public string? File { get; init; }

    public InspectorSpan? Span { get; init; }
}

/// <summary>An inspector's answer. Which members are there depends on the operation.</summary>
internal sealed record InspectorReply
{
    public long Id { get; init; }

    public bool Ok { get; init; }

    /// <summary>Gets an object with type and message when the operation failed; for eval a text.</summary>
    public JsonElement Error { get; init; }

    public InspectorFrame[] Frames { get; init; } = [];

    public int Total { get; init; }

    public string? Fingerprint { get; init; }

    public string? State { get; init; }

    public string? Value { get; init; }

    public string? Type { get; init; }

    public int Ref { get; init; }

    public InspectorVariable[] Variables { get; init; } = [];

    public string[] Matches { get; init; } = [];

    public int[] Lines { get; init; } = [];

    public InspectorTarget[] Targets { get; init; } = [];

    public string? Activation { get; init; }

    public bool Inside { get; init; }

    public InspectorException? Exception { get; init; }

    public string? Output { get; init; }

    public string? Quiet { get; init; }

    public int? Frame { get; init; }

    public int? Thread { get; init; }

    public InspectorThread[] Threads { get; init; } = [];

    public InspectorAction? Action { get; init; }

    public InspectorBreakpoint[]? Breakpoints { get; init; }
}

/// <summary>A frame.</summary>
internal sealed record InspectorFrame(int Index, string? File, int Line, string? Function, bool User, string? Activation)
{
    public string? Qualified { get; init; }

    public int? Depth { get; init; }
}

/// <summary>An exception that is met at the stop; the answer to `stop` has its type and message only.</summary>
internal sealed record InspectorException(string Type, string Message)
{
    public string? Role { get; init; }

    public string[] Names { get; init; } = [];

    public InspectorFrame[] Frames { get; init; } = [];

    public InspectorPlace? Origin { get; init; }
}

/// <summary>A place in the source.</summary>
internal sealed record InspectorPlace(string File, int Line);

/// <summary>A part of a source file; columns are 0-based, in UTF-8 bytes.</summary>
internal sealed record InspectorSpan(int Line, int Column, int EndLine, int EndColumn);

/// <summary>A call in the next statement.</summary>
internal sealed record InspectorTarget(string Label, int Column, InspectorSpan Span);

/// <summary>A named value.</summary>
internal sealed record InspectorVariable(string Name, string Value, string? Type, int Ref, int Named, int Indexed, string? EvaluateName);

/// <summary>What a pdb command asks the session to do.</summary>
internal sealed record InspectorAction(string Kind)
{
    public int Depth { get; init; }

    public int Line { get; init; }

    public JsonElement Ret { get; init; }

    public string? Source { get; init; }

    public int Frame { get; init; }

    public int Thread { get; init; }
}

/// <summary>A thread.</summary>
internal sealed record InspectorThread(int Number, string Name, bool Current, bool Daemon, InspectorFrame? Frame);

/// <summary>A row of pdb's breakpoint table.</summary>
internal sealed record InspectorBreakpoint(int Number, string File, int Line)
{
    public bool Temporary { get; init; }

    public bool Enabled { get; init; } = true;

    public string? Condition { get; init; }

    public int Ignore { get; init; }

    public int Hits { get; init; }

    public string? Function { get; init; }
}

/// <summary>Source-generated serializers: no reflection at start-up.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(InspectorRequest))]
[JsonSerializable(typeof(InspectorReply))]
[JsonSerializable(typeof(AgentOptions))]
[JsonSerializable(typeof(StartError))]
internal sealed partial class AgentJson : JsonSerializerContext;
