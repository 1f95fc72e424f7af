using Fred.Core;

namespace Fred.Backends;

/// <summary>One running or stopped process of the program, as head or replica: what <see cref="PdbHead"/> and <see cref="PdbReplica"/> have in common.</summary>
/// <remarks>
/// Cancelling is where they differ. A replica is worth nothing, so it is killed. The head is the program itself: it is paused, by the control page and, inside a
/// system call, by a signal, and says where it stands; the caller hears of the cancelling only then.
/// </remarks>
internal sealed partial class AgentSession : IAsyncDisposable
{
    private readonly AgentHost _host;
    private readonly AgentConnection _connection;
    private readonly OwnedProcess _process;
    private readonly int _slot;
    private readonly List<string> _notices = [];
    private readonly Lock _gate = new();
    private string _arming = string.Empty;
    private long? _armedVersion;
    private int _executions;
    private volatile bool _running;
    private volatile bool _live;
    private Task? _disposing;

    private AgentSession(AgentHost host, Arrival arrival, int slot, bool live)
    {
        _host = host;
        _slot = slot;
        _live = live;
        _process = host.Own(arrival.Hello.Pid);
        Current = new StopEvent { Reason = StopReason.Entry, At = new Ticks(arrival.Hello.Tick) };
        _connection = new AgentConnection(arrival.Lines, Receive, ExplainAsync, greeting: true);
    }

    /// <summary>Gets where it stands.</summary>
    public StopEvent Current { get; private set; }

    /// <summary>Gets where it is, read while it runs.</summary>
    public Ticks Progress => _running ? new Ticks(_host.Page.ReadTicks(_slot)) : Current.At;

    /// <summary>Gets the process's pid.</summary>
    public int Pid => _process.Pid;

    /// <summary>Gets a value indicating whether a run is under way.</summary>
    public bool IsRunning => _running;

    /// <summary>Takes over a process that has just said hello, and waits until it stands still.</summary>
    /// <param name="host">Its session.</param>
    /// <param name="arrival">The process; owned from now on.</param>
    /// <param name="slot">Its slot of the control page; owned from now on.</param>
    /// <param name="live">Whether it is the program itself.</param>
    /// <param name="mode">The mode line for a started program; empty for a fork.</param>
    /// <param name="ct">Cancels; the process is ended.</param>
    /// <returns>The stopped process; the caller disposes it.</returns>
    public static async Task<AgentSession> OpenAsync(AgentHost host, Arrival arrival, int slot, bool live, string mode, CancellationToken ct)
    {
        var session = new AgentSession(host, arrival, slot, live);
        try
        {
            if (mode.Length > 0)
            {
                await session._connection.SendAsync(mode).ConfigureAwait(false);
            }

            session.Current = AgentStop.Translate(Expect<AgentMessage.Stopped>(await session._connection.GreetingAsync().WaitAsync(ct).ConfigureAwait(false)));
            return session;
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Remembers the breakpoints; they go out with the next run, in the same write.</summary>
    public void Arm(BreakpointSet breakpoints)
    {
        if (_armedVersion == breakpoints.Version)
        {
            return;
        }

        // A fork has the breakpoints of its parent, so the first arming clears too.
        var lines = new System.Text.StringBuilder(AgentCommand.BreakpointsClear);
        foreach (var breakpoint in breakpoints.Enabled)
        {
            lines.Append(AgentCommand.BreakpointAdd(breakpoint));
        }

        _arming = lines.ToString();
        _armedVersion = breakpoints.Version;
    }

    /// <summary>Runs forward; see <see cref="IReplaySession.RunAsync"/>.</summary>
    public async Task<StopEvent> RunAsync(RunRequest request, CancellationToken ct)
    {
        var reply = await ResumeAsync(AgentCommand.Run(request), ct).ConfigureAwait(false);
        Current = AgentStop.Translate(Expect<AgentMessage.Stopped>(reply.Last));
        if (AgentStop.IsBetweenEvents(Current))
        {
            Current = await LocateAsync(Current).ConfigureAwait(false);
        }

        if (Current.Reason == StopReason.Pause)
        {
            ct.ThrowIfCancellationRequested();
        }

        return Current;
    }

    /// <summary>Scans; see <see cref="IReplaySession.ScanAsync"/>.</summary>
    public async Task<IReadOnlyList<ScanMatch>> ScanAsync(ScanRequest request, CancellationToken ct)
    {
        if (request is ExpressionScan watch)
        {
            Expect<AgentMessage.Watching>((await ResumeAsync(AgentCommand.Watch(watch.Expression, watch.Scope), ct).ConfigureAwait(false)).Last);
        }

        var reply = await ResumeAsync(AgentCommand.Scan(request), ct).ConfigureAwait(false);
        Expect<AgentMessage.Scanned>(reply.Last);
        var matches = new ScanMatch[reply.Matches.Count];
        for (var i = 0; i < matches.Length; i++)
        {
            var (tick, value) = (new Ticks(reply.Matches[i].Tick), reply.Matches[i].Value);
            matches[i] = request switch
            {
                BreakpointScan => new ScanMatch(tick, value),
                ExpressionScan => new ScanMatch(tick, Truth: Enum.IsDefined((Truth)value) ? (Truth)value : Truth.NotEvaluable),
                _ => new ScanMatch(tick),
            };
        }

        return matches;
    }

    /// <summary>Opens an inspector on the stopped process.</summary>
    public async Task<PdbInspector> InspectAsync(CancellationToken ct)
    {
        var arrival = await _host.ForkAsync(_connection, AgentCommand.ForkInspector, ct).ConfigureAwait(false);
        return new PdbInspector(arrival.Lines, _host.Own(arrival.Hello.Pid));
    }

    /// <summary>Asks for a stop at the next event; no effect on a stopped process.</summary>
    public void RequestPause()
    {
        if (_running && _host.Page.RequestPause(_slot))
        {
            _host.Interrupt(Pid);
        }
    }

    /// <summary>Runs a statement in the stopped head.</summary>
    public async Task<MutationResult> MutateAsync(Mutation mutation, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var reply = await _connection.AskAsync(AgentCommand.Execute(++_executions, mutation)).ConfigureAwait(false);
        var executed = Expect<AgentMessage.Executed>(reply.Last);
        return new MutationResult(executed.Succeeded, executed.Output);
    }

    /// <summary>Makes this stopped replica the head of a branch.</summary>
    /// <returns>What could not be brought back.</returns>
    public async Task<IReadOnlyList<string>> PromoteAsync(string log, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        lock (_gate)
        {
            _notices.Clear();
        }

        Expect<AgentMessage.Promoted>((await _connection.AskAsync(AgentCommand.Promote(log, _slot, _host.StreamDirectory)).ConfigureAwait(false)).Last);
        _live = true;
        lock (_gate)
        {
            return [.. _notices];
        }
    }

    /// <summary>Kills the process and waits until it is gone.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            return new ValueTask(_disposing ??= EndAsync());
        }
    }

