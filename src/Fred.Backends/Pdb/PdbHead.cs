using Fred.Core;

namespace Fred.Backends;

/// <summary>The Python program itself, recording.</summary>
/// <param name="session">Its process; owned.</param>
/// <param name="checkpointBytes">Memory of the parked checkpoints.</param>
internal sealed class PdbHead(AgentSession session, Func<long> checkpointBytes) : ILiveHead
{
    /// <summary>Gets the process behind it.</summary>
    public AgentSession Session => session;

    /// <inheritdoc/>
    public StopEvent Current => session.Current;

    /// <inheritdoc/>
    public Ticks Progress => session.Progress;

    /// <inheritdoc/>
    public FollowedChild? Child => session.Child;

    /// <inheritdoc/>
    public Task ArmAsync(BreakpointSet breakpoints, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        session.Arm(breakpoints);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<StopEvent> RunAsync(RunRequest request, CancellationToken ct) => session.RunAsync(request, ct);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ScanMatch>> ScanAsync(ScanRequest request, CancellationToken ct) =>
        throw new InvalidOperationException("The live program is never scanned: a scan spends the process.");

    /// <inheritdoc/>
    public Task<ObservationEnd> ObserveAsync(ObservationRequest request, Func<Observation, ValueTask> note, CancellationToken ct) =>
        throw new InvalidOperationException("The live program is never observed: an observation spends the process.");

    /// <inheritdoc/>
    public async Task<IInspector> InspectAsync(CancellationToken ct) => await session.InspectAsync(ct).ConfigureAwait(false);

    /// <inheritdoc/>
    public Task<MutationResult> MutateAsync(Mutation mutation, CancellationToken ct) => session.MutateAsync(mutation, ct);

    /// <inheritdoc/>
    /// <remarks>Both texts are made by the module fred, which has no quotes and backslashes in them.</remarks>
    public Task<MutationResult> ReturnAsync(string arguments, IReadOnlyList<KeyValuePair<string, string>> known, CancellationToken ct) =>
        session.MutateAsync(new Mutation($"__import__('fred._forked')._forked.came_back('{arguments}', '{string.Join(',', known.Select(k => $"{k.Key} {k.Value}"))}')"), ct);

    /// <inheritdoc/>
    public HeadUsage Measure() => session.Measure(checkpointBytes());

    /// <inheritdoc/>
    public void RequestPause() => session.RequestPause();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => session.DisposeAsync();
}
