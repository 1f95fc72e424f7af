namespace Fred.Core;

/// <summary>One debugged program of one kind (Python, native): makes its head, its checkpoints and its branches.</summary>
/// <remarks>Disposing ends every process of the session and removes its files; it does so even when something in it has failed.</remarks>
public interface IBackend : IAsyncDisposable
{
    /// <summary>Gets the backend's name: pdb or gdb.</summary>
    string Name { get; }

    /// <summary>Gets what its ticks are.</summary>
    BackendTraits Traits => BackendTraits.Statements;

    /// <summary>Gets the checkpoints.</summary>
    ICheckpointEngine Checkpoints { get; }

    /// <summary>Gets a value indicating whether signals may have stopped the program, or would with the present settings, from which it goes on: then they stop <c>reverse-continue</c>, too.</summary>
    bool MeetsSignals => false;

    /// <summary>Starts the program and stops it before its first statement (tick 0).</summary>
    /// <param name="ct">Cancels the start.</param>
    /// <returns>The head of <see cref="BranchId.Main"/>.</returns>
    /// <exception cref="FredException">The program could not be started; the id says why.</exception>
    Task<ILiveHead> StartAsync(CancellationToken ct);

    /// <summary>Turns a replica that stands in the past into the live head of a new branch. The replica object is replaced by the head returned.</summary>
    /// <param name="replica">A stopped replica, not yet scanned.</param>
    /// <param name="branch">The new branch's number.</param>
    /// <param name="ct">Cancels before the replica is changed.</param>
    /// <returns>The new head, and what of the outside world could not be brought back (open sockets, pipes), one line each.</returns>
    Task<(ILiveHead Head, IReadOnlyList<string> Losses)> PromoteAsync(IReplaySession replica, BranchId branch, CancellationToken ct);

    /// <summary>Gets which numbers between two ticks are ticks. Finding out may mean replaying what lies between them once.</summary>
    /// <param name="branch">Whose ticks.</param>
    /// <param name="from">Any number.</param>
    /// <param name="to">Any number that is not before it.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The scale; it is right between the two.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.ReplayDiverged"/>: what lies between them cannot be replayed.</exception>
    ValueTask<TickScale> ScaleAsync(BranchId branch, Ticks from, Ticks to, CancellationToken ct) => ValueTask.FromResult(TickScale.Whole);

    /// <summary>Writes the recordings of some branches, and what is needed to replay them elsewhere, into a directory. The processes go on unchanged.</summary>
    /// <param name="directory">An empty directory; whoever can read it can read what the program had in its memory.</param>
    /// <param name="branches">Which branches.</param>
    /// <param name="ct">Cancels; the directory then holds a part.</param>
    /// <returns>Done when everything is written.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.Unsupported"/> when this backend cannot; <see cref="ErrorId.SessionUnusable"/> when the directory cannot be written.</exception>
    Task SaveRecordingsAsync(string directory, IReadOnlyList<BranchId> branches, CancellationToken ct) =>
        throw new FredException(ErrorId.Unsupported, $"Sessions over {Name} cannot be saved by this version of Fred.");

    /// <summary>Starts a replica at tick 0 of the first branch of kept recordings, instead of <see cref="StartAsync"/>.</summary>
    /// <param name="ct">Cancels.</param>
    /// <returns>The replica; the caller disposes it.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.SessionUnusable"/>: this machine is not the one of the recording in a way that matters; the message names the difference.</exception>
    Task<IReplaySession> ReopenAsync(CancellationToken ct) =>
        throw new FredException(ErrorId.Unsupported, $"Sessions over {Name} cannot be resumed by this version of Fred.");
}

/// <summary>What a backend's ticks are, as far as the algorithms have to know.</summary>
/// <param name="EveryTickIsAStep">
/// Whether a step is one tick. False where ticks are finer (instructions): then which ticks a step stops at only the backend can say, and only for those far enough from
/// the beginning of a replay.
/// </param>
/// <param name="ScansExpressions">
/// Whether an <see cref="ExpressionScan"/> is affordable anywhere, because an evaluation costs no more than a tick. If not, expressions are evaluated at samples first, and closely in what is left.
/// </param>
/// <param name="ShortReplay">So many ticks are replayed in less time than a parked copy costs.</param>
/// <param name="MergeBelow">Intervals with fewer ticks are replayed together with older ones: a replica for each would cost more.</param>
public sealed record BackendTraits(bool EveryTickIsAStep, bool ScansExpressions, long ShortReplay, long MergeBelow)
{
    /// <summary>Gets the traits of a backend whose ticks are statements.</summary>
    public static BackendTraits Statements { get; } = new(EveryTickIsAStep: true, ScansExpressions: true, ShortReplay: 200, MergeBelow: 100_000);

    /// <summary>Gets the traits of a backend whose ticks are instructions.</summary>
    public static BackendTraits Instructions { get; } = new(EveryTickIsAStep: false, ScansExpressions: false, ShortReplay: 500_000, MergeBelow: 20_000_000) { Spacing = TimeSpan.FromMilliseconds(100), MaxCheckpoints = 120 };

    /// <summary>Gets the usual time between checkpoints, where replays are slower than the program itself; null for the one that Core chooses.</summary>
    public TimeSpan? Spacing { get; init; }

    /// <summary>Gets how many checkpoints are kept, if the user says nothing: the more there are, the shorter is the interval that a search in a long history has to replay.</summary>
    public int MaxCheckpoints { get; init; } = 48;
}
