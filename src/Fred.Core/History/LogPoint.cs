namespace Fred.Core;

/// <summary>A place whose every visit in the history is to be noted, with the values that some expressions had there.</summary>
/// <param name="Id">The asker's number, from 1; tells the answers of several points apart.</param>
/// <param name="Place">A line at which an event exists; null for a function.</param>
/// <param name="Function">A function of the user's: noted at each call, its arguments bound. Null for a line.</param>
/// <param name="Expressions">In the program's language, evaluated in the frame that comes there.</param>
public sealed record LogPoint(int Id, SourceLocation? Place, string? Function, IReadOnlyList<string> Expressions)
{
    /// <summary>Gets an expression that must hold for the visit to count; null for always.</summary>
    public string? Condition { get; init; }
}

/// <summary>Which part of the history is asked, and how.</summary>
public sealed record HistoryRange
{
    /// <summary>Gets the range that is everything.</summary>
    public static HistoryRange All { get; } = new();

    /// <summary>Gets the tick to begin after; <see cref="Ticks.Zero"/> for the beginning.</summary>
    public Ticks From { get; init; } = Ticks.Zero;

    /// <summary>Gets the last tick asked; null for the live edge.</summary>
    public Ticks? To { get; init; }

    /// <summary>Gets how many answers are wanted at most; the oldest come first.</summary>
    public long Most { get; init; } = long.MaxValue;

    /// <summary>Gets how many intervals are replayed at once; null for one on each processor.</summary>
    public int? Jobs { get; init; }

    /// <summary>Gets a value indicating whether the range is not cut into intervals: for what is counted from its beginning.</summary>
    public bool IsOnePiece { get; init; }
}

/// <summary>How a question to the history was answered.</summary>
/// <param name="Count">Answers given.</param>
/// <param name="IsComplete">False when there are more than were wanted.</param>
/// <param name="Intervals">Intervals replayed.</param>
/// <param name="Forked">Those of them in which every answer was evaluated in a fork of its own, because evaluating in the replica had changed the program.</param>
/// <param name="Elapsed">How long it took.</param>
public sealed record HistorySummary(long Count, bool IsComplete, int Intervals, int Forked, TimeSpan Elapsed);
