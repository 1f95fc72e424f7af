namespace Fred.Core;

/// <summary>What a sitting is doing. Which commands are allowed in which state is one table: the request gate.</summary>
public enum SessionState
{
    /// <summary>The program has not been started.</summary>
    NotStarted,

    /// <summary>At rest; everything can be asked.</summary>
    Stopped,

    /// <summary>The live program runs.</summary>
    Running,

    /// <summary>A replica is on its way through the past.</summary>
    Travelling,

    /// <summary>The live program can do no more (lost, threads, log full), the history can still be visited.</summary>
    HistoryOnly,

    /// <summary>The sitting is over.</summary>
    Closed,
}
