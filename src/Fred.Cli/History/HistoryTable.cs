using System.Text;
using Spectre.Console;

namespace Fred.Cli;

/// <summary>Answers from the history as text, printed as they come: a column is as wide as what was in it so far.</summary>
/// <remarks>Rows that come fast are printed some at a time: the console takes as long for one as the search does. Disposing prints what is left.</remarks>
/// <param name="console">Where to.</param>
/// <param name="sources">For the text of statements.</param>
/// <param name="edge">The last tick there can be.</param>
/// <param name="time">The clock.</param>
internal sealed class HistoryTable(IAnsiConsole console, SourceCache sources, Ticks edge, TimeProvider time) : IDisposable
{
    /// <summary>A row waits no longer than this for the next one.</summary>
    public static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(50);

    /// <summary>Characters that wait at most.</summary>
    public const int Most = 32_768;

    /// <summary>A longer value does not widen the rows after it.</summary>
    private const int Widest = 32;

    private readonly List<int> _widths = [];
    private readonly List<string> _cells = [];
    private (SourceLocation? Location, string Text) _lastPlace = (null, string.Empty);
    private readonly StringBuilder _waiting = new();
    private long _printed = time.GetTimestamp();

    /// <summary>Prints a row, the heading in front of the first one.</summary>
    /// <param name="row">The row.</param>
    public void Print(HistoryRow row)
    {
        Fill(row);
        var heading = _widths.Count == 0 ? Heading(row) : null;
        _widths.AddRange(heading?.Select((h, i) => i == 0 ? Math.Max(h.Length, edge.ToString().Length) : h.Length) ?? []);
        for (var i = 0; i < _cells.Count; i++)
        {
            _widths[i] = Math.Max(_widths[i], Math.Min(Widest, _cells[i].Length));
        }

        if (heading is not null)
        {
            AppendLine(heading);
            console.Write(new Verbatim(_waiting.ToString(), Theme.Heading));
            _waiting.Clear();
        }

        AppendLine(_cells);
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

    private static string Text(ObservedValue value) => value.HasValue ? value.Text : $"({value.Text})";

    private static string Result(CallRecord call) => call.Outcome switch
    {
        CallOutcome.Returned => call.Result is { } value ? Text(value) : "returned",
        CallOutcome.Raised => call.Result is { } error ? $"raised {error.Text}" : "left by an exception",
        CallOutcome.Suspended => "(waits)",
        _ => "(did not end)",
    };

    private void Fill(HistoryRow row)
    {
        _cells.Clear();
        switch (row)
        {
            case HistoryRow.Visit visit:
                _cells.Add(visit.Seen.At.ToString());
                _cells.Add(Place(visit.Seen.Location));
                foreach (var value in visit.Seen.Values)
                {
                    _cells.Add(Text(value));
                }

                break;
            case HistoryRow.Change { Seen: var change }:
                var statement = change.Location is null && change.At > Ticks.Zero ? "(a thread in the midst of a statement)" : $"{Place(change.Location)}  {sources.Text(change.Location)}";
                _cells.AddRange([change.At.ToString(), Text(change.Old), Text(change.New), statement]);
                break;
            case HistoryRow.Call { Seen: var call }:
                _cells.AddRange(
                    [call.At.ToString(), $"{new string(' ', 2 * call.Nesting)}{call.Function}({string.Join(", ", call.Arguments.Select(a => a.Text))})", Result(call)]);
                break;
        }
    }

    private string Place(SourceLocation? location)
    {
        if (!ReferenceEquals(location, _lastPlace.Location))
        {
            _lastPlace = (location, location is null ? string.Empty : $"{Path.GetFileName(location.File)}:{location.Line}");
        }

        return _lastPlace.Text;
    }

    private void AppendLine(IReadOnlyList<string> cells)
    {
        for (var i = 0; i < cells.Count; i++)
        {
            var padding = _widths[i] - cells[i].Length;
            _waiting.Append(' ', i == 0 ? Math.Max(0, padding) : 2).Append(cells[i]).Append(' ', i == 0 || i == cells.Count - 1 ? 0 : Math.Max(0, padding));
        }

        while (_waiting.Length > 0 && char.IsWhiteSpace(_waiting[^1]) && _waiting[^1] != '\n')
        {
            _waiting.Length--;
        }

        _waiting.Append('\n');
    }

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
