namespace Fred.Core;

/// <summary>One future of the program: where it grew from and its live edge.</summary>
/// <remarks>
/// What is hard here: a tick below the fork belongs to the parent, and everything known about it (checkpoints, fingerprints) is shared; from the fork on
/// the same number means another event. The fork tick itself belongs to the child, because what was changed there may show there.
/// </remarks>
internal sealed class Branch(BranchId id, string name, Branch? parent, StopEvent edge)
{
    /// <summary>Gets its number.</summary>
    public BranchId Id { get; } = id;

    /// <summary>Gets or sets its name.</summary>
    public string Name { get; set; } = name;

    /// <summary>Gets the branch it grew from; null for the first.</summary>
    public Branch? Parent { get; } = parent;

    /// <summary>Gets where it grew from; 0 for the first.</summary>
    public Ticks ForkedAt { get; } = parent is null ? Ticks.Zero : edge.At;

    /// <summary>Gets or sets the live program; null when it is lost.</summary>
    public ILiveHead? Head { get; set; }

    /// <summary>Gets or sets the stop at its live edge.</summary>
    public StopEvent EdgeStop { get; set; } = edge;

    /// <summary>Gets or sets where the user stood when leaving the branch.</summary>
    public Ticks LeftAt { get; set; }

    /// <summary>Gets its live edge.</summary>
    public Ticks Edge => EdgeStop.At;

    /// <summary>Gets a value indicating whether the program has ended by itself; its past and its last moment remain.</summary>
    public bool HasEnded => EdgeStop.Kind == EventKind.End || EdgeStop.Reason is StopReason.Exit or StopReason.Exception;

    /// <summary>Gets a value indicating whether the recording cannot grow any more although the program has not ended.</summary>
    public bool IsHistoryOnly => Head is null || EdgeStop.Reason == StopReason.EndOfHistory;

    /// <summary>The branch a tick belongs to: this one or an ancestor.</summary>
    /// <param name="at">A tick of this branch.</param>
    /// <returns>The owner.</returns>
    public Branch OwnerOf(Ticks at) => Parent is null || at >= ForkedAt ? this : Parent.OwnerOf(at);

    /// <summary>Whether a state saved on some branch is also a state of this one.</summary>
    /// <param name="branch">Where it was saved.</param>
    /// <param name="at">When.</param>
    /// <returns>True for its own states and for those of its ancestors up to the forks.</returns>
    public bool Sees(BranchId branch, Ticks at) => branch == Id || (Parent is not null && at <= ForkedAt && Parent.Sees(branch, at));
}
