using System.Text.Json.Serialization;

namespace Fred.Dap;

internal sealed record StackTraceArguments
{
    public int? ThreadId { get; init; }

    public int? StartFrame { get; init; }

    public int? Levels { get; init; }
}

internal sealed record StackTraceBody(IReadOnlyList<DapStackFrame> StackFrames, int TotalFrames);

internal sealed record DapStackFrame(int Id, string Name, DapSource? Source, int Line, int Column, string? PresentationHint, bool CanRestart)
{
    public string? InstructionPointerReference { get; init; }
}

/// <summary>A source file. A pseudo file (such as &lt;string&gt;) has a name only.</summary>
internal sealed record DapSource
{
    public string? Name { get; init; }

    public string? Path { get; init; }

    public int? SourceReference { get; init; }

    public string? PresentationHint { get; init; }
}

internal sealed record ScopesBody(IReadOnlyList<DapScope> Scopes);

internal sealed record DapScope(string Name, string? PresentationHint, int VariablesReference, bool Expensive);

internal sealed record VariablesArguments
{
    public int? VariablesReference { get; init; }

    public string? Filter { get; init; }

    public int? Start { get; init; }

    public int? Count { get; init; }
}

internal sealed record VariablesBody(IReadOnlyList<DapVariable> Variables);

internal sealed record DapVariable(string Name, string Value, string? Type, int VariablesReference, int? NamedVariables, int? IndexedVariables, string? EvaluateName)
{
    public string? MemoryReference { get; init; }
}

internal sealed record SetVariableArguments
{
    public int? VariablesReference { get; init; }

    public string? Name { get; init; }

    public string? Value { get; init; }
}

internal sealed record SetExpressionArguments
{
    public string? Expression { get; init; }

    public string? Value { get; init; }

    public int? FrameId { get; init; }
}

internal sealed record SetValueBody(string Value, string? Type, int VariablesReference);

internal sealed record EvaluateArguments
{
    public string? Expression { get; init; }

    public int? FrameId { get; init; }

    public string? Context { get; init; }
}

internal sealed record EvaluateBody(string Result, string? Type, int VariablesReference)
{
    public string? MemoryReference { get; init; }
}

internal sealed record CompletionsArguments
{
    public int? FrameId { get; init; }

    public string? Text { get; init; }

    public int? Column { get; init; }

    public int? Line { get; init; }
}

internal sealed record CompletionsBody(IReadOnlyList<CompletionItem> Targets);

internal sealed record CompletionItem(string Label, int Start, int Length);

internal sealed record SourceArguments
{
    public DapSource? Source { get; init; }

    public int? SourceReference { get; init; }
}

internal sealed record SourceBody(string Content);

internal sealed record LoadedSourcesBody(IReadOnlyList<DapSource> Sources);

internal sealed record ModulesArguments
{
    public int? StartModule { get; init; }

    public int? ModuleCount { get; init; }
}

internal sealed record ModulesBody(IReadOnlyList<DapModule> Modules, int TotalModules);

internal sealed record DapModule(string Id, string Name, string? Path, [property: JsonPropertyName("isUserCode")] bool IsUserCode);
