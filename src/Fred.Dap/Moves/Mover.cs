namespace Fred.Dap;

/// <summary>Carries out movements with everything the editor's breakpoints can do that the session does not know of.</summary>
internal sealed class Mover
{
    private readonly Sitting _sitting;
    private readonly BreakpointRun _run;
    private readonly DataSearch _search;
    private readonly ExceptionSearch _exceptions;

    /// <summary>Initializes a new instance of the <see cref="Mover"/> class.</summary>
    public Mover(Sitting sitting, DapConnection connection)
    {
        _sitting = sitting;
        _exceptions = new ExceptionSearch(sitting);
        _run = new BreakpointRun(sitting, connection, _exceptions);
        _search = new DataSearch(sitting, _run);
    }

    /// <summary>Moves.</summary>
    /// <param name="leg">The leg the movement is.</param>
    /// <param name="command">What to do.</param>
    /// <returns>Where it ended and why.</returns>
    public async Task<StopEvent> MoveAsync(Leg leg, SessionCommand command)
    {
        StopEvent stop = await DispatchAsync(leg, command).ConfigureAwait(false);
        await _sitting.Breakpoints.RetryAsync().ConfigureAwait(false);
        bool asEnd = ExceptionSearch.IsUncaught(stop) && !await _exceptions.StopsAtEndAsync(stop, leg.Token).ConfigureAwait(false);
        return asEnd ? stop with { Reason = StopReason.Exit, ExitCode = stop.ExitCode ?? 1 } : stop;
    }

    /// <summary>Lets the program run from its first statement, unless a breakpoint on that very statement stops it.</summary>
    /// <param name="leg">The leg the movement is.</param>
    public async Task<StopEvent> RunFromStartAsync(Leg leg) => await _run.StopHereAsync(leg).ConfigureAwait(false)
        ?? await MoveAsync(leg, new SessionCommand.Continue()).ConfigureAwait(false);

    // One event cannot pass a change by without arriving at it, and jumps are meant to arrive where they say.
    private Task<StopEvent> DispatchAsync(Leg leg, SessionCommand command) => command switch
    {
        SessionCommand.ReverseContinue => _search.BackwardAsync(leg, command),
        SessionCommand.Continue or SessionCommand.Next or SessionCommand.Finish or SessionCommand.Until or SessionCommand.RunTo => _search.ForwardAsync(leg, command),
        _ => _run.MoveAsync(leg, command),
    };
}
