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
            _done += _session is null ? 0 : _to - _from;
            (_session, _from, _to) = (session, from, to);
        }
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
            if (_timer is null || _session is null || _to == Ticks.Never)
            {
                return;
            }

            var total = Math.Max(_total, _done + (_to - _from));
            var done = _done + Math.Clamp(_session.Progress - _from, 0, _to - _from);
            var fraction = total == 0 ? 0 : Math.Clamp((double)done / total, 0, 1);
            var elapsed = time.GetElapsedTime(_started);
            publish(new SessionEvent.Progress(_title, fraction, fraction < 0.01 ? null : elapsed * ((1 - fraction) / fraction)));
        }
    }
}
