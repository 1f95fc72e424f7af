using Fred.Core;

namespace Fred.Backends;

/// <summary>A process that shows the past: it replays from the log and never touches the outside world.</summary>
internal sealed class PdbReplica(AgentSession session) : IReplaySession
{
    private readonly AgentSession _first = session; // progress is read by a timer, also just after the replica has gone
    private AgentSession? _session = session;

    /// <inheritdoc/>
    public StopEvent Current => Session.Current;

    /// <inheritdoc/>
    public Ticks Progress => _first.Progress;

    /// <summary>Gets the process behind it.</summary>
    /// <exception cref="ObjectDisposedException">It was promoted or disposed.</exception>
    public AgentSession Session => _session ?? throw new ObjectDisposedException(nameof(PdbReplica), "The replica was disposed, or has become the head of a branch.");

    /// <inheritdoc/>
    public Task ArmAsync(BreakpointSet breakpoints, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        Session.Arm(breakpoints);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<StopEvent> RunAsync(RunRequest request, CancellationToken ct) => Session.RunAsync(request, ct);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ScanMatch>> ScanAsync(ScanRequest request, CancellationToken ct) => Session.ScanAsync(request, ct);

    /// <inheritdoc/>
    public Task<ObservationEnd> ObserveAsync(ObservationRequest request, Func<Observation, ValueTask> note, CancellationToken ct) => Session.ObserveAsync(request, note, ct);

    /// <inheritdoc/>
    public async Task<IInspector> InspectAsync(CancellationToken ct) => await Session.InspectAsync(ct).ConfigureAwait(false);

    /// <inheritdoc/>
    public void RequestPause() => _session?.RequestPause();

    /// <summary>Gives the process away; this object is of no use afterwards.</summary>
    public AgentSession Release()
    {
        var session = Session;
        _session = null;
        return session;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _session, null) is { } session)
        {
            await session.DisposeAsync().ConfigureAwait(false);
        }
    }
}
