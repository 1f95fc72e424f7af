using System.Globalization;
using System.Text;
using Fred.Core;

namespace Fred.Backends;

/// <summary>The control lines fred sends, each with its line feed: docs/agent-protocol.md, section 2.</summary>
internal static class AgentCommand
{
    /// <summary>Gets the spelling of every command, for the test that compares the three sides.</summary>
    public static IReadOnlyList<string> Words { get; } =
        ["spawn", "kill", "signal", "adopt", "mode", "fork-checkpoint", "fork-replica", "fork-inspector", "run", "bp-clear", "bp-add", "bp-function", "look", "watch", "exec", "promote", "image", "start", "exit"];

    public static string Exit => "exit\n";

    public static string BreakpointsClear => "bp-clear\n";

    public static string Spawn(long token, bool realStdio) => Line($"spawn {token} {(realStdio ? "real" : "null")}");

    public static string Start(long token, bool realStdio, string words) => Line($"start {token} {(realStdio ? "real" : "null")} {words}");

    public static string Image(long token, string path, long tick) => Line($"image {token} {AgentText.Encode(path)} {tick}");

    public static string Kill(int pid) => Line($"kill {pid}");

    public static string Signal(int pid, int signal) => Line($"signal {pid} {signal}");

    public static string Adopt(int pid) => Line($"adopt {pid}");

    public static string Mode(bool record, int slot, string page, string log, IReadOnlyList<string> options)
    {
        var line = new StringBuilder(256);
        line.Append(CultureInfo.InvariantCulture, $"mode {(record ? "record" : "replay")} {slot} {AgentText.Encode(page)} {AgentText.Encode(log)}");
        foreach (var option in options)
        {
            line.Append(' ').Append(option);
        }

        return line.Append('\n').ToString();
    }

    public static string ForkCheckpoint(long token) => Line($"fork-checkpoint {token}");

    public static string ForkReplica(long token, int slot, string log) => Line($"fork-replica {token} {slot} {AgentText.Encode(log)}");

    public static string ForkInspector(long token) => Line($"fork-inspector {token}");

    // Places where exceptions are met have no file; the mark is libfred's FRED_RAISES or FRED_HANDLES.
    public static string BreakpointAdd(Breakpoint breakpoint) => breakpoint.Kind switch
    {
        BreakpointKind.Raise => Line($"bp-add {breakpoint.Id} % 8 %"),
        BreakpointKind.Handler => Line($"bp-add {breakpoint.Id} % 16 %"),
        _ => Line($"bp-add {breakpoint.Id} {AgentText.Encode(breakpoint.Location.File)} {breakpoint.Location.Line} {AgentText.Encode(breakpoint.Condition ?? string.Empty)}"),
    };

    public static string BreakpointAdd(LogPoint point) => point.Place is { } place
        ? BreakpointAdd(new Breakpoint(point.Id, place) { Condition = point.Condition })
        : BreakpointFunction(point.Id, point.Function ?? string.Empty, point.Condition);

    public static string BreakpointFunction(int id, string function, string? condition = null) =>
        Line($"bp-function {id} {AgentText.Encode(function)} {AgentText.Encode(condition ?? string.Empty)}");

    public static string Look(LogPoint point)
    {
        var line = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"look {point.Id}"));
        foreach (var expression in point.Expressions)
        {
            line.Append(' ').Append(AgentText.Encode(expression));
        }

        return line.Append('\n').ToString();
    }

    public static string Watch(string expression, EvaluationScope scope) => Line($"watch {AgentText.Encode(expression)} {AgentText.Encode(AgentScope.Of(scope))}");

    public static string Execute(long token, Mutation mutation) =>
        Line($"exec {token} statement {AgentText.Encode(FrameNumber(mutation).ToString(CultureInfo.InvariantCulture) + "\n" + mutation.Source)}");

    public static string Promote(string log, int slot, string stdio) => Line($"promote {AgentText.Encode(log)} {slot} {AgentText.Encode(stdio)}");

    /// <summary>Resumes until the request says stop.</summary>
    public static string Run(RunRequest request) => Line($"run limit={request.Limit.Value}{Filter(request.Step)} bp={(request.StopAtBreakpoints ? 1 : 0)}{(request.StopAtTurns ? " turns=1" : string.Empty)} mode=stop");

    /// <summary>Resumes for a scan.</summary>
    public static string Scan(ScanRequest request) => request switch
    {
        EventScan scan => Line($"run limit={scan.Limit.Value}{Filter(scan.Filter)} bp=0 mode=last"),
        BreakpointScan scan => Line($"run limit={scan.Limit.Value} bp=1 mode={(scan.All ? "all" : "last")}"),
        ExpressionScan scan => Line($"run limit={scan.Limit.Value} bp=0 mode=watch stride={scan.Stride}"),
        _ => throw new ArgumentOutOfRangeException(nameof(request)),
    };

    /// <summary>Resumes for an observation.</summary>
    public static string Observe(ObservationRequest request, int mostDoubtful) => request switch
    {
        HitObservation => Line($"run limit={request.Limit.Value} bp=1 mode=hits most={mostDoubtful}"),
        ChangeObservation => Line($"run limit={request.Limit.Value} bp=0 mode=changes most={mostDoubtful}"),
        CallObservation => Line($"run limit={request.Limit.Value} bp=0 mode=calls most={mostDoubtful}"),
        EventObservation events => Line($"run limit={request.Limit.Value} bp=0 mode=events stride={events.Stride} most={mostDoubtful}"),
        _ => throw new ArgumentOutOfRangeException(nameof(request)),
    };

    private static string Filter(StepFilter? filter) => filter is null
        ? string.Empty
        : string.Create(CultureInfo.InvariantCulture, $" depth={filter.Depth} line={filter.FromLine} ret={(filter.ReturnOnly ? 1 : 0)}") + (filter.Thread == 0 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $" thread={filter.Thread}"));

    // As in callbacks.py: a frame of another thread is its index plus this unit times the thread's number.
    private static long FrameNumber(Mutation mutation) => (mutation.Thread * (1L << 20)) + mutation.FrameIndex;

    private static string Line(FormattableString line) => line.ToString(CultureInfo.InvariantCulture) + "\n";
}