    private static T Expect<T>(AgentMessage message)
        where T : AgentMessage =>
        message as T ?? throw new FredException(
            ErrorId.ProtocolBroken, $"A process of the session answered \"{message.Word}\" where something else was due. fred and its native part come from different versions; rebuild both.");

    // Between events the process knows only the last place where it looked; its frames say where it is.
    private async Task<StopEvent> LocateAsync(StopEvent stop)
    {
        try
        {
            var inspector = await InspectAsync(CancellationToken.None).ConfigureAwait(false);
            await using (inspector.ConfigureAwait(false))
            {
                var stack = await inspector.GetStackAsync(0, 0, CancellationToken.None).ConfigureAwait(false);
                var user = stack.Frames.FirstOrDefault(frame => frame.IsUserCode);
                return stop with { Location = user?.Location, Function = user?.Function };
            }
        }
        catch (FredException)
        {
            // Python can be too far gone to be asked: then there is no place to tell.
            return stop with { Location = null, Function = null };
        }
    }

    private async Task<AgentReply> ResumeAsync(string command, CancellationToken ct, Func<AgentMessage.Seen, ValueTask>? seen = null)
    {
        ct.ThrowIfCancellationRequested();
        _host.Page.ClearPause(_slot);
        var lines = _arming + command;
        _arming = string.Empty;
        _running = true;
        try
        {
            var reply = _connection.AskAsync(lines, seen);
            await using var cancelling = ct.Register(Cancel).ConfigureAwait(false);
            return await reply.ConfigureAwait(false);
        }
        catch (FredException) when (ct.IsCancellationRequested && !_live)
        {
            throw new OperationCanceledException(ct);
        }
        finally
        {
            StopRunning();
        }
    }

    private void Cancel()
    {
        if (_live)
        {
            RequestPause();
        }
        else
        {
            _ = _process.EndAsync();
        }
    }

    private void Receive(AgentMessage message)
    {
        switch (message)
        {
            case AgentMessage.Stopped:
                StopRunning();
                break;
            case AgentMessage.Notice notice:
                lock (_gate)
                {
                    _notices.Add(notice.Text);
                }

                break;
            default:
                _host.Receive(message);
                break;
        }
    }

    private async Task<FredException> ExplainAsync()
    {
        // Read first: the slot is another's as soon as the process is known to be gone.
        var at = Progress;
        var status = await _process.EndAsync().ConfigureAwait(false);
        var how = status?.ToString() ?? "its parent, fred-launcher, ended and took it along";
        return _live
            ? new FredException(ErrorId.HeadLost, $"The program (process {Pid}) is gone at tick {at}: {how}. It cannot go on; its history up to there can still be visited: step back.")
            : new FredException(ErrorId.ReplicaLost, $"A replica (process {Pid}) ended at tick {at}: {how}. Nothing of the recording is lost; give the command again.");
    }

    private async Task EndAsync()
    {
        var exit = _process.EndAsync();
        await _connection.DisposeAsync().ConfigureAwait(false);
        await exit.ConfigureAwait(false);
        _host.Page.Return(_slot);
        _oneWish.Dispose();
    }
}
