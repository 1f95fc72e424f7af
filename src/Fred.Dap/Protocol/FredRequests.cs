namespace Fred.Dap;

// Fred's own requests, described for client authors in docs/dap.md. Names and members are a contract with the editor extension.
internal sealed record ReverseWatchArguments
{
    public string? Expression { get; init; }

    /// <summary>Whose names the expression uses; the innermost frame when missing.</summary>
    public int? FrameId { get; init; }

    /// <summary>last (default), first or all.</summary>
    public string? Which { get; init; }

    /// <summary>invariant (default): what made the expression false. change: what gave it the value it has now.</summary>
    public string? Mode { get; init; }
}

internal sealed record ReverseWatchBody(
    string Result,
    string Expression,
    IReadOnlyList<TransitionBody> Transitions,
    bool Monotone,
    int Evaluations,
    int Checkpoints,
    double SearchSeconds,
    TimeBody Position);

internal sealed record TransitionBody(long Tick, string? File, int? Line, string? Function, string Before, string After, IReadOnlyList<TransitionFrame> Stack);

internal sealed record TransitionFrame(string Function, string? File, int? Line);

internal sealed record GotoTickArguments
{
    /// <summary>The tick; missing when <see cref="Live"/> or <see cref="Bookmark"/> says where.</summary>
    public long? Tick { get; init; }

    public bool? Live { get; init; }

    public string? Bookmark { get; init; }
}

internal sealed record UndoArguments
{
    public int? Count { get; init; }
}

internal sealed record BookmarkArguments
{
    public string? Name { get; init; }
}

internal sealed record BranchArguments
{
    /// <summary>Go to this branch.</summary>
    public string? SwitchTo { get; init; }

    /// <summary>Give the current branch this name.</summary>
    public string? Rename { get; init; }
}

internal sealed record CheckpointArguments
{
    /// <summary>Go back to this checkpoint; missing to take one here.</summary>
    public int? Restart { get; init; }
}

/// <summary>Everything a timeline view draws.</summary>
internal sealed record TimelineBody(
    string Backend,
    string State,
    TimeBody? Position,
    IReadOnlyList<TimelineCheckpoint> Checkpoints,
    IReadOnlyList<TimelineBookmark> Bookmarks,
    IReadOnlyList<TimelineStop> Stops,
    IReadOnlyList<BranchBody> Branches)
{
    /// <summary>The first and last tick of the history of the current branch.</summary>
    public TimelineExtent? Extent { get; init; }

    public IReadOnlyList<TimelineHit> BreakpointHits { get; init; } = [];

    public IReadOnlyList<TimelineException> Exceptions { get; init; } = [];
}

internal sealed record TimelineExtent(long First, long Last);

/// <summary>A place where a breakpoint was reached.</summary>
internal sealed record TimelineHit(long Tick, int Breakpoint, string? File, int? Line);

/// <summary>An exception that the user was stopped for, at the tick where it was raised.</summary>
internal sealed record TimelineException(long Tick, string Text, string? File, int? Line);

internal sealed record FindHitsArguments
{
    /// <summary>How many hits to look for at most; the oldest come first.</summary>
    public int? Most { get; init; }
}

internal sealed record FindHitsBody(IReadOnlyList<TimelineHit> Hits, bool Complete);

internal sealed record TimelineCheckpoint(int Number, long Tick, bool Pinned);

internal sealed record TimelineBookmark(string Name, string Branch, long Tick);

/// <summary>A place where the user stood on the current branch.</summary>
internal sealed record TimelineStop(long Tick, string Reason, string? File, int? Line, string? Function);

internal sealed record BranchBody(string Name, string? Parent, long ForkedAt, long Edge, bool Current);

internal sealed record BranchesBody(IReadOnlyList<BranchBody> Branches);

internal sealed record HistoryBody(IReadOnlyList<HistoryEntry> Entries);

internal sealed record HistoryEntry(int Number, string Text, TimeBody From, TimeBody To);
