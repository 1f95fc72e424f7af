namespace Fred.Core;

/// <summary>One program's run, navigable both ways: owns the heads, the checkpoints, and the session the user looks at.</summary>
/// <remarks>
/// The hard part is that processes only run forward and any of them may die or go astray. So: the session shown is replaced only by one that has arrived and
/// proved it (<see cref="ArrivalProof"/>); a checkpoint that fails is dropped and the next older one used, the one at tick 0 last; whatever goes wrong on the
/// way, the old session still stands where it stood. Not thread-safe: one command at a time (<see cref="DebugSession"/> sees to that).
/// </remarks>
internal sealed partial class Timeline : IAsyncDisposable
{
    private readonly IBackend _backend;
    private readonly ICheckpointEngine _engine;
    private readonly LogSpacedPolicy _policy;
    private readonly CheckpointTable _table = new();
    private readonly ArrivalProof _proof = new();
    private readonly Retirement _retired = new();
    private readonly CheckpointPacer _pacer;
    private readonly ProgressMeter _meter;
    private readonly TimeProvider _time;
    private IReadOnlyList<Branch> _branches = []; // Replaced, never changed: front ends list branches while a command runs.
    private BranchId _shownOn = BranchId.Main;
    private long _shortReplay;

    private Timeline(IBackend backend, SessionOptions options, TimeProvider time, ProgressMeter meter, ILiveHead head)
        : this(backend, options, time, meter, head, [new Branch(BranchId.Main, "main", null, head.Current) { Head = head }], BranchId.Main)
    {
    }

    private Timeline(IBackend backend, SessionOptions options, TimeProvider time, ProgressMeter meter, IReplaySession start, IReadOnlyList<Branch> branches, BranchId current)
    {
        _backend = backend;
        _engine = backend.Checkpoints;
        _shortReplay = backend.Traits.ShortReplay;
        _policy = new LogSpacedPolicy(options, backend.Traits);
        Replicas = options.Replicas;
        _pacer = new CheckpointPacer(_engine, _table, _policy, time, Drop);
        _meter = meter;
        _time = time;
        _branches = branches;
        Branch = branches.First(b => b.Id == current);
        Session = start;
    }

    /// <summary>Gets the tick of the first event: what reverse commands call the start of history. Tick 0, before it, has no location.</summary>
    public static Ticks FirstEvent => new(1);

    /// <summary>Gets what the backend's ticks are.</summary>
    public BackendTraits Traits => _backend.Traits;

    /// <summary>Gets a value indicating whether signals stop going back: see <see cref="IBackend.MeetsSignals"/>.</summary>
    public bool MeetsSignals => _backend.MeetsSignals;

    /// <summary>Gets the branch the user is on.</summary>
    public Branch Branch { get; private set; }

    /// <summary>Gets all branches.</summary>
    public IReadOnlyList<Branch> Branches => _branches;

    /// <summary>Gets the session that stands where the user stands.</summary>
    public IReplaySession Session { get; private set; }

    /// <summary>Gets where the user stands.</summary>
    public Ticks At => Session.Current.At;

    /// <summary>Gets a value indicating whether the user stands at the live edge, in the live program itself.</summary>
    public bool IsLive => ReferenceEquals(Session, Branch.Head);

    /// <summary>Gets how many replicas may run at once.</summary>
    public int Replicas { get; }

    /// <summary>Gets what was seen at each tick.</summary>
    public ArrivalProof Proof => _proof;

    /// <summary>Gets the processes on their way out.</summary>
    public Retirement Retired => _retired;

    /// <summary>Gets the meter of the command that is under way.</summary>
    public ProgressMeter Meter => _meter;

    /// <summary>Gets the checkpoints of the current branch in time order.</summary>
    public IReadOnlyList<ParkedCheckpoint> Checkpoints => _table.VisibleTo(Branch);

    /// <summary>Sets what to do when checkpoints were taken or dropped.</summary>
    public Action CheckpointsChanged
    {
        set => _pacer.Changed = value;
    }

    /// <summary>Starts the program and parks its beginning.</summary>
    /// <param name="backend">Who starts it; disposed with the timeline.</param>
    /// <param name="options">How checkpoints are kept.</param>
    /// <param name="time">The clock.</param>
    /// <param name="meter">Where replays report.</param>
    /// <param name="ct">Cancels the start.</param>
    /// <returns>The timeline at tick 0.</returns>
    public static async Task<Timeline> StartAsync(IBackend backend, SessionOptions options, TimeProvider time, ProgressMeter meter, CancellationToken ct)
    {
        var head = await backend.StartAsync(ct).ConfigureAwait(false);
        var timeline = new Timeline(backend, options, time, meter, head);
        var origin = await backend.Checkpoints.SaveAsync(head, ct).ConfigureAwait(false) ?? throw new FredException(
            ErrorId.ForkFailed, "The beginning of the program could not be saved, so there would be nothing to go back to. Free memory or processes (ulimit -u) and start again.");
        timeline._table.Add(origin, BranchId.Main, CheckpointRole.Origin);
        timeline._proof.Observe(timeline.Branch, head.Current);
        return timeline;
    }

