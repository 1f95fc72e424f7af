using System.Text;

namespace Fred.Dap;

/// <summary>Prints what logpoints that were set late would have printed in the history there is already.</summary>
/// <remarks>
/// Each line carries its tick. Afterwards these hits count as printed: going forward through them prints nothing again. The search is a leg like any other, so that the
/// client shows its progress and can cancel it; what was printed until then stays.
/// </remarks>
internal sealed class PastLogs
{
    private readonly Sitting _sitting;
    private readonly DapConnection _connection;

    /// <summary>Initializes a new instance of the <see cref="PastLogs"/> class.</summary>
    public PastLogs(Sitting sitting, DapConnection connection)
    {
        _sitting = sitting;
        _connection = connection;
    }

    /// <summary>Chooses the logpoints whose past is still to be printed; the others count as printed from now on.</summary>
    /// <param name="set">Breakpoints that were just set.</param>
    /// <returns>Those with a past; empty when there is no history, or the program does not rest.</returns>
    public IReadOnlyList<UserBreakpoint> Choose(IReadOnlyList<UserBreakpoint> set)
    {
        List<UserBreakpoint> fresh = [.. set.Where(breakpoint => breakpoint is { Log: not null, Hits.HasPast: true }).Distinct()];
        fresh.ForEach(breakpoint => breakpoint.Hits.HasPast = false);
        bool atRest = _sitting is { SessionOrNull.State: SessionState.Stopped or SessionState.HistoryOnly, Settings.NoDebug: false } && !_sitting.Travel.IsActive;
        return atRest && _sitting.Session.Position.Edge > new Ticks(1) ? fresh.FindAll(breakpoint => breakpoint.Armed is not null) : [];
    }

    /// <summary>Prints the past of logpoints, in time order.</summary>
    /// <param name="leg">The leg it belongs to.</param>
    /// <param name="logpoints">Whose.</param>
    /// <returns>The stop where the user stands all the while.</returns>
    public async Task<StopEvent> PrintAsync(Leg leg, IReadOnlyList<UserBreakpoint> logpoints)
    {
        DebugSession session = _sitting.Session;
        (StopEvent here, Position position) = (session.Stop, session.Position);
        Dictionary<int, UserBreakpoint> byId = logpoints.ToDictionary(logpoint => logpoint.Id);
        LogPoint[] points = [.. logpoints.Select(logpoint => new LogPoint(
            logpoint.Id, logpoint.Armed!.Location, null, [.. logpoint.Log!.Parts.Where(part => part.IsExpression).Select(part => part.Text)])
        {
            Condition = logpoint.Wanted.Condition,
        })];
        await session.LogAsync(points, HistoryRange.All, seen => PrintAsync(byId[(int)seen.Number], seen, position), leg.Token).ConfigureAwait(false);
        foreach (UserBreakpoint logpoint in logpoints)
        {
            logpoint.Hits.TakeLogging(position with { At = position.Edge });
        }
        return here;
    }

    private async ValueTask PrintAsync(UserBreakpoint logpoint, Observation seen, Position position)
    {
        Position at = position with { At = seen.At };
        if (logpoint.Hit is { } hit && !hit.Holds(logpoint.Hits.Note(at)))
        {
            return;
        }
        if (!logpoint.Hits.TakeLogging(at))
        {
            return;
        }
        var text = new StringBuilder();
        int value = 0;
        foreach (LogPart part in logpoint.Log!.Parts)
        {
            text.Append(part.IsExpression ? seen.Values[value++].Text : part.Text);
        }
        await _connection.SendEventAndWaitAsync("output", new OutputBody("console", text.Append('\n').ToString(), new OutputTime(seen.At.Value))
        {
            Source = seen.Location is { } location ? SourceList.ToSource(location.File) : null,
            Line = seen.Location?.Line,
        }).ConfigureAwait(false);
    }
}
