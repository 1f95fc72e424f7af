namespace Fred.Cli;

/// <summary>One answer of a question to the whole history.</summary>
internal abstract record HistoryRow
{
    private protected HistoryRow()
    {
    }

    /// <summary>A place was visited.</summary>
    /// <param name="Seen">When, where, and the values.</param>
    /// <param name="Place">The place as the user named it.</param>
    /// <param name="Expressions">What was evaluated.</param>
    public sealed record Visit(Observation Seen, string Place, IReadOnlyList<string> Expressions) : HistoryRow;

    /// <summary>A value changed.</summary>
    /// <param name="Seen">When, where, from what to what.</param>
    public sealed record Change(ValueChange Seen) : HistoryRow;

    /// <summary>A function was called.</summary>
    /// <param name="Seen">When, with what, and what came of it.</param>
    public sealed record Call(CallRecord Seen) : HistoryRow;
}

/// <summary>What a question to the whole history came to.</summary>
/// <param name="Rows">The answers.</param>
/// <param name="Summary">How it went.</param>
internal sealed record HistoryAnswer(IReadOnlyList<HistoryRow> Rows, HistorySummary Summary);
