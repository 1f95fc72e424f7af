using System.Text;

namespace Fred.Dap;

/// <summary>Runs a command of the session past the breakpoints that do not stop: logpoints, and hits that a hit condition lets through.</summary>
internal sealed class BreakpointRun
{
    private readonly Sitting _sitting;
    private readonly DapConnection _connection;
    private readonly ExceptionSearch _exceptions;

    /// <summary>Initializes a new instance of the <see cref="BreakpointRun"/> class.</summary>
    public BreakpointRun(Sitting sitting, DapConnection connection, ExceptionSearch exceptions)
    {
        _sitting = sitting;
        _connection = connection;
        _exceptions = exceptions;
    }

    /// <summary>Carries out a movement.</summary>
    /// <param name="leg">The leg it belongs to.</param>
    /// <param name="command">The movement.</param>
    /// <returns>Where it ended; its breakpoints are those that stopped it.</returns>
    public Task<StopEvent> MoveAsync(Leg leg, SessionCommand command) =>
        command is SessionCommand.ReverseContinue back ? BackAsync(leg, back) : RunAsync(leg, command);

    private async Task<StopEvent> RunAsync(Leg leg, SessionCommand command)
    {
        DebugSession session = _sitting.Session;
        Ticks origin = session.Position.At;
        SessionCommand? again = Again(command, session.Stop);
        bool runsOn = command is SessionCommand.Continue && _exceptions.IsSetBack(session.Position);
        StopEvent stop = await leg.ExecuteAsync(session, command, again ?? command).ConfigureAwait(false);
        while (true)
        {
            bool atEdge = runsOn && stop.Reason == StopReason.EndOfHistory;
            if (!atEdge)
            {
                (StopEvent here, bool passesBy) = await LookAsync(leg, command, stop, origin).ConfigureAwait(false);
                if (!passesBy || again is null)
                {
                    // What interrupted a single step was nothing to the user.
                    return passesBy ? here with { Reason = StopReason.Step } : here;
                }
                if (again is SessionCommand.RunTo run && (run.Filter.Thread == 0 || run.Filter.Thread == stop.Thread) && run.Filter.Matches(stop.Depth, stop.Location?.Line ?? 0, stop.Kind))
                {
                    return here with { Reason = StopReason.Step };
                }
            }
            runsOn &= !atEdge;
            stop = await leg.ExecuteAsync(session, again ?? command, again ?? command).ConfigureAwait(false);
        }
    }

    // What a stop on the way forward is to the user, and whether it is none.
    private async Task<(StopEvent Stop, bool PassesBy)> LookAsync(Leg leg, SessionCommand command, StopEvent stop, Ticks origin)
    {
        bool forward = command is SessionCommand.Step or SessionCommand.Next or SessionCommand.Finish
            or SessionCommand.Until or SessionCommand.RunTo or SessionCommand.Continue;
        if (forward && await _exceptions.ForwardAsync(leg, stop, origin).ConfigureAwait(false) is { } raised)
        {
            return (raised, false);
        }
        IReadOnlyList<int> stopping = await PassAsync(_sitting.Session, stop, forward, leg.Token).ConfigureAwait(false);
        bool passesBy = stop is { Reason: StopReason.Breakpoint, Breakpoints.Count: > 0 } && stopping.Count == 0;
        return (stop with { Breakpoints = stopping }, passesBy);
    }

