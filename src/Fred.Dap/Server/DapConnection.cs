using System.Collections.Concurrent;
using System.Threading.Channels;

namespace Fred.Dap;

/// <summary>The way out: numbers messages, keeps their order and writes them one at a time. Any thread may send.</summary>
/// <remarks>Sending never waits for the client; whoever could flood it (the program's output) uses <see cref="SendEventAndWaitAsync"/>.</remarks>
internal sealed class DapConnection
{
    private readonly DapStream _stream;
    private readonly Channel<Outgoing> _queue = Channel.CreateUnbounded<Outgoing>(new UnboundedChannelOptions { SingleReader = true });
    private readonly ConcurrentDictionary<int, TaskCompletionSource<DapClientResponse>> _asked = new();
    private readonly Lock _lock = new();
    private int _seq;

    /// <summary>Initializes a new instance of the <see cref="DapConnection"/> class.</summary>
    public DapConnection(DapStream stream)
    {
        _stream = stream;
    }

    /// <summary>Writes what is sent until <see cref="Complete"/> or until the client is gone.</summary>
    /// <param name="ct">Stops writing at once; what waits is lost.</param>
    public async Task RunAsync(CancellationToken ct)
    {
        try
        {
            await foreach (Outgoing message in _queue.Reader.ReadAllAsync(ct).ConfigureAwait(false))
            {
                if (!await _stream.WriteAsync(message.Bytes, ct).ConfigureAwait(false))
                {
                    break;
                }
                message.Written?.TrySetResult();
            }
        }
        finally
        {
            Complete();
            ReleaseWaiters();
        }
    }

    /// <summary>Lets <see cref="RunAsync"/> end when everything sent so far has been written.</summary>
    public void Complete() => _queue.Writer.TryComplete();

    /// <summary>Answers a request.</summary>
    public void Respond(DapRequest request, DapResult result) => Send(seq => DapEncoding.EncodeResponse(seq, request, result), null);

    /// <summary>Sends an event.</summary>
    public void SendEvent(string name, object? body) => Send(seq => DapEncoding.EncodeEvent(seq, name, body), null);

    /// <summary>Sends an event and waits until it has been written, or cannot be any more.</summary>
    public async Task SendEventAndWaitAsync(string name, object? body)
    {
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (Send(seq => DapEncoding.EncodeEvent(seq, name, body), written))
        {
            await written.Task.ConfigureAwait(false);
        }
    }

    /// <summary>Sends text for the debug console.</summary>
    /// <param name="category">console, important, stdout or stderr.</param>
    /// <param name="text">One or more lines.</param>
    public void SendOutput(string category, string text) => SendEvent("output", new OutputBody(category, text.EndsWith('\n') ? text : text + "\n", null));

    /// <summary>Asks the client for something.</summary>
    /// <param name="command">The request's command.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="ct">Stops waiting for the answer.</param>
    /// <returns>The client's answer.</returns>
    public async Task<DapClientResponse> AskAsync(string command, object arguments, CancellationToken ct)
    {
        var answer = new TaskCompletionSource<DapClientResponse>(TaskCreationOptions.RunContinuationsAsynchronously);
        int asked = 0;
        Send(
            seq =>
            {
                asked = seq;
                _asked[seq] = answer;
                return DapEncoding.EncodeRequest(seq, command, arguments);
            },
            null);
        try
        {
            return await answer.Task.WaitAsync(ct).ConfigureAwait(false);
        }
        finally
        {
            _asked.TryRemove(asked, out _);
        }
    }

    /// <summary>Takes the client's answer to a request of ours; one that nobody waits for is dropped.</summary>
    public void Receive(DapClientResponse response)
    {
        if (_asked.TryRemove(response.RequestSeq, out TaskCompletionSource<DapClientResponse>? waiter))
        {
            waiter.TrySetResult(response);
        }
    }

    private bool Send(Func<int, byte[]> encode, TaskCompletionSource? written)
    {
        lock (_lock)
        {
            return _queue.Writer.TryWrite(new Outgoing(encode(++_seq), written));
        }
    }

    private void ReleaseWaiters()
    {
        while (_queue.Reader.TryRead(out Outgoing? message))
        {
            message.Written?.TrySetResult();
        }
        foreach (TaskCompletionSource<DapClientResponse> waiter in _asked.Values)
        {
            waiter.TrySetResult(new DapClientResponse(0, false, "the editor has gone"));
        }
    }

    private sealed record Outgoing(byte[] Bytes, TaskCompletionSource? Written);
}
