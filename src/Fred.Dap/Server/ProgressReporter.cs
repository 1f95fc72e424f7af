using System.Globalization;

namespace Fred.Dap;

/// <summary>Shows a leg's progress in the client, from the session's first report to the leg's end. Every progressStart gets its progressEnd.</summary>
internal sealed class ProgressReporter
{
    /// <summary>Legs shorter than this show no progress: most steps are, and a flickering notification helps nobody.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(300);

    private readonly DapConnection _connection;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private Leg? _leg;
    private string? _id;
    private bool _supported;
    private int _last;
    private long _began;

    /// <summary>Initializes a new instance of the <see cref="ProgressReporter"/> class.</summary>
    public ProgressReporter(DapConnection connection, TimeProvider time)
    {
        _connection = connection;
        _time = time;
    }

    /// <summary>A leg begins; nothing is shown yet, most are too short.</summary>
    public void Begin(Leg leg, bool supported)
    {
        lock (_lock)
        {
            (_leg, _id, _supported, _began) = (leg, null, supported, _time.GetTimestamp());
        }
    }

    /// <summary>The session reports; a report that comes after the leg's end is dropped.</summary>
    public void Report(SessionEvent.Progress progress)
    {
        lock (_lock)
        {
            if (_leg is null || !_supported || (_id is null && _time.GetElapsedTime(_began) < Quiet))
            {
                return;
            }
            double percentage = Math.Round(100 * Math.Clamp(progress.Fraction, 0, 1), 1);
            if (_id is null)
            {
                _id = string.Create(CultureInfo.InvariantCulture, $"fred-{++_last}");
                _connection.SendEvent("progressStart", new ProgressStartBody(_id, _leg.Title, _leg.RequestId, true, percentage));
            }
            _connection.SendEvent("progressUpdate", new ProgressUpdateBody(_id, Describe(progress), percentage));
        }
    }

    /// <summary>The leg ends.</summary>
    public void End(Leg leg)
    {
        lock (_lock)
        {
            if (_leg != leg)
            {
                return;
            }
            if (_id is not null)
            {
                _connection.SendEvent("progressEnd", new ProgressEndBody(_id, leg.Token.IsCancellationRequested ? "Cancelled" : null));
            }
            (_leg, _id) = (null, null);
        }
    }

    /// <summary>Whether the running leg is shown under this id.</summary>
    public bool Shows(string progressId)
    {
        lock (_lock)
        {
            return _id == progressId;
        }
    }

    private static string Describe(SessionEvent.Progress progress) => progress.Remaining is { } remaining
        ? string.Create(CultureInfo.InvariantCulture, $"{progress.Title}, about {Math.Max(1, Math.Ceiling(remaining.TotalSeconds))} s left")
        : progress.Title;
}
