using System.Globalization;
using Fred.Core;

namespace Fred.Backends;

/// <summary>Turns the agent's stops into those of Core.</summary>
internal static class AgentStop
{
    /// <summary>Translates a stop.</summary>
    /// <param name="stop">As the process reported it.</param>
    /// <returns>The stop as a value; why a recording ended is in its detail.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.ProtocolBroken"/>: unknown reason.</exception>
    public static StopEvent Translate(AgentMessage.Stopped stop)
    {
        var reason = Reason(stop);
        return new StopEvent
        {
            Reason = reason,
            At = new Ticks(stop.Tick),
            Kind = stop.Kind,
            Location = stop.Line > 0 && stop.File.Length > 0 ? new SourceLocation(stop.File, stop.Line) : null,
            Function = stop.Function.Length > 0 ? stop.Function : null,
            Depth = stop.Depth,
            Breakpoints = stop.Breakpoints,
            Thread = stop.Thread,
            IsTurn = stop.Reason == "turn",
            ThreadsStarted = stop.Threads,
            Detail = Detail(stop),
            ExitCode = reason switch
            {
                StopReason.Exit => ExitCode(stop.Detail),
                StopReason.Exception => 1,
                _ => null,
            },
            Requests = stop.Reason == "asked" ? Requests(stop.Detail) : [],
            Fingerprint = IsInsideCall(stop) ? default : new Fingerprint(stop.Probe, stop.Cursor, stop.Depth),
        };
    }

    /// <summary>Whether the process stopped between two events, where only its frames know the place: inside a system call, or by a fatal signal.</summary>
    public static bool IsBetweenEvents(StopEvent stop) => stop.Requests.Count == 0 && (stop.Reason == StopReason.Signal || stop.Fingerprint == default);

    // No replay can stand there, so there is nothing for one to equal.
    private static bool IsInsideCall(AgentMessage.Stopped stop) => stop.Kind == EventKind.None && stop.Reason is ("pause" or "deadlock" or "turn" or "unsupported" or "log-full" or "asked");

    private static StopReason Reason(AgentMessage.Stopped stop) => stop.Reason switch
    {
        "entry" => StopReason.Entry,
        "limit" or "step" or "turn" => StopReason.Step,
        "breakpoint" => StopReason.Breakpoint,
        "pause" or "asked" => StopReason.Pause,
        "deadlock" => StopReason.Deadlock,
        "exit" => StopReason.Exit,
        "exception" => StopReason.Exception,
        "signal" => StopReason.Signal,
        "unsupported" or "log-full" => StopReason.EndOfHistory,
        _ => throw new FredException(ErrorId.ProtocolBroken, $"A process stopped for an unknown reason: \"{stop.Reason}\". fred and its native part come from different versions; rebuild both."),
    };

    private static string? Detail(AgentMessage.Stopped stop) => stop.Reason switch
    {
        "log-full" => $"The recording cannot grow any more ({(stop.Detail.Length > 0 ? stop.Detail : "disk or limit reached")}). The program cannot go on recorded; everything up to here can be visited.",
        "asked" => null,
        _ => stop.Detail.Length > 0 ? stop.Detail : null,
    };

    // One a line; see docs/agent-protocol.md, section 2.7.
    private static List<ProgramRequest> Requests(string detail)
    {
        var requests = new List<ProgramRequest>();
        foreach (var line in detail.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            requests.Add(line.Split(' ') switch
            {
                ["checkpoint", var name, var note] => new ProgramRequest.Keep(name, note),
                ["remove", var name] => new ProgramRequest.Forget(name),
                ["restore", var name, var arguments] => new ProgramRequest.GoBack(name, arguments),
                _ => throw new FredException(ErrorId.ProtocolBroken, $"The program asked its session for something unknown: \"{line}\". The module fred and fred come from different versions; rebuild both."),
            });
        }

        return requests;
    }

    // "3" or "3 some text": the status comes first.
    private static int? ExitCode(string detail)
    {
        var status = detail.AsSpan();
        var space = status.IndexOf(' ');
        return int.TryParse(space < 0 ? status : status[..space], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var code) ? code : null;
    }
}
