namespace Fred.Dap;

/// <summary>What handlers may ask of the server itself.</summary>
internal interface IServerControl
{
    /// <summary>Cancels a request that waits or runs.</summary>
    /// <returns>False when there is none with this number any more.</returns>
    bool CancelRequest(int seq);

    /// <summary>Cancels every request that waits or runs.</summary>
    void CancelAllRequests();

    /// <summary>Ends the connection when what has been sent is written.</summary>
    void Stop();
}
