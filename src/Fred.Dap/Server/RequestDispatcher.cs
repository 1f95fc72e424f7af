using System.Collections.Concurrent;
using System.Threading.Channels;

namespace Fred.Dap;

/// <summary>Carries out a request. Throws for failures; the dispatcher makes the response.</summary>
internal delegate Task<DapResult> RequestHandler(DapRequest request, CancellationToken ct);

/// <summary>From requests to exactly one response each, in the order that the gate's scheduling says.</summary>
/// <remarks>
/// Who runs where: (1) the server's read loop calls <see cref="DispatchAsync"/>, which runs immediate requests itself and queues the rest; (2) one worker,
/// <see cref="RunAsync"/>, takes the queue in order and waits for each queued request, but only starts detached ones; (3) detached requests run on the pool.
/// The gate is asked when a request is started, not when it arrives: the request before it may have changed the state.
/// </remarks>
internal sealed class RequestDispatcher
{
    private readonly DapConnection _connection;
    private readonly IReadOnlyDictionary<string, RequestHandler> _handlers;
    private readonly Func<SessionState> _state;
    private readonly Func<Task> _background;
    private readonly Channel<Pending> _queue = Channel.CreateUnbounded<Pending>(new UnboundedChannelOptions { SingleReader = true });
    private readonly ConcurrentDictionary<int, Pending> _open = new();

    /// <summary>Initializes a new instance of the <see cref="RequestDispatcher"/> class.</summary>
    /// <param name="connection">Where responses go.</param>
    /// <param name="handlers">One for every row of the gate.</param>
    /// <param name="state">What the session is doing now.</param>
    /// <param name="background">What the session does that nobody asked it to: requests that need it at rest wait for that instead of being refused.</param>
    public RequestDispatcher(DapConnection connection, IReadOnlyDictionary<string, RequestHandler> handlers, Func<SessionState> state, Func<Task>? background = null)
    {
        _background = background ?? (static () => Task.CompletedTask);
        _connection = connection;
        _handlers = handlers;
        _state = state;
    }

    /// <summary>Takes a request from the read loop.</summary>
    /// <param name="request">The request.</param>
    /// <param name="ct">Ends with the connection.</param>
    /// <returns>Done when an immediate request has been answered; at once for others.</returns>
    public async Task DispatchAsync(DapRequest request, CancellationToken ct)
    {
        var pending = new Pending(request, CancellationTokenSource.CreateLinkedTokenSource(ct));
        if (RequestGate.Find(request.Command)?.Scheduling == Scheduling.Immediate)
        {
            await AnswerAsync(pending).ConfigureAwait(false);
            return;
        }
        _open.TryAdd(request.Seq, pending);
        await _queue.Writer.WriteAsync(pending, ct).ConfigureAwait(false);
    }

    /// <summary>Works the queue off until <see cref="Complete"/>, and waits for the detached requests too: each gets its response.</summary>
    /// <param name="ct">Stops taking requests.</param>
    public async Task RunAsync(CancellationToken ct)
    {
        var detached = new List<Task>();
        await foreach (Pending pending in _queue.Reader.ReadAllAsync(ct).ConfigureAwait(false))
        {
            Task answered = AnswerAsync(pending);
            if (RequestGate.Find(pending.Request.Command)?.Scheduling == Scheduling.Detached)
            {
                detached.RemoveAll(task => task.IsCompleted);
                detached.Add(answered);
            }
            else
            {
                await answered.ConfigureAwait(false);
            }
        }
        await Task.WhenAll(detached).ConfigureAwait(false);
    }

    /// <summary>No more requests will come.</summary>
    public void Complete() => _queue.Writer.TryComplete();

    /// <summary>Cancels a request that waits or runs.</summary>
    /// <param name="seq">Its number.</param>
    /// <returns>False when there is none with this number any more.</returns>
    public bool Cancel(int seq)
    {
        if (!_open.TryGetValue(seq, out Pending? pending))
        {
            return false;
        }
        pending.Cancel();
        return true;
    }

    /// <summary>Cancels every request that waits or runs.</summary>
    public void CancelAll()
    {
        foreach (Pending pending in _open.Values)
        {
            pending.Cancel();
        }
    }

    // Any exception of a handler becomes its response: an unanswered request would hang the client.
    private async Task AnswerAsync(Pending pending)
    {
        DapResult result;
        try
        {
            pending.Token.ThrowIfCancellationRequested();
            if (RequestGate.Find(pending.Request.Command)?.Scheduling != Scheduling.Immediate && RequestGate.Refuse(pending.Request.Command, SessionState.Travelling) is not null)
            {
                await _background().WaitAsync(pending.Token).ConfigureAwait(false);
            }
            result = RequestGate.Refuse(pending.Request.Command, _state())
                ?? await _handlers[pending.Request.Command](pending.Request, pending.Token).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The boundary: whatever went wrong, the client gets an answer and the session goes on.
        catch (Exception error)
#pragma warning restore CA1031
        {
            result = DapError.From(error);
        }
        _open.TryRemove(new KeyValuePair<int, Pending>(pending.Request.Seq, pending));
        _connection.Respond(pending.Request, result);
        result.Then?.Invoke();
        pending.Dispose();
    }

    private sealed class Pending(DapRequest request, CancellationTokenSource cancellation) : IDisposable
    {
        private readonly Lock _lock = new();
        private bool _disposed;

        public DapRequest Request { get; } = request;

        public CancellationToken Token { get; } = cancellation.Token;

        public void Cancel()
        {
            lock (_lock)
            {
                if (!_disposed)
                {
                    cancellation.Cancel();
                }
            }
        }

        public void Dispose()
        {
            lock (_lock)
            {
                _disposed = true;
                cancellation.Dispose();
            }
        }
    }
}
