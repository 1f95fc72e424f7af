namespace Fred.Dap;

internal sealed record MoveArguments
{
    public int? ThreadId { get; init; }

    public bool? SingleThread { get; init; }

    public string? Granularity { get; init; }

    public int? Count { get; init; }
}

internal sealed record StepInArguments
{
    public int? ThreadId { get; init; }

    public int? TargetId { get; init; }

    public int? Count { get; init; }
}

internal sealed record StepInTargetsBody(IReadOnlyList<StepInTarget> Targets);

internal sealed record StepInTarget(int Id, string Label, int Line, int Column);

internal sealed record FrameArguments
{
    public int? FrameId { get; init; }
}

internal sealed record ContinueBody(bool AllThreadsContinued);

internal sealed record ContinuedBody(int ThreadId, bool AllThreadsContinued);

/// <summary>A stop. <see cref="Fred"/> is Fred's own addition: where in time.</summary>
internal sealed record StoppedBody(string Reason, string Description, string? Text, int ThreadId, bool AllThreadsStopped, IReadOnlyList<int>? HitBreakpointIds, TimeBody Fred);

/// <summary>Where in time something is.</summary>
/// <param name="Branch">The branch's name.</param>
/// <param name="Tick">The tick.</param>
/// <param name="Edge">The live edge of that branch.</param>
/// <param name="Live">Whether tick is the edge.</param>
internal sealed record TimeBody(string Branch, long Tick, long Edge, bool Live);

internal sealed record ExitedBody(int ExitCode);

internal sealed record OutputBody(string Category, string Output, OutputTime? Data)
{
    public DapSource? Source { get; init; }

    public int? Line { get; init; }
}

/// <summary>When something was output.</summary>
internal sealed record OutputTime(long Tick);

internal sealed record ThreadsBody(IReadOnlyList<DapThread> Threads);

internal sealed record DapThread(int Id, string Name);

internal sealed record ProgressStartBody(string ProgressId, string Title, int? RequestId, bool Cancellable, double? Percentage);

internal sealed record ProgressUpdateBody(string ProgressId, string? Message, double? Percentage);

internal sealed record ProgressEndBody(string ProgressId, string? Message);

internal sealed record ExceptionInfoBody(string ExceptionId, string? Description, string BreakMode, ExceptionDetails Details);

internal sealed record ExceptionDetails(string? Message, string? TypeName, string? FullTypeName, string? StackTrace);

internal sealed record InvalidatedBody(IReadOnlyList<string> Areas);
