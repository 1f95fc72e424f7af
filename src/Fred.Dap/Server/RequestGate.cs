using System.Collections.Frozen;

namespace Fred.Dap;

/// <summary>How a request is run.</summary>
internal enum Scheduling
{
    /// <summary>After the requests before it, one at a time.</summary>
    Queued,

    /// <summary>Started after the requests before it; those behind it do not wait for its response.</summary>
    Detached,

    /// <summary>At once, past everything that waits: requests that end others.</summary>
    Immediate,
}

/// <summary>States a request may be given in, as a set.</summary>
[Flags]
internal enum GateStates
{
    None = 0,
    NotStarted = 1 << SessionState.NotStarted,
    Stopped = 1 << SessionState.Stopped,
    Running = 1 << SessionState.Running,
    Travelling = 1 << SessionState.Travelling,
    HistoryOnly = 1 << SessionState.HistoryOnly,
    Closed = 1 << SessionState.Closed,

    /// <summary>The program stands somewhere in time.</summary>
    AtRest = Stopped | HistoryOnly,

    /// <summary>There is a program.</summary>
    Started = AtRest | Running | Travelling,

    /// <summary>Whatever the state.</summary>
    Any = NotStarted | Started | Closed,
}

/// <summary>A row of the gate.</summary>
/// <param name="Command">The request's command.</param>
/// <param name="Allowed">When it may be given.</param>
/// <param name="Scheduling">How it is run.</param>
internal sealed record GateEntry(string Command, GateStates Allowed, Scheduling Scheduling = Scheduling.Queued);

/// <summary>
/// Which request may be given in which state: the only place that decides it, so that handlers need not. Also knows the requests Fred declines on purpose.
/// </summary>
internal static class RequestGate
{
    private static readonly GateEntry[] Entries =
    [
        new("initialize", GateStates.NotStarted),
        new("launch", GateStates.NotStarted, Scheduling.Detached),
        new("configurationDone", GateStates.NotStarted | GateStates.Started),
        new("restart", GateStates.Started | GateStates.Closed, Scheduling.Detached),
        new("terminate", GateStates.Any, Scheduling.Immediate),
        new("disconnect", GateStates.Any, Scheduling.Immediate),
        new("cancel", GateStates.Any, Scheduling.Immediate),
        new("pause", GateStates.Started, Scheduling.Immediate),
        new("threads", GateStates.Any),

        new("breakpointLocations", GateStates.AtRest),
        new("setBreakpoints", GateStates.NotStarted | GateStates.Started),
        new("setFunctionBreakpoints", GateStates.NotStarted | GateStates.Started),
        new("setExceptionBreakpoints", GateStates.NotStarted | GateStates.Started),
        new("setDataBreakpoints", GateStates.NotStarted | GateStates.Started),
        new("dataBreakpointInfo", GateStates.AtRest),

        new("continue", GateStates.AtRest),
        new("next", GateStates.AtRest),
        new("stepIn", GateStates.AtRest),
        new("stepInTargets", GateStates.AtRest),
        new("stepOut", GateStates.AtRest),
        new("stepBack", GateStates.AtRest),
        new("reverseContinue", GateStates.AtRest),
        new("restartFrame", GateStates.AtRest),

        new("stackTrace", GateStates.AtRest),
        new("scopes", GateStates.AtRest),
        new("variables", GateStates.AtRest),
        new("setVariable", GateStates.AtRest),
        new("setExpression", GateStates.AtRest),
        new("evaluate", GateStates.AtRest),
        new("completions", GateStates.AtRest),
        new("exceptionInfo", GateStates.AtRest),
        new("source", GateStates.Started),
        new("loadedSources", GateStates.Any),
        new("modules", GateStates.Any),

        new("readMemory", GateStates.AtRest),
        new("writeMemory", GateStates.AtRest),
        new("disassemble", GateStates.AtRest),
        new("setInstructionBreakpoints", GateStates.NotStarted | GateStates.Started),

        new("reverseStepIn", GateStates.AtRest),
        new("reverseStepOut", GateStates.AtRest),
        new("reverseWatch", GateStates.AtRest, Scheduling.Detached),
        new("gotoTick", GateStates.AtRest),
        new("undo", GateStates.AtRest),
        new("checkpoint", GateStates.AtRest),
        new("bookmark", GateStates.AtRest),
        new("branches", GateStates.AtRest),
        new("timeline", GateStates.Any),
        new("findHits", GateStates.AtRest, Scheduling.Detached),
        new("history", GateStates.Started),
    ];

    private static readonly FrozenDictionary<string, GateEntry> Table = Entries.ToFrozenDictionary(entry => entry.Command, StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, string> Declined = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["attach"] = "Fred records a program from its start and cannot attach to a running one. Use a launch configuration.",
        ["goto"] = "DAP's goto skips statements, which a recording cannot do. To move in time use gotoTick.",
        ["gotoTargets"] = "DAP's goto skips statements, which a recording cannot do. To move in time use gotoTick.",
        ["terminateThreads"] = "Single threads cannot be ended.",
        ["locations"] = "Values carry no location.",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Gets the rows, for tests and for matching with the handlers.</summary>
    public static IReadOnlyList<GateEntry> Rows => Entries;

    /// <summary>Looks a request up.</summary>
    /// <returns>Its row; null when there is no such request.</returns>
    public static GateEntry? Find(string command) => Table.GetValueOrDefault(command);

    /// <summary>Decides whether a request may be given now.</summary>
    /// <param name="command">The request.</param>
    /// <param name="state">What the session is doing.</param>
    /// <returns>Null when it may, else the error response.</returns>
    public static DapResult? Refuse(string command, SessionState state)
    {
        if (Find(command) is not { } entry)
        {
            return Declined.TryGetValue(command, out string? reason)
                ? DapError.From(ErrorId.UnknownCommand, reason)
                : DapError.From(ErrorId.UnknownCommand, $"Fred knows no request '{command}'. Its own requests are described in docs/dap.md.");
        }
        return entry.Allowed.HasFlag((GateStates)(1 << (int)state)) ? null : DapError.From(ErrorId.NotNow, $"'{command}' {Explain(state)}");
    }

    private static string Explain(SessionState state) => state switch
    {
        SessionState.NotStarted => "needs a program: launch one first.",
        SessionState.Stopped or SessionState.HistoryOnly => "is not possible any more: the program has been started.",
        SessionState.Running => "has to wait: the program is running. Pause it first.",
        SessionState.Travelling => "has to wait: Fred is on its way through the past. Cancel or wait for the stop.",
        SessionState.Closed => "is not possible any more: the session is over.",
        _ => throw new ArgumentOutOfRangeException(nameof(state)),
    };
}