    /// <summary>Finds a branch by name.</summary>
    /// <param name="name">As the user sees it.</param>
    /// <returns>The branch.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.NoSuchName"/>.</exception>
    public Branch FindBranch(string name) => _branches.FirstOrDefault(b => b.Name == name) ?? throw new FredException(
        ErrorId.NoSuchName, $"There is no branch '{name}'. The branches are: {string.Join(", ", _branches.Select(b => b.Name))}.");

    /// <summary>Finds a checkpoint by number.</summary>
    /// <param name="number">As the user sees it.</param>
    /// <returns>The checkpoint.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.NoSuchName"/>.</exception>
    public ParkedCheckpoint FindCheckpoint(int number) => _table.Find(number) ?? throw new FredException(
        ErrorId.NoSuchName, $"There is no checkpoint {number}. The checkpoints are: {string.Join(", ", Checkpoints.Where(c => c.Number > 0).Select(c => c.Number))}.");

    /// <summary>Moves to a tick of a branch.</summary>
    /// <param name="branch">The branch.</param>
    /// <param name="target">The tick.</param>
    /// <param name="ct">Cancels; the user then stands where he stood, on the old branch.</param>
    /// <returns>The stop.</returns>
    public async Task<StopEvent> SwitchAsync(Branch branch, Ticks target, CancellationToken ct)
    {
        var (old, left) = (Branch, At);
        Branch = branch;
        try
        {
            var stop = await GotoAsync(target, ct).ConfigureAwait(false);
            if (!ReferenceEquals(old, branch))
            {
                old.LeftAt = left;
            }

            return stop;
        }
        catch (Exception)
        {
            Branch = old;
            throw;
        }
    }

    /// <summary>Parks a copy of the state the user looks at.</summary>
    /// <param name="role">Why.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The checkpoint; null when it could not be taken.</returns>
    public async Task<ParkedCheckpoint?> SaveHereAsync(CheckpointRole role, CancellationToken ct) =>
        await _engine.SaveAsync(Session, ct).ConfigureAwait(false) is { } saved ? _table.Add(saved, Branch.Id, role) : null;

    /// <summary>Makes the replica the user looks at the live program of a new branch.</summary>
    /// <param name="ct">Cancels before the replica is changed.</param>
    /// <returns>What of the outside world could not be brought back.</returns>
    public async Task<IReadOnlyList<string>> PromoteAsync(CancellationToken ct)
    {
        var id = new BranchId(_branches.Count + 1);
        var (parent, stop) = (Branch, Session.Current);
        try
        {
            var (head, losses) = await _backend.PromoteAsync(Session, id, ct).ConfigureAwait(false);
            parent.LeftAt = stop.At;
            Branch = new Branch(id, $"branch-{id.Value}", parent, stop with { Fingerprint = head.Current.Fingerprint }) { Head = head };
            _branches = [.. _branches, Branch];
            (Session, _shownOn) = (head, id);
            return losses;
        }
        catch (Exception error) when (error is FredException or OperationCanceledException)
        {
            // The replica may be spoilt; a fresh one takes its place.
            var old = Session;
            Session = await ReachAsync(stop.At, leaveMicros: false, CancellationToken.None).ConfigureAwait(false);
            _retired.Add(old);
            throw;
        }
    }

    /// <summary>Runs a statement in the live program the user stands in.</summary>
    /// <param name="mutation">The statement.</param>
    /// <param name="ct">Cancels before it starts.</param>
    /// <returns>What became of it.</returns>
    public Task<MutationResult> MutateAsync(Mutation mutation, CancellationToken ct) => ChangeAsync(head => head.MutateAsync(mutation, ct));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!IsLive)
        {
            _retired.Add(Session);
        }

        foreach (var branch in _branches)
        {
            if (branch.Head is { } head)
            {
                _retired.Add(head);
            }
        }

        await _retired.WaitAsync().ConfigureAwait(false);
        await _backend.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<MutationResult> ChangeAsync(Func<ILiveHead, Task<MutationResult>> change)
    {
        var head = Branch.Head ?? throw new FredException(ErrorId.HeadLost, "The live program of this branch is gone; go to an earlier tick and change it there: that begins a new branch.");
        _proof.Changed(Branch, At);
        var result = await change(head).ConfigureAwait(false);

        // Copies of this tick made before the change would show the old values.
        foreach (var stale in Checkpoints.Where(c => c.At == At && c.Branch == Branch.Id && c.Role is CheckpointRole.Micro or CheckpointRole.Automatic))
        {
            Drop(stale);
        }

        return result;
    }

    private void Drop(ParkedCheckpoint entry)
    {
        if (_table.Remove(entry))
        {
            _retired.Add(_engine.DiscardAsync(entry.Checkpoint));
        }
    }

    private void Show(IReplaySession session)
    {
        if (!ReferenceEquals(Session, session))
        {
            if (!_branches.Any(b => ReferenceEquals(b.Head, Session)))
            {
                _retired.Add(Session);
            }

            Session = session;
        }

        _shownOn = Branch.Id;
    }
}
