namespace Fred.Core;

/// <summary>A sitting as it is kept: everything of it but the recordings of the program, which the backend keeps.</summary>
/// <param name="Branches">In the order of their beginning; a branch's parent comes before it.</param>
/// <param name="Current">The branch the user was on.</param>
/// <param name="At">Where the user stood.</param>
public sealed record SavedSession(IReadOnlyList<SavedBranch> Branches, BranchId Current, Ticks At)
{
    /// <summary>Gets the breakpoints with their hits.</summary>
    public IReadOnlyList<Breakpoint> Breakpoints { get; init; } = [];

    /// <summary>Gets the bookmarks.</summary>
    public IReadOnlyList<Bookmark> Bookmarks { get; init; } = [];

    /// <summary>Gets the journal.</summary>
    public IReadOnlyList<JournalEntry> Journal { get; init; } = [];

    /// <summary>Gets what the backend's own debugger remembers between commands (aliases, displays); only the backend knows its form.</summary>
    public string ShellState { get; init; } = string.Empty;
}

/// <summary>One branch of a kept sitting. It has no live program any more: it ends where it was.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Name">Its name.</param>
/// <param name="Parent">The branch it grew from; null for the first.</param>
/// <param name="Start">The stop it grew from, for the first branch the stop at tick 0.</param>
/// <param name="Edge">The stop at its end, with the fingerprint that a replay must have there.</param>
/// <param name="LeftAt">Where the user stood when leaving it.</param>
public sealed record SavedBranch(BranchId Id, string Name, BranchId? Parent, Ticks Start, StopEvent Edge, Ticks LeftAt);
