namespace Fred.Core;

/// <summary>An event of one of two runs that are compared.</summary>
/// <param name="At">Its tick.</param>
/// <param name="Location">Where; null at the program's end.</param>
/// <param name="Function">Its function; null where there is no location.</param>
public sealed record RunEvent(Ticks At, SourceLocation? Location, string? Function);

/// <summary>Where two runs part.</summary>
/// <param name="LastCommon">The last event that both had; null when not even the first one is.</param>
/// <param name="First">What the first run did next.</param>
/// <param name="Second">What the second run did next.</param>
public sealed record Divergence(RunEvent? LastCommon, RunEvent First, RunEvent Second);

/// <summary>Finds the first event at which two runs of one program take different ways.</summary>
/// <remarks>
/// As long as two runs execute the same statements, the same tick means the same moment in both, so there is a first tick that differs, and it could be found by bisection. But states at
/// one tick can agree by chance after the runs have parted (two different iterations of one loop), so what is compared are sums over all events so far. Each round replays a range of both runs at once
/// and takes the sums at some thousand ticks; the next one looks between the last that agrees and the first that does not. The first round sees every event of both runs once, the others some thousandth.
/// </remarks>
/// <param name="first">A run, standing anywhere.</param>
/// <param name="second">Another one of the same program.</param>
public sealed class RunComparison(DebugSession first, DebugSession second)
{
    /// <summary>Sums taken a round; one costs some microseconds.</summary>
    private const long Samples = 4096;

    /// <summary>Gets the last tick up to which both histories reach.</summary>
    public Ticks Common => first.Position.Edge < second.Position.Edge ? first.Position.Edge : second.Position.Edge;

    /// <summary>Finds where the runs part.</summary>
    /// <param name="ct">Ends the search.</param>
    /// <returns>The place; null when they agree as far as both histories reach.</returns>
    /// <exception cref="FredException">A replay failed.</exception>
    public async Task<Divergence?> FindAsync(CancellationToken ct)
    {
        var (good, bad) = (Ticks.Zero, Common);
        while (true)
        {
            var stride = Math.Max(1, (bad - good) / Samples);
            var (here, there) = await SumAsync(good, bad, stride, ct).ConfigureAwait(false);
            var same = Enumerable.Range(0, Math.Min(here.Count, there.Count)).TakeWhile(i => here[i].Number == there[i].Number).Count();
            if (same == here.Count && same == there.Count)
            {
                return null;
            }

            if (stride == 1)
            {
                var common = same > 0 ? Event(here[same - 1]) : await AtAsync(good, ct).ConfigureAwait(false);
                return new Divergence(common, Event(here[same]), Event(there[same]));
            }

            (good, bad) = (same > 0 ? here[same - 1].At : good, here[same].At);
        }
    }

    private static RunEvent Event(Observation seen) => new(seen.At, seen.Location, seen.Function);

    private async Task<RunEvent?> AtAsync(Ticks tick, CancellationToken ct)
    {
        if (tick == Ticks.Zero)
        {
            return null;
        }

        var (here, _) = await SumAsync(tick.Previous, tick, 1, ct).ConfigureAwait(false);
        return Event(here[0]);
    }

    private async Task<(List<Observation> First, List<Observation> Second)> SumAsync(Ticks after, Ticks to, long stride, CancellationToken ct)
    {
        var range = new HistoryRange { From = after, To = to, Jobs = first.JobsBesideAnother };
        var (here, there) = (new List<Observation>(), new List<Observation>());
        await Task.WhenAll(first.SumEventsAsync(range, stride, here.Add, ct), second.SumEventsAsync(range, stride, there.Add, ct)).ConfigureAwait(false);
        return (here, there);
    }
}
