namespace Fred.Dap;

internal sealed record SetBreakpointsArguments
{
    public DapSource? Source { get; init; }

    public IReadOnlyList<SourceBreakpoint>? Breakpoints { get; init; }

    /// <summary>The old form, still sent by some clients.</summary>
    public IReadOnlyList<int>? Lines { get; init; }
}

internal sealed record SourceBreakpoint
{
    public int? Line { get; init; }

    public string? Condition { get; init; }

    public string? HitCondition { get; init; }

    public string? LogMessage { get; init; }
}

internal sealed record SetFunctionBreakpointsArguments
{
    public IReadOnlyList<FunctionBreakpoint>? Breakpoints { get; init; }
}

internal sealed record FunctionBreakpoint
{
    public string? Name { get; init; }

    public string? Condition { get; init; }

    public string? HitCondition { get; init; }
}

internal sealed record SetExceptionBreakpointsArguments
{
    public IReadOnlyList<string>? Filters { get; init; }

    public IReadOnlyList<ExceptionFilterOptions>? FilterOptions { get; init; }
}

internal sealed record ExceptionFilterOptions
{
    public string? FilterId { get; init; }

    public string? Condition { get; init; }
}

internal sealed record DataBreakpointInfoArguments
{
    public int? VariablesReference { get; init; }

    public string? Name { get; init; }

    public int? FrameId { get; init; }

    /// <summary>How many bytes from the address or variable on.</summary>
    public int? Bytes { get; init; }

    /// <summary>Whether the name is an address.</summary>
    public bool? AsAddress { get; init; }
}

internal sealed record DataBreakpointInfoBody(string? DataId, string Description, IReadOnlyList<string>? AccessTypes, bool? CanPersist);

internal sealed record SetDataBreakpointsArguments
{
    public IReadOnlyList<DataBreakpointArguments>? Breakpoints { get; init; }
}

internal sealed record DataBreakpointArguments
{
    public string? DataId { get; init; }

    public string? AccessType { get; init; }

    public string? Condition { get; init; }

    public string? HitCondition { get; init; }
}

internal sealed record BreakpointsBody(IReadOnlyList<DapBreakpoint> Breakpoints);

internal sealed record DapBreakpoint
{
    public int? Id { get; init; }

    public bool Verified { get; init; }

    public string? Message { get; init; }

    public DapSource? Source { get; init; }

    public int? Line { get; init; }

    public string? InstructionReference { get; init; }
}

internal sealed record BreakpointEventBody(string Reason, DapBreakpoint Breakpoint);

internal sealed record BreakpointLocationsArguments
{
    public DapSource? Source { get; init; }

    public int? Line { get; init; }

    public int? EndLine { get; init; }
}

internal sealed record BreakpointLocationsBody(IReadOnlyList<BreakpointLocation> Breakpoints);

internal sealed record BreakpointLocation(int Line);
