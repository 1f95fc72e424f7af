using Fred.Core;

namespace Fred.Backends;

/// <summary>One running or stopped process of the program, as head or replica: what <see cref="PdbHead"/> and <see cref="PdbReplica"/> have in common.</summary>
/// <remarks>
/// Cancelling is where they differ. A replica is worth nothing, so it is killed. The head is the program itself: it is paused, by the control page and, inside a
/// system call, by a signal, and says where it stands; the caller hears of the cancelling only then.
/// </remarks>
internal sealed partial class AgentSession : SessionProcess
{
    private string _arming = string.Empty;
    private long? _armedVersion;
    private int _executions;

    private AgentSession(AgentHost host, Arrival arrival, int slot, bool live)
        : base(host, arrival, slot, live, static line => AgentMessage.Parse(line))
    {
    }

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
                await session.Connection.SendAsync(mode).ConfigureAwait(false);
            }

            session.Current = AgentStop.Translate(Expect<AgentMessage.Stopped>(await session.Connection.GreetingAsync().WaitAsync(ct).ConfigureAwait(false)));
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
        var reply = await ResumeArmedAsync(AgentCommand.Run(request), ct).ConfigureAwait(false);
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
            Expect<AgentMessage.Watching>((await ResumeArmedAsync(AgentCommand.Watch(watch.Expression, watch.Scope), ct).ConfigureAwait(false)).Last);
        }

        var reply = await ResumeArmedAsync(AgentCommand.Scan(request), ct).ConfigureAwait(false);
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
        var arrival = await Host.ForkAsync(Connection, AgentCommand.ForkInspector, ct).ConfigureAwait(false);
        return new PdbInspector(arrival.Lines, Host.Own(arrival.Hello.Pid));
    }

    /// <summary>Runs a statement in the stopped head.</summary>
    public async Task<MutationResult> MutateAsync(Mutation mutation, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var reply = await Connection.AskAsync(AgentCommand.Execute(++_executions, mutation)).ConfigureAwait(false);
        var executed = Expect<AgentMessage.Executed>(reply.Last);
        return new MutationResult(executed.Succeeded, executed.Output);
    }

    /// <summary>Makes this stopped replica the head of a branch.</summary>
    /// <returns>What could not be brought back.</returns>
    public async Task<IReadOnlyList<string>> PromoteAsync(string log, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        _ = TakeNotices();
        Expect<AgentMessage.Promoted>((await Connection.AskAsync(AgentCommand.Promote(log, Slot, Host.StreamDirectory)).ConfigureAwait(false)).Last);
        return BecomeLive();
    }

    /// <summary>Sends a command that makes the process run, behind what is still to be armed.</summary>
    private Task<AgentReply> ResumeArmedAsync(string command, CancellationToken ct, Func<AgentMessage.Seen, ValueTask>? seen = null)
    {
        var lines = _arming + command;
        _arming = string.Empty;
        return ResumeAsync(lines, ct, seen);
    }

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
}
