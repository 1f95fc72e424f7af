namespace Fred.Core;

/// <summary>
/// One process (or process tree) that runs the program forward, never back: the live head or a replica. All reversing is made of several of these.
/// </summary>
/// <remarks>
/// Not thread-safe: one call at a time, except <see cref="RequestPause"/> and <see cref="Progress"/>. Disposing kills the process and waits until it is gone.
/// Cancelling a run or scan pauses the process and ends with <see cref="OperationCanceledException"/>; a replica is then only good for disposing,
/// the head stands where it paused (<see cref="Current"/> says where).
/// </remarks>
public interface IReplaySession : IAsyncDisposable
{
    /// <summary>Gets where the session stands and why.</summary>
    StopEvent Current { get; }

    /// <summary>Gets the tick the process has reached, read while it runs. Never blocks; any thread, also after disposal (the last tick known).</summary>
    Ticks Progress { get; }

    /// <summary>Replaces the session's breakpoints. Cheap when <paramref name="breakpoints"/> is the version already armed.</summary>
    /// <param name="breakpoints">The timeline's breakpoints.</param>
    /// <param name="ct">Cancels before anything is armed.</param>
    /// <returns>Done when armed.</returns>
    Task ArmAsync(BreakpointSet breakpoints, CancellationToken ct);

    /// <summary>Runs forward until the request says stop. Only ticks after the current one count.</summary>
    /// <param name="request">Where to stop.</param>
    /// <param name="ct">Pauses the run.</param>
    /// <returns>Where and why it stopped.</returns>
    /// <exception cref="FredException">The process died, or its replay diverged.</exception>
    Task<StopEvent> RunAsync(RunRequest request, CancellationToken ct);

    /// <summary>Runs to the request's limit and reports what matched on the way. The session is spent afterwards: dispose it.</summary>
    /// <param name="request">What to look for.</param>
    /// <param name="ct">Stops the scan.</param>
    /// <returns>The matches in time order; only the last one unless the request says all.</returns>
    Task<IReadOnlyList<ScanMatch>> ScanAsync(ScanRequest request, CancellationToken ct);

    /// <summary>Whether replicas can follow an expression at hardly more than the price of a replay, so that an <see cref="ExpressionScan"/> with a stride of 1 is affordable anywhere.</summary>
    /// <param name="expression">In the program's language.</param>
    /// <param name="scope">Whose names it uses at any tick.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>False where each evaluation costs something.</returns>
    Task<bool> FollowsAsync(string expression, EvaluationScope scope, CancellationToken ct) => Task.FromResult(false);

    /// <summary>Runs to the request's limit and notes what is asked for on the way, evaluated in the session's own process. The session is spent afterwards: dispose it.</summary>
    /// <param name="request">What to note.</param>
    /// <param name="note">Gets each note, in time order, while the session runs; while it does not return, the session stands still.</param>
    /// <param name="ct">Stops the session.</param>
    /// <returns>How far it came, and whether its notes can be trusted.</returns>
    /// <exception cref="FredException">An expression does not parse, the process died, or its replay diverged.</exception>
    Task<ObservationEnd> ObserveAsync(ObservationRequest request, Func<Observation, ValueTask> note, CancellationToken ct);

    /// <summary>Opens a view of the stopped program. The view is a throw-away copy: whatever is evaluated in it leaves the session untouched.</summary>
    /// <param name="ct">Cancels before the view exists.</param>
    /// <returns>The view; the caller disposes it.</returns>
    Task<IInspector> InspectAsync(CancellationToken ct);

    /// <summary>Asks a running session to stop at its next event with <see cref="StopReason.Pause"/>. No effect on a stopped one. Any thread.</summary>
    void RequestPause();
}
