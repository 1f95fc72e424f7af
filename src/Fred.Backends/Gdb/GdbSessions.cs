using System.Collections.Concurrent;
using Fred.Core;

namespace Fred.Backends;

/// <summary>Native programs, as checkpoint engines see them.</summary>
/// <param name="context">What the sessions share; there is none before the start.</param>
/// <param name="branches">How the ticks of each branch come to be known.</param>
internal sealed class GdbSessions(Func<GdbContext> context, ConcurrentDictionary<BranchId, ITickSource> branches) : ISessionKind
{
    /// <inheritdoc/>
    public AgentMessage Parse(string line) => AgentMessage.ParseNative(line);

    /// <inheritdoc/>
    public StopEvent? Translate(AgentMessage message) => message is AgentMessage.Halted halted ? NativeStop.Translate(halted, context().Space.Offset) : null;

    /// <inheritdoc/>
    public SessionProcess ProcessOf(IReplaySession session) =>
        session is GdbSession own ? own.Process : throw new ArgumentException("The session belongs to another backend.", nameof(session));

    /// <inheritdoc/>
    public bool MayPark(SessionProcess process) => process is not NativeProcess { IsLive: true } head || head.Ticks.MayPark;

    /// <inheritdoc/>
    public Task<bool> AdmitAsync(SessionProcess process, ParkedProcess parked, long requested) =>
        process is NativeProcess { IsLive: true } head ? head.Ticks.AdmitAsync(parked, requested) : Task.FromResult(true);

    /// <inheritdoc/>
    public bool Keeps(ParkedProcess parked) => branches.Values.Any(ticks => ticks.Keeps(parked));

    /// <inheritdoc/>
    public async Task ReturnAsync(ParkedProcess parked, Ticks at)
    {
        _ = await parked.Connection.AskAsync(NativeCommand.Tick(at.Value + context().Space.Offset)).ConfigureAwait(false);
        parked.Stop = parked.Stop with { At = at };
    }

    /// <inheritdoc/>
    public async Task<IReplaySession> OpenReplicaAsync(AgentHost host, Arrival arrival, int slot, BranchId branch, CancellationToken ct)
    {
        var process = await NativeProcess.OpenAsync(context().Space, host, arrival, slot, live: false, string.Empty, ct).ConfigureAwait(false);
        process.Ticks = branches[branch];
        var session = new GdbSession(process, context());
        await session.LookAsync().ConfigureAwait(false);
        return session;
    }
}
