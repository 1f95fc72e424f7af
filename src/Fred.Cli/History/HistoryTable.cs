using System.Text;
using Spectre.Console;

namespace Fred.Cli;

/// <summary>Answers from the history as text, printed as they come: a column is as wide as its heading, or as what was in it so far.</summary>
/// <remarks>Rows that come fast are printed some at a time: the console takes as long for one as the search does. Disposing prints what is left.</remarks>
/// <param name="console">Where to.</param>
/// <param name="sources">For the text of statements.</param>
/// <param name="edge">The last tick there can be.</param>
/// <param name="time">The clock.</param>
internal sealed class HistoryTable(IAnsiConsole console, SourceCache sources, Ticks edge, TimeProvider time) : IDisposable
{
    /// <summary>A row waits no longer than this for the next one.</summary>
    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(50);

    /// <summary>Characters that wait at most.</summary>
    private const int Most = 32_768;

    /// <summary>A longer value does not widen the rows after it.</summary>
    private const int Widest = 32;

    private readonly List<int> _widths = [];
    private readonly StringBuilder _waiting = new();
    private long _printed = time.GetTimestamp();

    /// <summary>Prints a row, the heading in front of the first one.</summary>
    /// <param name="row">The row.</param>
    public void Print(HistoryRow row)
    {
        var cells = Cells(row);
        if (_widths.Count == 0)
        {
            var heading = Heading(row);
            _widths.AddRange(heading.Select((h, i) => i == 0 ? Math.Max(h.Length, edge.ToString().Length) : h.Length));
            console.Write(new Verbatim(Line(heading), Theme.Heading));
        }

        for (var i = 0; i < cells.Length; i++)
        {
            _widths[i] = Math.Max(_widths[i], Math.Min(Widest, cells[i].Length));
        }

        _waiting.Append(Line(cells));
        if (_waiting.Length > Most || time.GetElapsedTime(_printed) > Wait)
        {
            Flush();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Flush();

    private static string[] Heading(HistoryRow row) => row switch
    {
        HistoryRow.Visit visit => ["tick", "at", .. visit.Expressions],
        HistoryRow.Change => ["tick", "old", "new", "statement"],
        _ => ["tick", "call", "result"],
    };

    private static string Place(SourceLocation? location) => location is null ? string.Empty : $"{Path.GetFileName(location.File)}:{location.Line}";

    private static string Text(ObservedValue value) => value.HasValue ? value.Text : $"({value.Text})";

    private static string Result(CallRecord call) => call.Outcome switch
    {
        CallOutcome.Returned => call.Result is { } value ? Text(value) : "returned",
        CallOutcome.Raised => call.Result is { } error ? $"raised {error.Text}" : "left by an exception",
        _ => "(did not end)",
    };

    private string[] Cells(HistoryRow row) => row switch
    {
        HistoryRow.Visit visit => [visit.Seen.At.ToString(), Place(visit.Seen.Location), .. visit.Seen.Values.Select(Text)],
        HistoryRow.Change { Seen: var change } =>
            [change.At.ToString(), Text(change.Old), Text(change.New), change.Location is null && change.At > Ticks.Zero ? "(a thread in the midst of a statement)" : $"{Place(change.Location)}  {sources.Text(change.Location)}"],
        HistoryRow.Call { Seen: var call } =>
            [call.At.ToString(), $"{new string(' ', 2 * call.Nesting)}{call.Function}({string.Join(", ", call.Arguments.Select(a => a.Text))})", Result(call)],
        _ => throw new ArgumentOutOfRangeException(nameof(row)),
    };

    private string Line(string[] cells) =>
        string.Join("  ", cells.Select((cell, i) => i == 0 ? cell.PadLeft(_widths[i]) : i == cells.Length - 1 ? cell : cell.PadRight(_widths[i]))).TrimEnd() + "\n";

    private void Flush()
    {
        if (_waiting.Length > 0)
        {
            console.Write(new Verbatim(_waiting.ToString()));
            _waiting.Clear();
        }

        _printed = time.GetTimestamp();
    }
}
