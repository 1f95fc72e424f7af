using Fred.Core;

namespace Fred.Backends;

/// <summary>Native programs, as checkpoint engines see them.</summary>
/// <param name="context">What the sessions share; there is none before the start.</param>
internal sealed class GdbSessions(Func<GdbContext> context) : ISessionKind
{
    /// <inheritdoc/>
    public AgentMessage Parse(string line) => AgentMessage.ParseNative(line);

    /// <inheritdoc/>
    public StopEvent? Translate(AgentMessage message) => message is AgentMessage.Halted halted ? NativeStop.Translate(halted, context().Space.Offset) : null;

    /// <inheritdoc/>
    public SessionProcess ProcessOf(IReplaySession session) =>
        session is GdbSession own ? own.Process : throw new ArgumentException("The session belongs to another backend.", nameof(session));

    /// <inheritdoc/>
    public async Task<IReplaySession> OpenReplicaAsync(AgentHost host, Arrival arrival, int slot, CancellationToken ct)
    {
        var process = await NativeProcess.OpenAsync(context().Space, host, arrival, slot, live: false, string.Empty, ct).ConfigureAwait(false);
        var session = new GdbSession(process, context());
        await session.LookAsync().ConfigureAwait(false);
        return session;
    }
}
