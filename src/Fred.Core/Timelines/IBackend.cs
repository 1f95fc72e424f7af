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
}

/// <summary>What a backend's ticks are, as far as the algorithms have to know.</summary>
/// <param name="EveryTickIsAStep">
/// Whether a step is one tick. False where ticks are finer (instructions): then which ticks a step stops at only the backend can say, and only for those far enough from
/// the beginning of a replay.
/// </param>
/// <param name="ScansExpressions">Whether <see cref="ExpressionScan"/> is possible. If not, expressions are evaluated at samples and by bisection.</param>
/// <param name="ShortReplay">So many ticks are replayed in less time than a parked copy costs.</param>
/// <param name="MergeBelow">Intervals with fewer ticks are replayed together with older ones: a replica for each would cost more.</param>
public sealed record BackendTraits(bool EveryTickIsAStep, bool ScansExpressions, long ShortReplay, long MergeBelow)
{
    /// <summary>Gets the traits of a backend whose ticks are statements.</summary>
    public static BackendTraits Statements { get; } = new(EveryTickIsAStep: true, ScansExpressions: true, ShortReplay: 200, MergeBelow: 100_000);

    /// <summary>Gets the traits of a backend whose ticks are instructions.</summary>
    public static BackendTraits Instructions { get; } = new(EveryTickIsAStep: false, ScansExpressions: false, ShortReplay: 500_000, MergeBelow: 20_000_000);
}
