namespace Fred.Core;

/// <summary>
/// Decides when a checkpoint is worth having and which to give up. Pure: time and costs come in as arguments.
/// </summary>
/// <remarks>
/// The difficulty: a goto costs the run time since the checkpoint before it, so checkpoints should be close; but each one makes the program copy the pages it
/// touches next (26-90 us a page on virtual machines), and holds them. So the spacing obeys the cost actually seen, and old checkpoints are thinned until
/// the gap around each is proportional to its age: n of them cover a run of any length with a relative error of about 1/n.
/// </remarks>
/// <param name="options">What the user wants.</param>
/// <param name="traits">What the backend wants when the user says nothing.</param>
internal sealed class LogSpacedPolicy(SessionOptions options, BackendTraits? traits = null)
{
    /// <summary>Never closer than this, whatever the user asks: one checkpoint pauses a big program for several milliseconds.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);

    /// <summary>Spacing when the user gives none: at most a quarter of a second of replay for a cold goto.</summary>
    public static readonly TimeSpan Default = TimeSpan.FromMilliseconds(250);

    /// <summary>Spacing when the whole history is going to be replayed.</summary>
    public static readonly TimeSpan ForReplay = TimeSpan.FromMilliseconds(50);

    /// <summary>Timers go by the kernel's coarse clock, so that they may come this much early.</summary>
    public static readonly TimeSpan Early = TimeSpan.FromMilliseconds(4);

    /// <summary>So much may be spent at once, before there is a run to take a share of: too short to be noticed.</summary>
    public static readonly TimeSpan Credit = TimeSpan.FromMilliseconds(4);

    /// <summary>This part of a run's length is between two checkpoints, at most. More of them cost a run that is only visited more than they save.</summary>
    private const int Divisor = 8;

    /// <summary>The same where run and search count together: the search replays about one interval.</summary>
    private const int DivisorForSearch = 16;

    /// <summary>Share of the run time that may go into checkpoints and the pages that are copied because of them.</summary>
    private const double Share = 0.10;

    private const double ShareForReplay = 0.25;

    private readonly double _share = options.Use == HistoryUse.Visits ? Share : ShareForReplay;

    private readonly TimeSpan _usual = traits?.Spacing ?? Default;

    private readonly int _most = options.MaxCheckpoints ?? (traits ?? BackendTraits.Statements).MaxCheckpoints;

    private readonly int _divisor = IsForSearch(options, traits) ? DivisorForSearch : Divisor;

    /// <summary>Spacing at the beginning of a run; it grows with the run.</summary>
    private readonly TimeSpan _atFirst = TimeSpan.FromMilliseconds(traits?.Spacing is null ? 12 : 24);

    /// <summary>How far checkpoints should be apart, and so how often to ask <see cref="IsDue"/>.</summary>
    /// <param name="running">How long the program has run by now.</param>
    /// <returns>Run time.</returns>
    public TimeSpan PeriodAfter(TimeSpan running) =>
        options.Interval is { } wanted ? (wanted > Shortest ? wanted : Shortest)
        : options.Use == HistoryUse.Replay ? ForReplay
        : (options.Use == HistoryUse.Visits && traits?.Spacing is not null) || running > _usual * _divisor ? _usual
        : running < _atFirst * _divisor ? _atFirst
        : running / _divisor;

    /// <summary>Whether the next checkpoint may be taken.</summary>
    /// <param name="running">How long the program has run by now.</param>
    /// <param name="sinceLast">Run time since the last checkpoint.</param>
    /// <param name="spent">What all checkpoints so far have cost.</param>
    /// <returns>False while those are not paid off.</returns>
    public bool IsDue(TimeSpan running, TimeSpan sinceLast, TimeSpan spent) => sinceLast + Early >= PeriodAfter(running - sinceLast) && Credit + (running * _share) >= spent;

    /// <summary>Chooses the checkpoints to drop.</summary>
    /// <param name="checkpoints">All of one branch, in time order.</param>
    /// <param name="now">Where the program is.</param>
    /// <param name="bytes">What they hold together.</param>
    /// <returns>Those to drop; origin, pinned and micro checkpoints never.</returns>
    public IReadOnlyList<ParkedCheckpoint> Thin(IReadOnlyList<ParkedCheckpoint> checkpoints, Ticks now, long bytes)
    {
        var kept = checkpoints.Where(c => c.Role != CheckpointRole.Micro).ToList();
        var automatic = kept.Count(c => c.Role == CheckpointRole.Automatic);
        var each = bytes / Math.Max(1, kept.Count);
        var dropped = new List<ParkedCheckpoint>();
        while (automatic > 0 && (automatic > _most || bytes > options.MemoryBudget))
        {
            var victim = LeastMissed(kept, now);
            dropped.Add(kept[victim]);
            kept.RemoveAt(victim);
            automatic--;
            bytes -= each;
        }

        return dropped;
    }

    /// <summary>A backend whose own spacing is not the default has to find out where its checkpoints are, which costs more than replaying a longer interval.</summary>
    private static bool IsForSearch(SessionOptions options, BackendTraits? traits) => options.Use != HistoryUse.Visits && traits?.Spacing is null;

    /// <summary>The automatic checkpoint whose removal leaves the smallest gap for its age.</summary>
    private static int LeastMissed(List<ParkedCheckpoint> kept, Ticks now)
    {
        var (best, least) = (-1, double.MaxValue);
        for (var i = 0; i < kept.Count; i++)
        {
            if (kept[i].Role != CheckpointRole.Automatic)
            {
                continue;
            }

            var before = i > 0 ? kept[i - 1].At : Ticks.Zero;
            var after = i + 1 < kept.Count ? kept[i + 1].At : now;
            var gap = (double)Math.Max(0, after - before) / Math.Max(1, now - kept[i].At);
            if (gap < least)
            {
                (best, least) = (i, gap);
            }
        }

        return best;
    }
}
