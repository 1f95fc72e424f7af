using Fred.Core;

namespace Fred.Backends;

/// <summary>Python programs, as checkpoint engines see them.</summary>
internal sealed class PdbSessions : ISessionKind
{
    private PdbSessions()
    {
    }

    /// <summary>Gets the only instance; it knows no session.</summary>
    public static PdbSessions Instance { get; } = new();

    /// <inheritdoc/>
    public AgentMessage Parse(string line) => AgentMessage.Parse(line);

    /// <inheritdoc/>
    public StopEvent? Translate(AgentMessage message) => message is AgentMessage.Stopped stopped ? AgentStop.Translate(stopped) : null;

    /// <inheritdoc/>
    public SessionProcess ProcessOf(IReplaySession session) => session switch
    {
        PdbHead head => head.Session,
        PdbReplica replica => replica.Session,
        _ => throw new ArgumentException("The session belongs to another backend.", nameof(session)),
    };

    /// <inheritdoc/>
    public async Task<IReplaySession> OpenReplicaAsync(AgentHost host, Arrival arrival, int slot, BranchId branch, CancellationToken ct) =>
        new PdbReplica(await AgentSession.OpenAsync(host, arrival, slot, live: false, string.Empty, ct).ConfigureAwait(false));
}
