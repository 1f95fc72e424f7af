namespace Fred.Dap;

/// <summary>A breakpoint as the editor's user set it.</summary>
/// <param name="Id">Number shown to the user; also the session's number of it.</param>
/// <param name="Wanted">What was asked for.</param>
internal sealed record UserBreakpoint(int Id, WantedBreakpoint Wanted)
{
    /// <summary>Gets when it stops; null for at every hit.</summary>
    public HitCondition? Hit { get; init; }

    /// <summary>Gets what it prints instead of stopping; null to stop.</summary>
    public LogMessage? Log { get; init; }

    /// <summary>Gets its hits so far.</summary>
    public HitLog Hits { get; } = new();

    /// <summary>Gets or sets why it cannot stop; null when it can or when it is not known yet.</summary>
    public string? Problem { get; set; }

    /// <summary>Gets or sets what the session made of it; null while it has not taken it.</summary>
    public Breakpoint? Armed { get; set; }

    /// <summary>Makes what the client is told.</summary>
    public DapBreakpoint ToBody() => new()
    {
        Id = Id,
        Verified = Armed is not null,
        Message = Problem,
        Source = Wanted.Address is null && (Armed?.Location.File ?? Wanted.Path) is { } file ? SourceList.ToSource(file) : null,
        InstructionReference = Wanted.Address is { } address ? MachineHandlers.Text(address) : null,
        Line = Wanted.Address is not null ? null : Armed?.Location.Line ?? (Wanted.Line > 0 ? Wanted.Line : null),
    };
}

/// <summary>What was asked for; equal requests keep their breakpoint, its number and its hits.</summary>
/// <param name="Path">The file; null for a function.</param>
/// <param name="Line">1-based line; 0 for a function.</param>
/// <param name="Function">The function; null for a line.</param>
/// <param name="Condition">An expression that must hold; null for none.</param>
/// <param name="HitCondition">As written; null for none.</param>
/// <param name="LogMessage">As written; null for none.</param>
internal sealed record WantedBreakpoint(string? Path, int Line, string? Function, string? Condition, string? HitCondition, string? LogMessage)
{
    /// <summary>Gets the instruction; null for a line or a function.</summary>
    public ulong? Address { get; init; }
}
