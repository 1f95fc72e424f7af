using Fred.Core;

namespace Fred.Backends;

/// <summary>One process of a program that is steered by control lines, as head or replica: what Python and native programs have in common.</summary>
/// <remarks>
/// Cancelling is where head and replica differ. A replica is worth nothing, so it is killed. The head is the program itself: it is paused, by the control page and, inside a
/// system call, by a signal, and says where it stands; the caller hears of the cancelling only then.
/// </remarks>
internal abstract partial class SessionProcess : IAsyncDisposable
{
    private const int DmtcpFailure = 99; // the exit status of all its assertions

    private volatile OwnedProcess _process;
    private bool _followed;
    private Ticks? _lostAt;
    private readonly List<string> _notices = [];
    private readonly Lock _gate = new();
    private volatile bool _running;
    private volatile bool _live;
    private Task? _disposing;

    /// <summary>Initializes a new instance of the <see cref="SessionProcess"/> class: takes over a process that has just said hello.</summary>
    /// <param name="host">Its session.</param>
    /// <param name="arrival">The process; owned from now on.</param>
    /// <param name="slot">Its slot of the control page; owned from now on.</param>
    /// <param name="live">Whether it is the program itself.</param>
    /// <param name="parse">Reads its lines.</param>
    protected SessionProcess(AgentHost host, Arrival arrival, int slot, bool live, Func<string, AgentMessage> parse)
    {
        Host = host;
        Slot = slot;
        _live = live;
        _process = host.Own(arrival.Hello.Pid);
        Current = new StopEvent { Reason = StopReason.Entry, At = new Ticks(arrival.Hello.Tick) };
        Connection = new AgentConnection(arrival.Lines, Receive, ExplainAsync, greeting: true, parse);
    }

    /// <summary>Gets where it stands.</summary>
    public StopEvent Current { get; protected set; }

    /// <summary>Gets where it is, read while it runs.</summary>
    public Ticks Progress => _running ? TickOf(Host.Page.ReadTicks(Slot)) : _lostAt ?? Current.At;

    /// <summary>Gets the process's pid.</summary>
    public int Pid => _process.Pid;

    /// <summary>Gets a value indicating whether a run is under way.</summary>
    public bool IsRunning => _running;

    /// <summary>Gets a value indicating whether it is the program itself.</summary>
    public bool IsLive => _live;

    /// <summary>Gets or sets a value indicating whether images can be written of it: a head that was started under DMTCP.</summary>
    public bool HasImages { get; set; }

    /// <summary>Gets or sets which child of the program it is to become; null for none.</summary>
    public FollowedChild? Child { get; set; }

    /// <summary>Gets the reason when it is gone.</summary>
    public Task<FredException> Gone => Connection.Closed;

    /// <summary>Gets a value indicating whether a request in the control page is not seen without a signal.</summary>
    protected virtual bool NeedsSignal => false;

    /// <summary>Gets its session.</summary>
    protected AgentHost Host { get; }

    /// <summary>Gets its slot of the control page.</summary>
    protected int Slot { get; }

    /// <summary>Gets the way to it.</summary>
    protected AgentConnection Connection { get; }

    /// <summary>What the checkpoint policy wants to know of a head.</summary>
    /// <param name="checkpointBytes">Memory of the parked checkpoints.</param>
    /// <returns>What it has used so far.</returns>
    public HeadUsage Measure(long checkpointBytes)
    {
        var (faults, resident) = ProcessUsage.Read(Pid);
        return new HeadUsage(faults, Host.Page.ReadFaultTime(), resident / Environment.SystemPageSize, checkpointBytes);
    }

    /// <summary>Asks for a stop at the next event; no effect on a stopped process.</summary>
    public void RequestPause()
    {
        if (_running && (Host.Page.RequestPause(Slot) | NeedsSignal))
        {
            Host.Interrupt(Pid);
        }
    }

    /// <summary>Sends a line that is not answered, or whose answer is unasked.</summary>
    /// <param name="line">With its line feed.</param>
    /// <returns>Done when it is sent.</returns>
    public Task SendAsync(string line) => Connection.SendAsync(line);

