using System.Threading.Channels;

namespace Fred.Core;

/// <summary>The one door for front ends (REPL, DAP, bisect): a user's sitting with one program and its timeline.</summary>
/// <remarks>
/// Requests come from anywhere; one <see cref="RequestGate"/> decides what is allowed now, so that only one command moves at a time. A command that fails or is
/// cancelled in the past leaves the sitting where it stood.
/// Concurrency: (1) the caller's task carries out its command; (2) readers share the stop's inspector, one call at a time; (3) while the live program runs, a pacer
/// takes checkpoints; (4) a timer publishes progress. (3) and (4) end with the command.
/// </remarks>
public sealed partial class DebugSession : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Channel<SessionEvent> _events = Channel.CreateUnbounded<SessionEvent>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Timeline _timeline;
    private readonly TimeProvider _time;
    private readonly JournalLog _journal = new();
    private readonly BreakpointTable _breakpoints = new();
    private readonly List<Bookmark> _bookmarks = [];
    private readonly InspectorCache _inspectors;
    private readonly ForwardMoves _forward;
    private readonly ReverseSearch _reverse;
    private SessionState _state = SessionState.NotStarted;
    private CancellationTokenSource? _moving;
    private StopEvent _stop;
    private string _shellState = string.Empty;
    private string? _quietState;

    private DebugSession(Timeline timeline, TimeProvider time)
    {
        _timeline = timeline;
        _time = time;
        _inspectors = new InspectorCache(timeline.Retired, VerifyValuesAsync);
        _forward = new ForwardMoves(timeline, _breakpoints);
        _reverse = new ReverseSearch(timeline);
        _stop = timeline.Session.Current;
        timeline.CheckpointsChanged = () => Publish(new SessionEvent.CheckpointsChanged());
        timeline.Told = notices =>
        {
            foreach (var notice in notices)
            {
                Publish(new SessionEvent.Notice(notice));
            }
        };
        timeline.WentBack = notices =>
        {
            timeline.Told(notices);
            Publish(new SessionEvent.BranchChanged(Describe(timeline.Branch)));
        };
    }

    /// <summary>Gets what the sitting is doing.</summary>
    public SessionState State
    {
        get
        {
            lock (_lock)
            {
                return _state;
            }
        }
    }

    /// <summary>Gets where and why it last stopped.</summary>
    public StopEvent Stop => _stop;

    /// <summary>Gets what the backend's ticks are.</summary>
    public BackendTraits Traits => _timeline.Traits;

    /// <summary>Gets where in time it stands.</summary>
    public Position Position => new(_timeline.Branch.Id, _timeline.At, _timeline.Branch.Edge);

    /// <summary>Gets the tick the live program has reached; also while it runs. Never blocks.</summary>
    public Ticks LiveTick => _timeline.Branch.Head?.Progress ?? _timeline.Branch.Edge;

    /// <summary>Gets the events, in order. One reader. Complete when the sitting is disposed.</summary>
    public ChannelReader<SessionEvent> Events => _events.Reader;

    /// <summary>Gets the breakpoints.</summary>
    public IReadOnlyList<Breakpoint> Breakpoints => _breakpoints.All;

    /// <summary>Gets the checkpoints of the current branch, in time order.</summary>
    public IReadOnlyList<CheckpointInfo> Checkpoints =>
        [.. _timeline.Checkpoints.Where(c => c.Number > 0).Select(c => new CheckpointInfo(c.Number, c.At, c.Role == CheckpointRole.Pinned))];

    /// <summary>Gets the branches.</summary>
    public IReadOnlyList<BranchInfo> Branches => [.. _timeline.Branches.Select(Describe)];

    /// <summary>Gets the bookmarks.</summary>
    public IReadOnlyList<Bookmark> Bookmarks
    {
        get
        {
            lock (_lock)
            {
                return [.. _bookmarks];
            }
        }
    }

    /// <summary>Gets the journal.</summary>
    public IReadOnlyList<JournalEntry> Journal => _journal.Entries;

    /// <summary>Starts the program and stops it at its first statement (reason entry).</summary>
    /// <param name="backend">Debugs the program; disposed with the sitting, also when the start fails.</param>
    /// <param name="options">How checkpoints are kept.</param>
    /// <param name="time">The clock.</param>
    /// <param name="ct">Cancels the start.</param>
    /// <returns>The sitting, stopped.</returns>
    /// <exception cref="FredException">The program could not be started; the id says why.</exception>
    public static async Task<DebugSession> StartAsync(IBackend backend, SessionOptions options, TimeProvider time, CancellationToken ct)
    {
        DebugSession? session = null;
        try
        {
            var meter = new ProgressMeter(time, progress => session?.Publish(progress));
            var timeline = await Timeline.StartAsync(backend, options, time, meter, ct).ConfigureAwait(false);
            session = new DebugSession(timeline, time);
            var stop = await timeline.RunAsync(new RunRequest(Timeline.FirstEvent), BreakpointSet.Empty, ct).ConfigureAwait(false);
            stop = await timeline.FollowAsync(stop, ct).ConfigureAwait(false);
            session.SetState(session.RestingState());
            session.Arrive(stop.Reason == StopReason.Step ? stop with { Reason = StopReason.Entry } : stop);
            return session;
        }
        catch (Exception)
        {
            await backend.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Replaces the breakpoints. Allowed at any time; while something runs they count from the next command on.</summary>
    /// <param name="breakpoints">All of them; ids are the caller's.</param>
    /// <param name="ct">Not used: nothing waits.</param>
    /// <returns>Done.</returns>
    public Task SetBreakpointsAsync(IReadOnlyList<Breakpoint> breakpoints, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(breakpoints);
        ct.ThrowIfCancellationRequested();
        Require(SessionRequest.SetBreakpoints);
        _breakpoints.Replace(breakpoints);
        Publish(new SessionEvent.BreakpointsChanged());
        return Task.CompletedTask;
    }

    /// <summary>Names this place in time. A name used before now means this place.</summary>
    /// <param name="name">Any text.</param>
    /// <returns>The bookmark.</returns>
    public Bookmark AddBookmark(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        Require(SessionRequest.Annotate);
        var bookmark = new Bookmark(name, _timeline.Branch.Id, _timeline.At);
        lock (_lock)
        {
            _bookmarks.RemoveAll(b => b.Name == name);
            _bookmarks.Add(bookmark);
        }

        return bookmark;
    }

    /// <summary>Renames the current branch.</summary>
    /// <param name="name">Not another branch's name.</param>
    public void NameBranch(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        Require(SessionRequest.Annotate);
        if (_timeline.Branches.Any(b => b.Name == name && !ReferenceEquals(b, _timeline.Branch)))
        {
            throw new FredException(ErrorId.Usage, $"Another branch is called '{name}'; choose another name, or 'switch {name}' to go there.");
        }

        _timeline.Branch.Name = name;
        Publish(new SessionEvent.BranchChanged(Describe(_timeline.Branch)));
    }

    /// <summary>Asks what runs now to stop: a live run pauses, a search or replay returns to where it began. Any thread; no effect at rest.</summary>
    public void Pause()
    {
        lock (_lock)
        {
            if (_state is SessionState.Running or SessionState.Travelling)
            {
                CancelMoving();
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Task? ending;
        lock (_lock)
        {
            if (_state == SessionState.Closed)
            {
                return;
            }

            CancelMoving();
            _state = SessionState.Closed;
            ending = _command;
        }

        await WaitForCommandAsync(ending).ConfigureAwait(false);
        await _inspectors.CloseAsync().ConfigureAwait(false);
        await _timeline.DisposeAsync().ConfigureAwait(false);
        _inspectors.Dispose();
        Publish(new SessionEvent.StateChanged(SessionState.Closed));
        _events.Writer.TryComplete();
    }

    /// <summary>Called under the lock, which keeps the source alive; the command goes on elsewhere, not on this stack.</summary>
    private void CancelMoving()
    {
        if (_moving is { } moving)
        {
            _timeline.Retired.Add(moving.CancelAsync());
        }
    }

    private void Publish(SessionEvent happened) => _events.Writer.TryWrite(happened);

    private void Require(SessionRequest request)
    {
        if (RequestGate.Refusal(request, State) is { } refusal)
        {
            throw new FredException(ErrorId.NotNow, refusal);
        }
    }

    private void SetState(SessionState state)
    {
        lock (_lock)
        {
            if (_state == SessionState.Closed || _state == state)
            {
                return;
            }

            _state = state;
        }

        Publish(new SessionEvent.StateChanged(state));
    }

    private SessionState RestingState() => _timeline.Branch.IsHistoryOnly ? SessionState.HistoryOnly : SessionState.Stopped;

    /// <summary>Shows a stop: the last act of every command that moved.</summary>
    private StopEvent Arrive(StopEvent stop)
    {
        _stop = stop with { Live = _timeline.IsLive };
        _inspectors.Look(_timeline.Session);
        Publish(new SessionEvent.Stopped(_stop, Position));
        return _stop;
    }

    private BranchInfo Describe(Branch branch) =>
        new(branch.Id, branch.Name, branch.Parent?.Id, branch.ForkedAt, branch.Edge, ReferenceEquals(branch, _timeline.Branch));
}
