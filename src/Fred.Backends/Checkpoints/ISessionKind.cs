using Fred.Core;

namespace Fred.Backends;

/// <summary>What a checkpoint engine has to know about one kind of program.</summary>
internal interface ISessionKind
{
    /// <summary>Reads a line from one of its processes.</summary>
    /// <param name="line">Without its line feed.</param>
    /// <returns>The message.</returns>
    AgentMessage Parse(string line);

    /// <summary>Translates a message that says where a process stands.</summary>
    /// <param name="message">The message.</param>
    /// <returns>Null when it is another one.</returns>
    StopEvent? Translate(AgentMessage message);

    /// <summary>Finds the process behind a session.</summary>
    /// <param name="session">Of this backend.</param>
    /// <returns>The process.</returns>
    /// <exception cref="ArgumentException">The session belongs to another backend.</exception>
    SessionProcess ProcessOf(IReplaySession session);

    /// <summary>Whether a checkpoint of a running process can be dealt with now.</summary>
    /// <param name="process">The process.</param>
    /// <returns>False: later.</returns>
    bool MayPark(SessionProcess process) => true;

    /// <summary>Completes what a new checkpoint knows of itself.</summary>
    /// <param name="process">Of which process it is.</param>
    /// <param name="parked">The checkpoint; its stop may be restated.</param>
    /// <param name="requested">When it was asked for (<see cref="System.Diagnostics.Stopwatch"/>).</param>
    /// <returns>False when it is of no use.</returns>
    Task<bool> AdmitAsync(SessionProcess process, ParkedProcess parked, long requested) => Task.FromResult(true);

    /// <summary>A checkpoint is given up.</summary>
    /// <param name="parked">The checkpoint.</param>
    /// <returns>True when it is needed for something else, and disposed by whoever needs it.</returns>
    bool Keeps(ParkedProcess parked) => false;

    /// <summary>A checkpoint has come back from its image.</summary>
    /// <param name="parked">It, as it was written: what it was told later it does not know.</param>
    /// <param name="at">Where it is in time.</param>
    /// <returns>Done when it knows.</returns>
    Task ReturnAsync(ParkedProcess parked, Ticks at) => Task.CompletedTask;

    /// <summary>Takes over a replica that has just said hello.</summary>
    /// <param name="host">Its session.</param>
    /// <param name="arrival">The process; owned from now on.</param>
    /// <param name="slot">Its slot of the control page; owned from now on.</param>
    /// <param name="branch">Whose recording it follows.</param>
    /// <param name="ct">Cancels; the replica is ended.</param>
    /// <returns>The stopped replica; the caller disposes it.</returns>
    Task<IReplaySession> OpenReplicaAsync(AgentHost host, Arrival arrival, int slot, BranchId branch, CancellationToken ct);
}
