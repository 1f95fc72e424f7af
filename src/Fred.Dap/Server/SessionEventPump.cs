namespace Fred.Dap;

/// <summary>Carries the session's events to the client. Stops are not taken from here: legs announce them, in the order clients expect.</summary>
internal sealed class SessionEventPump : IAsyncDisposable
{
    private readonly DebugSession _session;
    private readonly Sitting _sitting;
    private readonly DapConnection _connection;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _pump;

    /// <summary>Initializes a new instance of the <see cref="SessionEventPump"/> class, which starts at once.</summary>
    public SessionEventPump(DebugSession session, Sitting sitting, DapConnection connection)
    {
        _session = session;
        _sitting = sitting;
        _connection = connection;
        _pump = Task.Run(PumpAsync);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
#pragma warning disable VSTHRD003 // Started by this class.
        await _pump.ConfigureAwait(false);
#pragma warning restore VSTHRD003
        _stop.Dispose();
    }

    private async Task PumpAsync()
    {
        try
        {
            await foreach (SessionEvent happened in _session.Events.ReadAllAsync(_stop.Token).ConfigureAwait(false))
            {
                Carry(happened);
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }

    private void Carry(SessionEvent happened)
    {
        switch (happened)
        {
            case SessionEvent.Progress progress:
                _sitting.Progress.Report(progress);
                break;
            case SessionEvent.Notice notice:
                _connection.SendOutput("console", notice.Text);
                break;
            case SessionEvent.StateChanged { State: SessionState.Running }:
                _sitting.Travel.NoteRunning();
                break;
            case SessionEvent.CheckpointsChanged or SessionEvent.BranchChanged:
                _connection.SendEvent("fredTimelineChanged", null);
                break;
            case SessionEvent.Stopped or SessionEvent.StateChanged or SessionEvent.BreakpointsChanged:
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(happened));
        }
    }
}
