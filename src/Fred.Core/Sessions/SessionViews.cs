namespace Fred.Core;

/// <summary>A branch as shown to the user.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Name">Its name: main, branch-2, or what the user called it.</param>
/// <param name="Parent">The branch it grew from; null for the first.</param>
/// <param name="ForkedAt">Where it grew from.</param>
/// <param name="Edge">Its live edge.</param>
/// <param name="IsCurrent">Whether the user is on it.</param>
public sealed record BranchInfo(BranchId Id, string Name, BranchId? Parent, Ticks ForkedAt, Ticks Edge, bool IsCurrent);

/// <summary>A checkpoint as shown to the user.</summary>
/// <param name="Number">Number for restart; also automatic checkpoints have one.</param>
/// <param name="At">Where in time.</param>
/// <param name="Pinned">Asked for by the user: never thinned out.</param>
public sealed record CheckpointInfo(int Number, Ticks At, bool Pinned);

/// <summary>A named place in time.</summary>
/// <param name="Name">Given by the user.</param>
/// <param name="Branch">On which branch.</param>
/// <param name="At">At which tick.</param>
public sealed record Bookmark(string Name, BranchId Branch, Ticks At);

/// <summary>One journalled command.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Text">What the user did, in the user's words.</param>
/// <param name="From">Where the user stood before.</param>
/// <param name="To">Where the user stood after.</param>
public sealed record JournalEntry(int Number, string Text, Position From, Position To);
