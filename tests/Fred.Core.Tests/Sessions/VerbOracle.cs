using Fred.TestKit;

namespace Fred.Core.Tests;

/// <summary>Answers every verb by looking at the forward trace: no checkpoints, no replays, no intervals.</summary>
/// <param name="Trace">The branch's events as recorded after the command; a live command extends it up to its stop.</param>
/// <param name="Edge">The live edge before the command.</param>
/// <param name="Breakpoints">The armed breakpoints.</param>
internal sealed record VerbOracle(ForwardTrace Trace, Ticks Edge, IReadOnlyList<Breakpoint> Breakpoints)
{
    /// <summary>Where a command must stop and why.</summary>
    /// <param name="from">Where it was given.</param>
    /// <param name="command">The command.</param>
    /// <returns>The tick and reason.</returns>
    public (Ticks At, StopReason Reason) Expect(Ticks from, SessionCommand command) => command switch
    {
        SessionCommand.Step c => Forward(from, new Ticks(from.Value + c.Count), null),
        SessionCommand.Next c => Repeat(from, c.Count, (e, _) => new StepFilter(e.Depth)),
        SessionCommand.Finish c => Repeat(from, c.Count, (e, i) => new StepFilter(i > 0 && e.Kind == EventKind.Return ? e.Depth - 1 : e.Depth, 0, true)),
        SessionCommand.Until => Repeat(from, 1, (e, _) => new StepFilter(e.Depth, e.Line + 1)),
        SessionCommand.Continue c => Continue(from, c.Count),
        SessionCommand.ReverseStep c => from.Value - c.Count >= 1 ? Arrive(new Ticks(from.Value - c.Count)) : Start(from),
        SessionCommand.ReverseNext c => Back(from, c.Count, (e, here) => e.Depth <= here.Depth),
        SessionCommand.ReverseFinish c => Back(from, c.Count, (e, here) => e.Depth < here.Depth),
        SessionCommand.ReverseContinue c => BackToBreakpoint(from, c.Count),
        SessionCommand.Goto c => Arrive(c.Target),
        SessionCommand.GotoLive => Arrive(Edge),
        _ => throw new ArgumentOutOfRangeException(nameof(command)),
    };

    private static (Ticks At, StopReason Reason) Start(Ticks from) => (new Ticks(Math.Min(1, from.Value)), StopReason.StartOfHistory);

    private static StopReason EndReason(ScriptedEvent end) => end.Exception is null ? StopReason.Exit : StopReason.Exception;

    private (Ticks At, StopReason Reason) Arrive(Ticks at) => (at, Trace[at].Kind == EventKind.End ? EndReason(Trace[at]) : StopReason.Step);

    private (Ticks At, StopReason Reason) Forward(Ticks from, Ticks limit, StepFilter? filter)
    {
        if (Trace[from].Kind == EventKind.End)
        {
            return (from, StopReason.EndOfHistory);
        }

        var live = from == Edge;
        foreach (var e in Trace.Events.Where(e => e.At > from && (live || e.At <= Edge)))
        {
            if (e.Kind == EventKind.End)
            {
                return (e.At, EndReason(e));
            }

            if (IsHit(e))
            {
                return (e.At, StopReason.Breakpoint);
            }

            if (e.At == limit || filter?.Matches(e.Depth, e.Line, e.Kind) == true)
            {
                return (e.At, StopReason.Step);
            }
        }

        return (Edge, live ? StopReason.Pause : StopReason.EndOfHistory);
    }

    private (Ticks At, StopReason Reason) Repeat(Ticks from, int count, Func<ScriptedEvent, int, StepFilter> filterAt)
    {
        var stop = (At: from, Reason: StopReason.Step);
        for (var i = 0; i < count && stop.Reason == StopReason.Step; i++)
        {
            stop = (this with { Edge = Max(Edge, stop.At) }).Forward(stop.At, Ticks.Never, filterAt(Trace[stop.At], i));
        }

        return stop;
    }

    private (Ticks At, StopReason Reason) Continue(Ticks from, int count)
    {
        var stop = (At: from, Reason: StopReason.Breakpoint);
        for (var i = 0; i < count && stop.Reason == StopReason.Breakpoint; i++)
        {
            stop = (this with { Edge = Max(Edge, stop.At) }).Forward(stop.At, Ticks.Never, null);
        }

        return stop;
    }

    private (Ticks At, StopReason Reason) Back(Ticks from, int count, Func<ScriptedEvent, ScriptedEvent, bool> matches)
    {
        var at = from;
        for (var i = 0; i < count; i++)
        {
            if (Trace.Last(Ticks.Zero, at.Previous, e => matches(e, Trace[at])) is not { } found)
            {
                return Start(at);
            }

            at = found.At;
        }

        return (at, StopReason.Step);
    }

    private (Ticks At, StopReason Reason) BackToBreakpoint(Ticks from, int count)
    {
        var hits = Trace.Events.Where(e => e.At.Value >= 1 && e.At < from && IsHit(e)).Reverse().Skip(count - 1).ToList();
        return hits.Count == 0 ? Start(from) : (hits[0].At, StopReason.Breakpoint);
    }

    private bool IsHit(ScriptedEvent e) =>
        e.Kind == EventKind.Line && Breakpoints.Any(b => b.Enabled && b.Location.Line == e.Line && (b.Condition is null || Holds(e, b.Condition)));

    private static bool Holds(ScriptedEvent e, string condition)
    {
        try
        {
            return e.Evaluate(condition) is true;
        }
        catch (ScriptException)
        {
            return true;
        }
    }

    private static Ticks Max(Ticks a, Ticks b) => a > b ? a : b;
}
