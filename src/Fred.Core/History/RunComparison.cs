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
public sealed record Divergence(RunEvent? LastCommon, RunEvent First, RunEvent Second)
{
    /// <summary>Gets the last common event as the second run had it: at another tick, where ticks are finer than statements.</summary>
    public RunEvent? LastCommonOfSecond { get; init; }
}

/// <summary>Finds the first event at which two runs of one program take different ways.</summary>
/// <remarks>
/// As long as two runs execute the same statements, the n-th event means the same moment in both, so there is a first one that differs, and it could be found by bisection. But states at
/// one moment can agree by chance after the runs have parted (two different iterations of one loop), so what is compared are sums over all events so far. Each round replays a range of both runs at once
/// and takes the sums at some thousand events; the next one looks between the last that agrees and the first that does not. The first round sees every event of both runs once, the others some thousandth.
/// Where ticks are statements the n-th event is that of tick n. Where they are finer they differ between the runs (a library may take another way), and a range is counted from its beginning, in one piece.
/// </remarks>
/// <param name="first">A run, standing anywhere.</param>
/// <param name="second">Another one of the same program.</param>
public sealed class RunComparison(DebugSession first, DebugSession second)
{
    /// <summary>Sums taken a round; one costs some microseconds.</summary>
    private const long Samples = 4096;

    private readonly bool _ticksAreEvents = first.Traits.EveryTickIsAStep;

    /// <summary>Gets the last tick up to which both histories reach.</summary>
    public Ticks Common => Least(first.Position.Edge, second.Position.Edge);

    /// <summary>Finds where the runs part.</summary>
    /// <param name="ct">Ends the search.</param>
    /// <returns>The place; null when they agree as far as both histories reach.</returns>
    /// <exception cref="FredException">A replay failed.</exception>
    public async Task<Divergence?> FindAsync(CancellationToken ct)
    {
        var (mine, yours) = (new Side(first, EndOf(first)), new Side(second, EndOf(second)));
        for (var stride = Math.Max(1, Math.Max(mine.To.Value, yours.To.Value) / Samples); ; stride = Math.Max(1, stride / Samples))
        {
            await Task.WhenAll(mine.SumAsync(stride, !_ticksAreEvents, ct), yours.SumAsync(stride, !_ticksAreEvents, ct)).ConfigureAwait(false);
            var same = mine.Sums.Zip(yours.Sums).TakeWhile(pair => pair.First.Number == pair.Second.Number).Count();
            if (same == mine.Sums.Count && same == yours.Sums.Count)
            {
                return null;
            }

            mine.Narrow(same);
            yours.Narrow(same);
            if (stride == 1)
            {
                return mine.Next is { } next && yours.Next is { } other ? new Divergence(mine.Common, next, other) { LastCommonOfSecond = yours.Common } : null;
            }
        }
    }

    private static Ticks Least(Ticks one, Ticks other) => one < other ? one : other;

    private Ticks EndOf(DebugSession run) => _ticksAreEvents ? Common : run.Position.Edge;

    /// <summary>One of the two runs: the range that is looked at, and what was seen in it.</summary>
    private sealed class Side(DebugSession run, Ticks end)
    {
        private readonly Ticks _end = end;
        private Ticks _from = Ticks.Zero;

        public Ticks To { get; private set; } = end;

        public List<Observation> Sums { get; } = [];

        /// <summary>Gets the last event that both runs are known to have.</summary>
        public RunEvent? Common { get; private set; }

        /// <summary>Gets the first event that differs, as far as is known; the end, when there is none because the program has ended; null when it was stopped there.</summary>
        public RunEvent? Next { get; private set; }

        public async Task SumAsync(long stride, bool isOnePiece, CancellationToken ct)
        {
            Sums.Clear();
            await run.SumEventsAsync(new HistoryRange { From = _from, To = To, Jobs = run.JobsBesideAnother, IsOnePiece = isOnePiece }, stride, Sums.Add, ct).ConfigureAwait(false);
        }

        /// <summary>Goes on between the last sum that agrees and the first that does not.</summary>
        public void Narrow(int same)
        {
            if (same > 0)
            {
                (Common, _from) = (Event(Sums[same - 1]), Sums[same - 1].At);
            }

            Next = same < Sums.Count ? Event(Sums[same]) : run.HasEnded ? new RunEvent(run.Position.Edge, null, null) : null;

            // One further, so that the event itself is in the range in any case.
            To = same < Sums.Count ? Least(_end, Sums[same].At.Next) : To;
        }

        private static RunEvent Event(Observation seen) => new(seen.At, seen.Location, seen.Function);
    }
}
