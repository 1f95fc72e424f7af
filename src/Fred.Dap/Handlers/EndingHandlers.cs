namespace Fred.Dap;

/// <summary>Requests that end something: they overtake all others, so that nothing can keep them waiting.</summary>
internal sealed class EndingHandlers
{
    private readonly Sitting _sitting;
    private readonly DapConnection _connection;
    private readonly IServerControl _server;

    /// <summary>Initializes a new instance of the <see cref="EndingHandlers"/> class.</summary>
    public EndingHandlers(Sitting sitting, DapConnection connection, IServerControl server)
    {
        _sitting = sitting;
        _connection = connection;
        _server = server;
    }

    /// <summary>Adds the handlers to the map.</summary>
    public void Register(Dictionary<string, RequestHandler> map)
    {
        map["pause"] = PauseAsync;
        map["cancel"] = CancelAsync;
        map["terminate"] = TerminateAsync;
        map["disconnect"] = DisconnectAsync;
    }

    private Task<DapResult> PauseAsync(DapRequest request, CancellationToken ct) => Task.FromResult(DapResult.Ok with { Then = _sitting.Travel.Cancel });

    // Best effort by the protocol: what has ended already is no error.
    private Task<DapResult> CancelAsync(DapRequest request, CancellationToken ct)
    {
        CancelArguments arguments = request.Bind(DapJson.Default.CancelArguments);
        if (arguments.RequestId is { } seq)
        {
            _server.CancelRequest(seq);
        }
        if (arguments.ProgressId is { } progress)
        {
            _sitting.Travel.CancelProgress(progress);
        }
        return Task.FromResult(DapResult.Ok);
    }

    private async Task<DapResult> TerminateAsync(DapRequest request, CancellationToken ct)
    {
        _server.CancelAllRequests();
        await _sitting.CloseAsync().ConfigureAwait(false);
        return DapResult.Ok with { Then = () => _connection.SendEvent("terminated", null) };
    }

    private async Task<DapResult> DisconnectAsync(DapRequest request, CancellationToken ct)
    {
        _server.CancelAllRequests();
        await _sitting.DisposeAsync().ConfigureAwait(false);
        return DapResult.Ok with { Then = _server.Stop };
    }
}
