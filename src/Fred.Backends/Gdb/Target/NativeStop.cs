using System.Globalization;
using Fred.Core;

namespace Fred.Backends;

/// <summary>Turns the stops of native processes into those of Core, as far as it goes without symbols.</summary>
internal static class NativeStop
{
    private static readonly string[] Signals =
    [
        string.Empty, "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1", "SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT",
        "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
    ];

    /// <summary>Translates a stop.</summary>
    /// <param name="halt">As the process reported it.</param>
    /// <param name="offset">The process's tick at which the timeline begins.</param>
    /// <returns>The stop, without location.</returns>
    public static StopEvent Translate(AgentMessage.Halted halt, long offset)
    {
        var reason = Reason(halt);
        return new StopEvent
        {
            Reason = reason,
            At = new Ticks(Math.Max(0, halt.Tick - offset)),
            Thread = halt.Thread,
            ThreadsStarted = halt.Threads,
            Kind = reason == StopReason.Exit || IsFatal(halt) ? EventKind.End : EventKind.Line,
            Breakpoints = reason == StopReason.Breakpoint ? halt.Ids : [],
            Detail = Detail(halt),
            ExitCode = reason == StopReason.Exit && int.TryParse(halt.Detail.Split(' ')[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var code) ? code : null,
            Fingerprint = new Fingerprint((long)halt.Pc, halt.Cursor, unchecked((int)halt.Sp)),
        };
    }

    /// <summary>The name of a signal.</summary>
    /// <param name="signal">Its number on Linux.</param>
    /// <returns>For example SIGSEGV.</returns>
    public static string SignalName(int signal) => signal > 0 && signal < Signals.Length ? Signals[signal] : string.Create(CultureInfo.InvariantCulture, $"signal {signal}");

    /// <summary>The number of a signal.</summary>
    /// <param name="name">As <see cref="SignalName"/> gives it.</param>
    /// <returns>0 for no signal.</returns>
    public static int SignalNumber(string? name) =>
        Array.IndexOf(Signals, name) is > 0 and var number ? number : int.TryParse(name?.Split(' ')[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var other) ? other : 0;

    /// <summary>Whether the program cannot go on: the signal has no handler.</summary>
    /// <param name="halt">Its stop.</param>
    /// <returns>True at the end of its history.</returns>
    public static bool IsFatal(AgentMessage.Halted halt) => halt.Reason == "signal" && halt.Detail.StartsWith("fatal", StringComparison.Ordinal);

    private static StopReason Reason(AgentMessage.Halted halt) => halt.Reason switch
    {
        "entry" => StopReason.Entry,
        "limit" or "range" or "line" or "match" or AgentMessage.Halted.Locate => StopReason.Step,
        "breakpoint" => StopReason.Breakpoint,
        "watch" => StopReason.Watch,
        "pause" => StopReason.Pause,
        "deadlock" => StopReason.Deadlock,
        "signal" => StopReason.Signal,
        "exit" => StopReason.Exit,
        "unsupported" or "log-full" or "diverged" => StopReason.EndOfHistory,
        _ => throw new FredException(ErrorId.ProtocolBroken, $"A process stopped for an unknown reason: \"{halt.Reason}\". fred and its native part come from different versions; rebuild both."),
    };

    private static string? Detail(AgentMessage.Halted halt) => halt.Reason switch
    {
        "signal" => SignalName(halt.Signal),
        "log-full" => $"The recording cannot grow any more ({(halt.Detail.Length > 0 ? halt.Detail : "disk or limit reached")}). The program cannot go on recorded; everything up to here can be visited.",
        "unsupported" or "diverged" => halt.Detail.Length > 0 ? halt.Detail : "the program did something that cannot be replayed",
        _ => null,
    };
}