    // The nearest of breakpoint and exception wins. An exception met at its handler was raised before: until that tick another one may still be nearer.
    private async Task<StopEvent> BackAsync(Leg leg, SessionCommand.ReverseContinue command)
    {
        DebugSession session = _sitting.Session;
        Ticks origin = session.Position.At;
        try
        {
            ExceptionAt? nearest = await _exceptions.MeetBehindAsync(leg.Token).ConfigureAwait(false);
            while (true)
            {
                var back = command with { Since = nearest?.At };
                StopEvent stop = await leg.ExecuteAsync(session, back, back).ConfigureAwait(false);
                if (stop.Breakpoints.Count == 0)
                {
                    return nearest is null ? stop : _exceptions.Describe(stop, nearest);
                }
                IReadOnlyList<int> stopping = await PassAsync(session, stop, prints: false, leg.Token).ConfigureAwait(false);
                if (stopping.Count > 0)
                {
                    return stop with { Breakpoints = stopping };
                }
                ExceptionAt? met = await _exceptions.MeetAsync(stop, leg.Token).ConfigureAwait(false);
                if (met?.At == stop.At)
                {
                    return _exceptions.Describe(stop, met);
                }
                nearest = met is not null && (nearest is null || met.At > nearest.At) ? met : nearest;
            }
        }
        catch (Exception error) when (Cancellation.Is(error) && session.Position.At != origin)
        {
            await session.ExecuteAsync(new SessionCommand.Goto(origin), CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Whether a breakpoint stops the program where it stands before having moved at all: runs only look at what comes after.</summary>
    /// <param name="leg">The leg it belongs to.</param>
    /// <returns>The stop; null to run on.</returns>
    public async Task<StopEvent?> StopHereAsync(Leg leg)
    {
        DebugSession session = _sitting.Session;
        var reached = new List<int>();
        foreach (Breakpoint breakpoint in session.Breakpoints.Where(known => known.Enabled && known.Location == session.Stop.Location))
        {
            bool holds = breakpoint.Condition is null || (await session.EvaluateAsync(
                breakpoint.Condition, new EvaluationScope.InFrame(0), leg.Token).ConfigureAwait(false)).Truth == Truth.Good;
            if (holds)
            {
                reached.Add(breakpoint.Id);
            }
        }
        StopEvent stop = session.Stop with { Reason = StopReason.Breakpoint, Breakpoints = reached };
        IReadOnlyList<int> stopping = await PassAsync(session, stop, prints: true, leg.Token).ConfigureAwait(false);
        return stopping.Count == 0 ? null : stop with { Breakpoints = stopping };
    }

    // What leads from a stop on the way to where the command would have ended; null when a command has no way (one event) or is not interrupted by breakpoints.
    private static SessionCommand? Again(SessionCommand command, StopEvent start) => command switch
    {
        SessionCommand.Continue or SessionCommand.ReverseContinue => command,
        SessionCommand.Next => new SessionCommand.RunTo(new StepFilter(start.Depth) { Thread = start.Thread }),
        SessionCommand.Finish => new SessionCommand.RunTo(new StepFilter(start.Depth, ReturnOnly: true) { Thread = start.Thread }),
        _ => null,
    };

    // Which of the breakpoints reached stop the user. Logpoints print on the way forward, once.
    private async Task<IReadOnlyList<int>> PassAsync(DebugSession session, StopEvent stop, bool prints, CancellationToken ct)
    {
        var stopping = new List<int>();
        foreach (int id in stop.Breakpoints.Where(id => !_sitting.Exceptions.IsPoint(id)))
        {
            _sitting.Stops.AddHit(session.Position, id, stop);
            UserBreakpoint? own = _sitting.Breakpoints.Find(id);
            if (own is { Hit: { } hit } && !hit.Holds(own.Hits.Note(session.Position)))
            {
                continue;
            }
            if (own is not { Log: { } message })
            {
                stopping.Add(id);
            }
            else if (prints && own.Hits.TakeLogging(session.Position))
            {
                await PrintAsync(session, stop, message, ct).ConfigureAwait(false);
            }
        }
        return stopping;
    }

    private async Task PrintAsync(DebugSession session, StopEvent stop, LogMessage message, CancellationToken ct)
    {
        var text = new StringBuilder();
        foreach (LogPart part in message.Parts)
        {
            text.Append(part.IsExpression
                ? (await session.EvaluateAsync(part.Text, new EvaluationScope.InFrame(0), ct).ConfigureAwait(false)).Value
                : part.Text);
        }
        await _sitting.FlushOutputAsync().ConfigureAwait(false);
        await _connection.SendEventAndWaitAsync("output", new OutputBody("console", text.Append('\n').ToString(), new OutputTime(stop.At.Value))
        {
            Source = stop.Location is { } location ? SourceList.ToSource(location.File) : null,
            Line = stop.Location?.Line,
        }).ConfigureAwait(false);
    }
}
