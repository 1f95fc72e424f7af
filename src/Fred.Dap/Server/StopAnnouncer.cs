using System.Globalization;

namespace Fred.Dap;

/// <summary>From stops to DAP's stopped, exited and terminated events. Every stop says where in time it is.</summary>
internal sealed class StopAnnouncer
{
    /// <summary>The program's first thread; the only one in backends that know no threads.</summary>
    public const int MainThread = 1;

    private readonly Sitting _sitting;
    private readonly DapConnection _connection;

    /// <summary>Initializes a new instance of the <see cref="StopAnnouncer"/> class.</summary>
    public StopAnnouncer(Sitting sitting, DapConnection connection)
    {
        _sitting = sitting;
        _connection = connection;
    }

    /// <summary>The session stands somewhere new.</summary>
    public void Stopped(StopEvent stop)
    {
        if (_sitting.SessionOrNull is not { State: not SessionState.Closed } session)
        {
            _connection.SendEvent("terminated", null);
            return;
        }
        _sitting.Stops.Add(session.Position, stop);
        if (stop.Reason == StopReason.Exit && session.Position.IsLive && _sitting.Stops.IsFirstExit(session.Position.Branch))
        {
            AnnounceExit(stop);
        }
        if (stop.Reason == StopReason.Exit && _sitting.Settings is { NoDebug: true })
        {
            _connection.SendEvent("terminated", null);
            return;
        }
        Send(session, Reason(stop.Reason), stop is { Reason: StopReason.Exception, Kind: not EventKind.End } ? "Exception raised here" : Describe(stop.Reason), stop);
    }

    /// <summary>The program is over and the user does not want to look at it any more.</summary>
    public void Ended()
    {
        if (_sitting.SessionOrNull is { } session && _sitting.Stops.IsFirstExit(session.Position.Branch))
        {
            _connection.SendEvent("exited", new ExitedBody(session.Stop.ExitCode ?? 1));
        }
        _connection.SendEvent("terminated", null);
    }

    /// <summary>The user ended a movement. The session stands where it stood before, or where the live run was.</summary>
    public void Cancelled(Leg leg)
    {
        if (_sitting.SessionOrNull is { } session)
        {
            Send(session, "pause", session.Stop.Reason == StopReason.Pause ? "Paused" : $"{leg.Title} cancelled", session.Stop);
        }
    }

    /// <summary>A movement could not be carried out.</summary>
    public void Failed(Leg leg, Exception error)
    {
        string text = error is FredException ? error.Message : $"Something in Fred is wrong: {error.GetType().Name}: {error.Message} Please report it.";
        _connection.SendOutput("important", $"{leg.Title}: {text}");
        if (_sitting.SessionOrNull is { State: SessionState.Stopped or SessionState.HistoryOnly } session)
        {
            Send(session, "pause", $"{leg.Title} failed", session.Stop, text);
        }
        else
        {
            _connection.SendEvent("terminated", null);
        }
    }

    /// <summary>Says where in time a position is, in the words of the user interface.</summary>
    public static string DescribeTime(Position position) => position.IsLive
        ? string.Create(CultureInfo.InvariantCulture, $"live · tick {position.At.Value}")
        : string.Create(CultureInfo.InvariantCulture, $"in the past · tick {position.At.Value} of {position.Edge.Value}");

    /// <summary>Makes the machine-readable form of a position.</summary>
    public static TimeBody ToBody(Position position, DebugSession session) => new(
        session.Branches.FirstOrDefault(branch => branch.Id == position.Branch)?.Name ?? position.Branch.Value.ToString(CultureInfo.InvariantCulture),
        position.At.Value,
        position.Edge.Value,
        position.IsLive);

    private void Send(DebugSession session, string reason, string description, StopEvent stop, string? text = null)
    {
        Position position = session.Position;
        IReadOnlyList<int>? hit = stop.Breakpoints.Count == 0 ? null : stop.Breakpoints;
        _connection.SendEvent("stopped", new StoppedBody(
            reason, $"{description} · {DescribeTime(position)}", text ?? stop.Detail, stop.Thread == 0 ? MainThread : stop.Thread, true, hit, ToBody(position, session)));
    }

    private void AnnounceExit(StopEvent stop)
    {
        int code = stop.ExitCode ?? 0;
        _connection.SendEvent("exited", new ExitedBody(code));
        _connection.SendOutput("console", string.Create(
            CultureInfo.InvariantCulture, $"The program ended with exit code {code}. Its history is still here: step back, or continue to end the session."));
    }

    // The reasons DAP knows; its clients show others as they are.
    private static string Reason(StopReason reason) => reason switch
    {
        StopReason.Entry => "entry",
        StopReason.Step => "step",
        StopReason.Breakpoint => "breakpoint",
        StopReason.Watch or StopReason.Transition => "data breakpoint",
        StopReason.Exception => "exception",
        StopReason.Signal => "signal",
        StopReason.Exit => "exit",
        StopReason.StartOfHistory => "step",
        StopReason.EndOfHistory => "step",
        StopReason.Deadlock => "deadlock",
        StopReason.Pause => "pause",
        _ => throw new ArgumentOutOfRangeException(nameof(reason)),
    };

    private static string Describe(StopReason reason) => reason switch
    {
        StopReason.Entry => "Before the first statement",
        StopReason.Step => "Stepped",
        StopReason.Breakpoint => "Breakpoint",
        StopReason.Watch => "Value changed",
        StopReason.Exception => "Uncaught exception",
        StopReason.Signal => "Signal",
        StopReason.Exit => "Program ended",
        StopReason.StartOfHistory => "Beginning of the history",
        StopReason.EndOfHistory => "End of the history",
        StopReason.Deadlock => "Deadlock: every thread waits for another one",
        StopReason.Pause => "Paused",
        StopReason.Transition => "Before the statement that changes it",
        _ => throw new ArgumentOutOfRangeException(nameof(reason)),
    };
}
