using Fred.Core;

namespace Fred.Backends;

/// <summary>The native program itself, recording.</summary>
/// <param name="process">Its process; owned.</param>
/// <param name="context">What it shares with its replicas.</param>
/// <param name="forks">The parked checkpoints; null where none are parked.</param>
internal sealed class GdbHead(NativeProcess process, GdbContext context, ForkEngine? forks) : GdbSession(process, context), ILiveHead
{
    /// <inheritdoc/>
    public FollowedChild? Child => Process.Child;

    /// <inheritdoc/>
    public async Task<MutationResult> MutateAsync(Mutation mutation, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var result = mutation.Memory is { } write ? await WriteAsync(write).ConfigureAwait(false) : await Context.Driver.ChangeAsync(Process, mutation, ct).ConfigureAwait(false);
        await LookAsync().ConfigureAwait(false);
        return result;
    }

    private async Task<MutationResult> WriteAsync(MemoryWrite write)
    {
        try
        {
            await Process.WriteMemoryAsync(write.Address, write.Bytes).ConfigureAwait(false);
            return new MutationResult(true, string.Empty);
        }
        catch (FredException error) when (error.Id == ErrorId.DebuggerRefused)
        {
            return new MutationResult(false, error.Message);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> TakeNotices() => Process.TakeNotices();

    /// <inheritdoc/>
    public IReadOnlyList<Checkpoint> TakeNear() => forks is null ? [] : [.. Process.Ticks.TakeNear().Select(forks.Adopt)];

    /// <inheritdoc/>
    public HeadUsage Measure() => Process.Measure(forks?.MeasureBytes() ?? 0);
}