    /// <summary>Kills the process and waits until it is gone.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            return new ValueTask(_disposing ??= EndAsync());
        }
    }

    /// <summary>The tick shown for a count that the process wrote into its slot.</summary>
    /// <param name="count">As written.</param>
    /// <returns>The tick.</returns>
    protected virtual Ticks TickOf(long count) => new(count);

    /// <summary>The process's own number of a tick at which it stands.</summary>
    /// <param name="at">The tick.</param>
    /// <returns>The number.</returns>
    protected virtual long CountOf(Ticks at) => at.Value;

    /// <summary>Takes a message that answers nothing. Runs in the reader's task and must not block.</summary>
    /// <param name="message">The message.</param>
    protected virtual void Unasked(AgentMessage message) => Host.Receive(message);

    /// <summary>Does what a running process has stopped for, when that is not the end of its run.</summary>
    /// <param name="answer">How it answered.</param>
    /// <returns>True when it is to be sent on with the same lines.</returns>
    protected virtual ValueTask<bool> GoesOnAsync(AgentMessage answer) => ValueTask.FromResult(false);

    /// <summary>It is another process from now on.</summary>
    protected virtual void Replaced()
    {
    }

    /// <summary>The process is gone.</summary>
    protected virtual void Ended()
    {
    }

    /// <summary>Says that an answer must be of one kind.</summary>
    /// <typeparam name="T">The kind.</typeparam>
    /// <param name="message">The answer.</param>
    /// <returns>The answer.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.ProtocolBroken"/>.</exception>
    protected static T Expect<T>(AgentMessage message)
        where T : AgentMessage =>
        message as T ?? throw new FredException(
            ErrorId.ProtocolBroken, $"A process of the session answered \"{message.Word}\" where something else was due. fred and its native part come from different versions; rebuild both.");

    /// <summary>Sends lines that make the process run, and waits for the answer.</summary>
    /// <param name="lines">Each with its line feed.</param>
    /// <param name="ct">See the class's remarks.</param>
    /// <param name="seen">Gets what the process sees on the way; null when nothing is looked for.</param>
    /// <returns>The answer.</returns>
    protected async Task<AgentReply> ResumeAsync(string lines, CancellationToken ct, Func<AgentMessage.Seen, ValueTask>? seen = null)
    {
        ct.ThrowIfCancellationRequested();
        Host.Page.ClearPause(Slot);
        _running = true;
        try
        {
            var asked = Connection.AskAsync(lines, seen);
            await using var cancelling = ct.Register(Cancel).ConfigureAwait(false);
            var reply = await asked.ConfigureAwait(false);
            while (await GoesOnAsync(reply.Last).ConfigureAwait(false))
            {
                reply = await Connection.AskAsync(lines, seen).ConfigureAwait(false);
            }

            return reply;
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

    /// <summary>Takes what the process has told for the user since this was called last.</summary>
    /// <returns>Whole sentences.</returns>
    public IReadOnlyList<string> TakeNotices()
    {
        lock (_gate)
        {
            string[] told = [.. _notices];
            _notices.Clear();
            return told;
        }
    }

    /// <summary>Notes something for the user.</summary>
    /// <param name="text">A whole sentence.</param>
    protected void Tell(string text)
    {
        lock (_gate)
        {
            _notices.Add(text);
        }
    }

    /// <summary>Notes that the replica is the program itself from now on.</summary>
    /// <returns>What it has told since <see cref="TakeNotices"/>.</returns>
    protected IReadOnlyList<string> BecomeLive()
    {
        _live = true;
        return TakeNotices();
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
            case AgentMessage.Halted { Reason: AgentMessage.Halted.Locate }:
                break; // It goes on at once.
            case AgentMessage.Stopped or AgentMessage.Halted:
                StopRunning();
                break;
            case AgentMessage.Followed followed:
                Follow(followed);
                break;
            case AgentMessage.Notice notice:
                Tell(notice.Text);
                break;
            default:
                Unasked(message);
                break;
        }
    }

    private void Follow(AgentMessage.Followed followed)
    {
        if (followed.Pid > 0)
        {
            Host.Follow(Pid, followed.Pid, isCopy: _followed);
            (_process, _followed) = (Host.Own(followed.Pid), true);
            Replaced();
        }

        Child?.Tell(followed.Made, isFound: followed.Pid > 0);
    }

    private async Task<FredException> ExplainAsync()
    {
        // Read first: the slot is another's as soon as the process is known to be gone.
        var at = Progress;
        _lostAt = at;
        var status = await _process.EndAsync().ConfigureAwait(false);
        var how = status?.ToString() ?? "its parent, fred-launcher, ended and took it along";
        if (HasImages && status?.ExitCode == DmtcpFailure)
        {
            how = $"DMTCP ended it, because its coordinator is gone or it met something it cannot go on with. {ImageFile.Tail(Host.Directory.DmtcpLogPath)}".TrimEnd().TrimEnd('.');
        }

        return _live
            ? new FredException(ErrorId.HeadLost, $"The program (process {Pid}) is gone at tick {at}: {how}. It cannot go on; its history up to there can still be visited: step back.")
            : new FredException(ErrorId.ReplicaLost, $"A replica (process {Pid}) ended at tick {at}: {how}. Nothing of the recording is lost; give the command again.");
    }

    private async Task EndAsync()
    {
        if (_followed && !Connection.Closed.IsCompleted)
        {
            Host.EndParent();
        }

        var exit = _process.EndAsync();
        await Connection.DisposeAsync().ConfigureAwait(false);
        await exit.ConfigureAwait(false);
        Host.Page.Return(Slot);
        _oneWish.Dispose();
        Ended();
    }
}
