namespace Fred.Dap;

/// <summary>From where an exception is met to where it was raised.</summary>
/// <remarks>
/// A statement that raises is a stop of its own, before it does. Any other exception (a missing key, an error in a library) is met where it comes to its first
/// handler, or at the end of the program; the user is put back before the statement it came from. Each exception stops once in each direction: it counts only
/// when it was raised after the place the movement began at.
/// </remarks>
internal sealed class ExceptionSearch
{
    private readonly Sitting _sitting;
    private Position? _setBack;

    /// <summary>Initializes a new instance of the <see cref="ExceptionSearch"/> class.</summary>
    public ExceptionSearch(Sitting sitting)
    {
        _sitting = sitting;
    }

    /// <summary>Looks for an exception at a stop on the way forward, and goes to where it was raised.</summary>
    /// <param name="leg">The leg.</param>
    /// <param name="stop">Where the session stands.</param>
    /// <param name="origin">Where the movement began.</param>
    /// <returns>The stop before the raising statement; null when no exception stops the user: the session stands where it stood.</returns>
    public async Task<StopEvent?> ForwardAsync(Leg leg, StopEvent stop, Ticks origin)
    {
        if (await MeetAsync(stop, leg.Token).ConfigureAwait(false) is not { } met || met.At <= origin)
        {
            return null;
        }
        DebugSession session = _sitting.Session;
        if (met.At == stop.At)
        {
            return Describe(stop, met);
        }
        StopEvent there = await session.ExecuteAsync(new SessionCommand.Goto(met.At), leg.Token).ConfigureAwait(false);
        _setBack = session.Position;
        return Describe(there, met);
    }

    /// <summary>Whether the user stands where he was put back to from the live program: who continues from there means the program, not its last few events.</summary>
    public bool IsSetBack(Position position) => position == _setBack;

    /// <summary>Looks for an exception that is met at a stop.</summary>
    /// <param name="stop">Where the session stands.</param>
    /// <param name="ct">Ends the search.</param>
    /// <returns>The exception and where it was raised; null when there is none, or the filter does not want it.</returns>
    public async Task<ExceptionAt?> MeetAsync(StopEvent stop, CancellationToken ct)
    {
        bool possible = stop.Breakpoints.Count > 0 || IsUncaught(stop);
        if (_sitting.Exceptions.Raised is not { } types || !possible)
        {
            return null;
        }
        return await MeetAsync(types, stop, ct).ConfigureAwait(false);
    }

    /// <summary>Looks for an exception that the place where the user stands is the consequence of: its handler, or the end of the program.</summary>
    /// <param name="ct">Ends the search.</param>
    /// <returns>The exception; null when there is none, or the filter does not want it.</returns>
    public async Task<ExceptionAt?> MeetBehindAsync(CancellationToken ct)
    {
        StopEvent stop = _sitting.Session.Stop;
        ExceptionAt? met = _sitting.Exceptions.Raised is { } types && stop.Reason != StopReason.Signal ? await MeetAsync(types, stop, ct).ConfigureAwait(false) : null;
        return met is not null && met.At < stop.At ? met : null;
    }

    /// <summary>Whether the exception that has ended the program is shown as a stop of its own.</summary>
    /// <param name="stop">Where the session stands.</param>
    /// <param name="ct">Ends the reading.</param>
    public async Task<bool> StopsAtEndAsync(StopEvent stop, CancellationToken ct)
    {
        if (_sitting.Exceptions.Uncaught is not { } types)
        {
            return false;
        }
        return await _sitting.Session.GetExceptionAsync(ct).ConfigureAwait(false) is not { } exception || types.Match(exception);
    }

    /// <summary>Whether a stop is the end of the program by an exception.</summary>
    public static bool IsUncaught(StopEvent stop) => stop is { Reason: StopReason.Exception, Kind: EventKind.End };

    /// <summary>Makes the stop that the client is told of.</summary>
    public StopEvent Describe(StopEvent there, ExceptionAt met)
    {
        _sitting.Stops.AddException(_sitting.Session.Position.Branch, met);
        return there with { Reason = StopReason.Exception, Detail = met.Exception.Text, Breakpoints = [] };
    }

    private async Task<ExceptionAt?> MeetAsync(ExceptionTypes types, StopEvent stop, CancellationToken ct)
    {
        DebugSession session = _sitting.Session;
        if (await session.GetExceptionAsync(ct).ConfigureAwait(false) is not { } exception || !types.Match(exception))
        {
            return null;
        }
        Ticks? raised = exception.Role == ExceptionRole.Raise ? stop.At : await session.FindRaiseAsync(ct).ConfigureAwait(false);
        return new ExceptionAt(raised ?? stop.At, exception);
    }
}

/// <summary>An exception with the time at which it was raised.</summary>
/// <param name="At">The raising statement is next at this tick.</param>
/// <param name="Exception">The exception.</param>
internal sealed record ExceptionAt(Ticks At, ExceptionMet Exception);
