using Fred.Core;

namespace Fred.Backends;

/// <summary>How the ticks of one branch of a native program come to be known. There are two ways to run its head: translated, which counts, and native, which does not.</summary>
internal interface ITickSource : IAsyncDisposable
{
    /// <summary>Gets a value indicating whether the head counts as it runs.</summary>
    bool IsCounted { get; }

    /// <summary>Gets a value indicating whether another checkpoint of the running head can be dealt with.</summary>
    bool MayPark { get; }

    /// <summary>The head is about to run.</summary>
    /// <param name="head">Still stopped.</param>
    void Starting(NativeProcess head);

    /// <summary>Makes the tick of the stopped head known.</summary>
    /// <param name="head">Its stop is restated.</param>
    /// <returns>Done when its stop is exact.</returns>
    Task SettleAsync(NativeProcess head);

    /// <summary>Takes the checkpoints of replicas that were made on the way to where the head has stopped.</summary>
    /// <returns>In time order; the caller's from now on.</returns>
    IReadOnlyList<ParkedProcess> TakeNear();

    /// <summary>The next stop will be far from the last checkpoint, but not from here.</summary>
    /// <param name="head">Stopped, its tick known.</param>
    /// <returns>Done when it can be found from here.</returns>
    Task MarkAsync(NativeProcess head);

    /// <summary>Gives a checkpoint of the head its place in time.</summary>
    /// <param name="parked">The checkpoint; its stop is restated.</param>
    /// <param name="requested">When it was asked for (<see cref="System.Diagnostics.Stopwatch"/>).</param>
    /// <returns>False when it came too late to have one: it is of no use.</returns>
    Task<bool> AdmitAsync(ParkedProcess parked, long requested);

    /// <summary>A checkpoint is given up by its owner.</summary>
    /// <param name="parked">The checkpoint.</param>
    /// <returns>True when it is still needed here, and disposed here later.</returns>
    bool Keeps(ParkedProcess parked);

    /// <summary>Prepares a replica for a run through this branch.</summary>
    /// <param name="replica">Stopped.</param>
    /// <param name="run">How far.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The run with a limit that is a tick.</returns>
    ValueTask<NativeRun> PrepareAsync(NativeProcess replica, NativeRun run, CancellationToken ct);

    /// <summary>Makes a run that <see cref="NativeRun.Joins"/>, and is to find the beginning of the next stretch on its way.</summary>
    /// <param name="replica">Stopped.</param>
    /// <param name="run">Runs it, and gives the stop.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The tick where it stands.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.ReplayDiverged"/>: it did not come there.</exception>
    Task<long> JoinAsync(NativeProcess replica, Func<Task<AgentMessage.Halted>> run, CancellationToken ct);

    /// <summary>Gets which numbers are ticks: see <see cref="IBackend.ScaleAsync"/>.</summary>
    ValueTask<TickScale> ScaleAsync(Ticks from, Ticks to, CancellationToken ct);

    /// <summary>Finds all numbers of the branch that are no ticks, so that they can be kept with its recording. May mean replaying everything that has not been counted yet.</summary>
    /// <param name="ct">Cancels the waiting.</param>
    /// <returns>In time order.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.ReplayDiverged"/>: a part of the history cannot be replayed.</exception>
    Task<IReadOnlyList<TickHole>> CountAllAsync(CancellationToken ct);

    /// <summary>Begins a branch.</summary>
    /// <param name="head">A replica that has just become its head.</param>
    /// <param name="branch">Its number.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The branch's ticks.</returns>
    Task<ITickSource> BranchAsync(NativeProcess head, BranchId branch, CancellationToken ct);
}

/// <summary>Numbers that are no ticks.</summary>
/// <param name="End">The first of them, in the processes' numbers.</param>
/// <param name="Start">The tick that comes instead.</param>
internal sealed record TickHole(long End, long Start);
