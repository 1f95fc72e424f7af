namespace Fred.Dap;

/// <summary>What the handlers share: the client, the program and its session.</summary>
/// <remarks>Written by the lifecycle handlers only; everyone else reads.</remarks>
internal sealed class Sitting : IAsyncDisposable
{
    private readonly DapConnection _connection;
    private readonly TimeProvider _time;
    private DebugSession? _session;
    private readonly SemaphoreSlim _change = new(1, 1);
    private Debuggee? _debuggee;
    private bool _ended;
    private OutputPump? _output;
    private SessionEventPump? _events;

    /// <summary>Initializes a new instance of the <see cref="Sitting"/> class.</summary>
    public Sitting(DapConnection connection, TimeProvider time)
    {
        _connection = connection;
        _time = time;
        Progress = new ProgressReporter(connection, time);
        Travel = new Travel(this, connection);
        Breakpoints = new BreakpointTable(this, connection);
    }

    /// <summary>Gets or sets what the client said about itself.</summary>
    public InitializeArguments Client { get; set; } = new();

    /// <summary>Gets or sets the launch settings; null before the launch.</summary>
    public LaunchSettings? Settings { get; set; }

    /// <summary>Gets the numbers given out at this stop.</summary>
    public Handles Handles { get; } = new();

    /// <summary>Gets the movement on its way.</summary>
    public Travel Travel { get; }

    /// <summary>Gets the breakpoints.</summary>
    public BreakpointTable Breakpoints { get; }

    /// <summary>Gets the progress shown in the client.</summary>
    public ProgressReporter Progress { get; }

    /// <summary>Gets the exception filters that are switched on.</summary>
    public ExceptionFilters Exceptions => Breakpoints.Exceptions;

    /// <summary>Gets the places where the user stood.</summary>
    public StopLog Stops { get; } = new();

    /// <summary>Gets the source files seen in stacks.</summary>
    public SourceList Sources { get; } = new();

    /// <summary>Gets the session.</summary>
    /// <exception cref="FredException"><see cref="ErrorId.NotNow"/>: no program has been launched.</exception>
    public DebugSession Session => _session ?? throw new FredException(ErrorId.NotNow, "No program has been launched yet.");

    /// <summary>Gets the session, if there is one.</summary>
    public DebugSession? SessionOrNull => _session;

    /// <summary>Gets the backend's name: pdb or gdb; empty before the launch.</summary>
    public string BackendName => _debuggee?.Backend.Name ?? "";

    /// <summary>Gets the state the request gate asks for. From the start of a movement to the end of its bookkeeping the session counts as moving.</summary>
    public SessionState State => (_session, Travel.IsActive) switch
    {
        (null, _) => SessionState.NotStarted,
        ({ } session, false) => session.State,
        ({ State: SessionState.Running }, true) => SessionState.Running,
        (_, true) => SessionState.Travelling,
    };

    /// <summary>Starts a program. It stands before its first statement afterwards.</summary>
    /// <param name="debuggee">The program; owned by the sitting from now on, also when this fails.</param>
    /// <param name="ct">Cancels the start.</param>
    public async Task OpenAsync(Debuggee debuggee, CancellationToken ct)
    {
        await _change.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            // Two restarts at once: the first one's program must not be forgotten while it runs.
            await ForgetAsync().ConfigureAwait(false);
            _debuggee = debuggee;
            ct.ThrowIfCancellationRequested();
            ObjectDisposedException.ThrowIf(_ended, this);
            DebugSession session = await DebugSession.StartAsync(debuggee.Backend, debuggee.Options, _time, ct).ConfigureAwait(false);
            _output = debuggee.Output is null ? null : new OutputPump(debuggee.Output, session, _connection);
            _session = session;
            _events = new SessionEventPump(session, this, _connection);
        }
        catch
        {
            await ForgetAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            _change.Release();
        }
    }

    /// <summary>Shows what the program has written so far, so that it comes before the stop.</summary>
    public async Task FlushOutputAsync()
    {
        if (_output is { } output && _debuggee is { } debuggee)
        {
            await debuggee.SettleOutputAsync().ConfigureAwait(false);
            await output.FlushAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Ends the program and forgets it. Nothing of it is left afterwards; another may be opened.</summary>
    public async Task CloseAsync()
    {
        await _change.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            await ForgetAsync().ConfigureAwait(false);
        }
        finally
        {
            _change.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_ended)
        {
            _ended = true;
            await CloseAsync().ConfigureAwait(false);
        }
    }

    private async Task ForgetAsync()
    {
        await Travel.StopAsync().ConfigureAwait(false);
        Handles.Reset();
        Stops.Clear();
        if (_session is { } session)
        {
            await session.DisposeAsync().ConfigureAwait(false);
        }
        if (_debuggee is { } debuggee)
        {
            await debuggee.Backend.DisposeAsync().ConfigureAwait(false);
            await debuggee.CloseOutputAsync().ConfigureAwait(false);
        }
        if (_events is { } events)
        {
            await events.DisposeAsync().ConfigureAwait(false);
        }
        if (_output is { } output)
        {
            await output.DisposeAsync().ConfigureAwait(false);
        }
        (_session, _debuggee, _events, _output) = (null, null, null, null);
    }
}
