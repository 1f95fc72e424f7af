using Fred.Core;
using Shouldly;

namespace Fred.EndToEnd.Tests;

/// <summary>
/// The oracle: every stop of a program from one tick on, read by stepping forward. Each reverse verb has its answer in it, by a plain scan.
/// </summary>
internal sealed class Trace
{
    /// <summary>How many stops a test looks at.</summary>
    public const int Most = 350;

    private readonly List<StopEvent> _stops;

    private Trace(List<StopEvent> stops)
    {
        _stops = stops;
    }

    public Ticks First => _stops[0].At;

    public Ticks Last => _stops[^1].At;

    public int Count => _stops.Count;

    public StopEvent this[Ticks at] => _stops[(int)(at - First)];

    /// <summary>Steps forward until the program ends, or a number of stops has been seen.</summary>
    public static async Task<Trace> ReadAsync(DebugSession session, int most, CancellationToken ct)
    {
        var stops = new List<StopEvent> { session.Stop };
        while (stops.Count < most)
        {
            var stop = await session.ExecuteAsync(new SessionCommand.Step(), ct);
            if (stop.At == stops[^1].At)
            {
                break;
            }

            stop.At.ShouldBe(stops[^1].At.Next);
            stops.Add(stop);
        }

        return new Trace(stops);
    }

    public Ticks ReverseNext(Ticks now) => LastBefore(now, s => s.Depth <= this[now].Depth);

    public Ticks ReverseFinish(Ticks now) => LastBefore(now, s => s.Depth < this[now].Depth);

    public Ticks ReverseContinue(Ticks now, IReadOnlySet<int> lines) => LastBefore(now, s => IsHit(s, lines));

    /// <summary>Where next stops: at the next event that is not deeper, or at a breakpoint on the way.</summary>
    public Ticks Next(Ticks now, IReadOnlySet<int> lines)
    {
        var filter = new StepFilter(this[now].Depth);
        return _stops.Skip((int)(now - First) + 1).FirstOrDefault(s => filter.Matches(s.Depth, s.Location?.Line ?? 0, s.Kind) || IsHit(s, lines))?.At ?? Last;
    }

    /// <summary>
    /// Lines whose every event is a hit of a breakpoint there. Not those with several statements (`if x: y`), at whose first a breakpoint stops: a trace does not tell the
    /// statements of a line apart.
    /// </summary>
    public IReadOnlyList<int> LinesOfOneStatement()
    {
        var shared = new HashSet<int?>();
        for (var i = 0; i < _stops.Count; i++)
        {
            var here = _stops[i];
            if (here.Kind == EventKind.Line && _stops.Skip(i + 1).FirstOrDefault(s => s.Depth <= here.Depth) is { Kind: EventKind.Line } next && next.Location == here.Location)
            {
                shared.Add(here.Location?.Line);
            }
        }

        return [.. _stops.Where(s => s.Kind == EventKind.Line).Select(s => s.Location?.Line).Distinct().Where(line => line is not null && !shared.Contains(line)).Cast<int>()];
    }

    /// <summary>Two stops are the same place and moment.</summary>
    public static void ShouldBeTheSame(StopEvent actual, StopEvent expected, string what) =>
        (actual.At, actual.Kind, actual.Location, actual.Function, actual.Depth).ShouldBe(
            (expected.At, expected.Kind, expected.Location, expected.Function, expected.Depth), what);

    private static bool IsHit(StopEvent stop, IReadOnlySet<int> lines) => stop.Kind == EventKind.Line && stop.Location is { } location && lines.Contains(location.Line);

    private Ticks LastBefore(Ticks now, Func<StopEvent, bool> matches) =>
        _stops.Take((int)(now - First)).LastOrDefault(matches)?.At ?? First;
}
