namespace Fred.Core;

/// <summary>Turns the ticks of replays into progress events: a fraction of the work known so far, at most ten a second.</summary>
/// <remarks>
/// Concurrency: (1) the command's task calls <see cref="Begin"/>, <see cref="Follow"/> and <see cref="End"/>; (2) a timer of the TimeProvider reads the followed
/// session's progress (never blocks) and publishes; it lives from Begin to End.
/// </remarks>
internal sealed class ProgressMeter(TimeProvider time, Action<SessionEvent.Progress> publish)
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private readonly List<(IReplaySession Session, Ticks From, Ticks To)> _together = [];
    private ITimer? _timer;
    private string _title = string.Empty;
    private long _started;
    private long _total;
    private long _done;
    private IReplaySession? _session;
    private Ticks _from;
    private Ticks _to;

    /// <summary>Begins a piece of work.</summary>
    /// <param name="title">What is being done.</param>
    /// <param name="total">Ticks to be replayed; 0 when only the replays themselves will tell.</param>
    public void Begin(string title, long total)
    {
        lock (_lock)
        {
            (_title, _total, _done, _session, _started) = (title, total, 0, null, time.GetTimestamp());
            _timer ??= time.CreateTimer(_ => Publish(), null, Period, Period);
        }
    }

    /// <summary>Says how much the work may come to, once it is known.</summary>
    /// <param name="total">Ticks to be replayed at most.</param>
    public void Expect(long total)
    {
        lock (_lock)
        {
            _total = total;
        }
    }

    /// <summary>A session is about to replay.</summary>
    /// <param name="session">The session.</param>
    /// <param name="from">From this tick.</param>
    /// <param name="to">To this one at most.</param>
    public void Follow(IReplaySession session, Ticks from, Ticks to)
    {
        lock (_lock)
        {
            if (_together.Count > 0)
            {
                return;
            }

            _done += _session is null ? 0 : _to - _from;
            (_session, _from, _to) = (session, from, to);
        }
    }

    /// <summary>A session is about to replay, at the same time as others.</summary>
    /// <param name="session">The session.</param>
    /// <param name="from">From this tick.</param>
    /// <param name="to">To this one at most.</param>
    /// <returns>To be disposed when it has arrived.</returns>
    public IDisposable Join(IReplaySession session, Ticks from, Ticks to)
    {
        lock (_lock)
        {
            _together.Add((session, from, to));
        }

        return new Joined(this, session);
    }

    /// <summary>The work is over; nothing is published afterwards.</summary>
    public void End()
    {
        lock (_lock)
        {
            _timer?.Dispose();
            (_timer, _session) = (null, null);
        }
    }

    private void Publish()
    {
        lock (_lock)
        {
            if (_timer is null || (_together.Count == 0 && (_session is null || _to == Ticks.Never)))
            {
                return;
            }

            var (length, moved) = _together.Count > 0 ? (_together.Sum(s => s.To - s.From), _together.Sum(Moved))
                : _session is null ? (0, 0) : (_to - _from, Moved((_session, _from, _to)));
            var total = Math.Max(_total, _done + length);
            var done = _done + moved;
            var fraction = total == 0 ? 0 : Math.Clamp((double)done / total, 0, 1);
            var elapsed = time.GetElapsedTime(_started);
            publish(new SessionEvent.Progress(_title, fraction, fraction < 0.01 ? null : elapsed * ((1 - fraction) / fraction)));
        }
    }

    private static long Moved((IReplaySession Session, Ticks From, Ticks To) leg) => Math.Clamp(leg.Session.Progress - leg.From, 0, leg.To - leg.From);

    private void Leave(IReplaySession session)
    {
        lock (_lock)
        {
            var leg = _together.Find(s => ReferenceEquals(s.Session, session));
            _done += leg.To - leg.From;
            _together.Remove(leg);
        }
    }

    private sealed class Joined(ProgressMeter meter, IReplaySession session) : IDisposable
    {
        public void Dispose() => meter.Leave(session);
    }
}
