using System.Globalization;

namespace Fred.Cli;

/// <summary>What is said about a question's answers as a whole.</summary>
internal static class HistoryText
{
    /// <summary>The last line of an answer.</summary>
    /// <param name="summary">How it went.</param>
    /// <param name="run">How long the program ran; null when it was not run for this.</param>
    /// <returns>One or more lines.</returns>
    public static string Of(HistorySummary summary, TimeSpan? run)
    {
        var ran = run is { } time ? string.Create(CultureInfo.InvariantCulture, $"run {time.TotalSeconds:0.00} s, ") : string.Empty;
        var forked = summary.Forked == 0 ? string.Empty : $", {summary.Forked} of them by a fork for each answer because evaluating changes the program";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"({summary.Count}{(summary.IsComplete ? string.Empty : ", and there are more")}; {summary.Intervals} intervals{forked}; {ran}search {summary.Elapsed.TotalSeconds:0.00} s)\n");
    }
}
