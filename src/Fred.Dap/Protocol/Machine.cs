namespace Fred.Dap;

internal sealed record ReadMemoryArguments
{
    public string? MemoryReference { get; init; }

    public long? Offset { get; init; }

    public int? Count { get; init; }
}

/// <summary>Memory. <see cref="Data"/> is in base64; what could not be read follows it.</summary>
internal sealed record ReadMemoryBody(string Address, int? UnreadableBytes, string? Data);

internal sealed record WriteMemoryArguments
{
    public string? MemoryReference { get; init; }

    public long? Offset { get; init; }

    public bool? AllowPartial { get; init; }

    public string? Data { get; init; }
}

internal sealed record WriteMemoryBody(int BytesWritten);

internal sealed record MemoryEventBody(string MemoryReference, long Offset, int Count);

internal sealed record DisassembleArguments
{
    public string? MemoryReference { get; init; }

    public long? Offset { get; init; }

    public int? InstructionOffset { get; init; }

    public int? InstructionCount { get; init; }

    public bool? ResolveSymbols { get; init; }
}

internal sealed record DisassembleBody(IReadOnlyList<DisassembledInstruction> Instructions);

internal sealed record DisassembledInstruction(string Address, string Instruction)
{
    public string? InstructionBytes { get; init; }

    public string? Symbol { get; init; }

    public DapSource? Location { get; init; }

    public int? Line { get; init; }

    public string? PresentationHint { get; init; }
}

internal sealed record SetInstructionBreakpointsArguments
{
    public IReadOnlyList<InstructionBreakpoint>? Breakpoints { get; init; }
}

internal sealed record InstructionBreakpoint
{
    public string? InstructionReference { get; init; }

    public long? Offset { get; init; }

    public string? Condition { get; init; }

    public string? HitCondition { get; init; }
}
