using System.Globalization;
using Fred.Core;

namespace Fred.Backends;

/// <summary>A row of gdb's breakpoint table.</summary>
/// <param name="Breakpoint">As the timeline knows it.</param>
/// <param name="Addresses">Where it stops.</param>
internal sealed record GdbBreakpoint(Breakpoint Breakpoint, IReadOnlyList<ulong> Addresses)
{
    /// <summary>Gets what a watchpoint stops at.</summary>
    public WatchKind Watches { get; init; }

    /// <summary>Reads gdb's table (the answer of -break-list).</summary>
    /// <param name="answer">gdb's.</param>
    /// <returns>Breakpoints, catchpoints of C++ exceptions, which are breakpoints in the C++ library, and watchpoints.</returns>
    public static IReadOnlyList<GdbBreakpoint> ReadTable(MiValue answer)
    {
        var rows = new List<GdbBreakpoint>();
        foreach (var row in answer["BreakpointTable"]["body"].Items)
        {
            if (row.FindText("type") is "breakpoint" or "hw breakpoint" or "catchpoint" or "hw watchpoint" or "watchpoint" or "read watchpoint" or "acc watchpoint" && Read(row) is { } breakpoint)
            {
                rows.Add(breakpoint);
            }
        }

        return rows;
    }

    private static GdbBreakpoint? Read(MiValue row)
    {
        var locations = row.Find("locations")?.Items ?? [];
        var where = locations.Count > 0 ? locations[0] : row;
        if (!int.TryParse(row.FindText("number"), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return null; // a location of the breakpoint before
        }

        var file = where.FindText("fullname") ?? where.FindText("file") ?? string.Empty;
        var line = int.TryParse(where.FindText("line"), NumberStyles.None, CultureInfo.InvariantCulture, out var known) ? known : 0;
        var original = row.FindText("original-location") ?? row.FindText("what") ?? string.Empty;
        var breakpoint = new Breakpoint(number, new SourceLocation(file.Length > 0 ? file : original, line))
        {
            Condition = row.FindText("cond"),
            Enabled = row.FindText("enabled") != "n",
            Temporary = row.FindText("disp") is "del",
            IgnoreCount = int.TryParse(row.FindText("ignore"), NumberStyles.None, CultureInfo.InvariantCulture, out var ignore) ? ignore : 0,
            Kind = row.FindText("type")!.EndsWith("watchpoint", StringComparison.Ordinal) ? BreakpointKind.Watch : BreakpointKind.Line,
            Function = row.FindText("original-location") is null || original.Contains(':', StringComparison.Ordinal) || original.StartsWith('*') ? null : original,
        };
        ulong[] addresses = locations.Count > 0
            ? [.. locations.Where(l => l.FindText("enabled") != "n").Select(l => l.Find("addr")?.Address()).OfType<ulong>()]
            : row.Find("addr")?.Address() is { } address ? [address] : [];
        return new GdbBreakpoint(breakpoint, addresses)
        {
            Watches = row.FindText("type") switch { "read watchpoint" => WatchKind.Read, "acc watchpoint" => WatchKind.Access, _ => WatchKind.Change },
        };
    }
}
