using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Fred.Dap;

/// <summary>Serves one DAP client over a pair of streams: `fred dap`.</summary>
/// <remarks>
/// Who runs where: (1) <see cref="RunAsync"/> reads messages and runs immediate requests; it blocks on the client and ends with it; (2) the dispatcher's worker
/// runs the other requests in order; (3) the connection's writer blocks on the client's reading; (4) a leg on its way through time runs on the pool, as do the
/// pumps for output and session events. Whatever ends first ends all: the debuggee is gone when <see cref="RunAsync"/> returns.
/// </remarks>
public sealed class DapServer : IServerControl, IDisposable
{
    private readonly Stream _input;
    private readonly Stream _output;
    private readonly IDebuggeeLauncher _launcher;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private RequestDispatcher? _dispatcher;

    /// <summary>Initializes a new instance of the <see cref="DapServer"/> class. The streams stay the caller's.</summary>
    /// <param name="input">What the client sends.</param>
    /// <param name="output">What the client reads; nothing else may write to it.</param>
    /// <param name="launcher">Starts programs.</param>
    /// <param name="time">The clock.</param>
    public DapServer(Stream input, Stream output, IDebuggeeLauncher launcher, TimeProvider time)
    {
        _input = input;
        _output = output;
        _launcher = launcher;
        _time = time;
    }

    /// <summary>Gets what the launch configuration must hold as "token"; null when whoever can reach the streams may start programs.</summary>
    public string? Token { get; init; }

    /// <summary>Serves the client until it disconnects, closes its stream or sends what is no DAP.</summary>
    /// <param name="ct">Ends the service; the debuggee is ended too.</param>
    /// <returns>Null after an orderly end, else what went wrong with the client, for the log.</returns>
    public async Task<string?> RunAsync(CancellationToken ct)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(ct, _stop.Token);
        PipeReader reader = PipeReader.Create(_input, new StreamPipeReaderOptions(leaveOpen: true));
        PipeWriter writer = PipeWriter.Create(_output, new StreamPipeWriterOptions(leaveOpen: true));
        var stream = new DapStream(reader, writer);
        var connection = new DapConnection(stream);
        var sitting = new Sitting(connection, _time);
        await using ConfiguredAsyncDisposable closing = sitting.ConfigureAwait(false);
        _dispatcher = new RequestDispatcher(connection, HandlerMap.Create(sitting, connection, _launcher, Token, this), () => sitting.State, () => sitting.Travel.Background);

        using var gone = CancellationTokenSource.CreateLinkedTokenSource(ct);
        Task writing = WriteAsync(connection, ending, gone.Token);
        Task working = _dispatcher.RunAsync(CancellationToken.None);
        string? problem = await ReadAsync(stream, connection, ending.Token).ConfigureAwait(false);

        _dispatcher.CancelAll();
        _dispatcher.Complete();
        await sitting.DisposeAsync().ConfigureAwait(false);
        await working.ConfigureAwait(false);
        connection.Complete();
        if (problem is not null)
        {
            await gone.CancelAsync().ConfigureAwait(false);
        }
        await writing.ConfigureAwait(false);
        await reader.CompleteAsync().ConfigureAwait(false);
        return problem;
    }

    /// <inheritdoc/>
    public void Dispose() => _stop.Dispose();

    /// <inheritdoc/>
    bool IServerControl.CancelRequest(int seq) => _dispatcher?.Cancel(seq) ?? false;

    /// <inheritdoc/>
    void IServerControl.CancelAllRequests() => _dispatcher?.CancelAll();

    /// <inheritdoc/>
    void IServerControl.Stop() => _stop.Cancel();

    private async Task<string?> ReadAsync(DapStream stream, DapConnection connection, CancellationToken ct)
    {
        try
        {
            while (await stream.ReadAsync(ct).ConfigureAwait(false) is { } frame)
            {
                await TakeAsync(frame, connection, ct).ConfigureAwait(false);
            }
            return null;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        catch (Exception error) when (error is DapFramingException or EndOfStreamException or IOException)
        {
            return error.Message;
        }
    }

    private async Task TakeAsync(DapFrame frame, DapConnection connection, CancellationToken ct)
    {
        DapMessage message = frame switch
        {
            DapFrame.Message read => DapEncoding.Decode(read.Body),
            DapFrame.TooLong skipped => new DapInvalid(null, null, $"A message of {skipped.Length} bytes; at most {DapStream.MaxBody} are taken."),
            _ => throw new ArgumentOutOfRangeException(nameof(frame)),
        };
        switch (message)
        {
            case DapRequest request:
                await _dispatcher!.DispatchAsync(request, ct).ConfigureAwait(false);
                break;
            case DapClientResponse response:
                connection.Receive(response);
                break;
            case DapInvalid { Seq: { } seq } invalid:
                connection.Respond(new DapRequest(seq, invalid.Command ?? "", default), DapError.From(ErrorId.Usage, invalid.Problem));
                break;
            case DapInvalid invalid:
                connection.SendOutput("important", $"Fred could not use something the editor sent: {invalid.Problem}");
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(frame));
        }
    }

    // A client that has gone (or never reads) is noticed here first. The reader is stopped then; it may be blocked for ever.
    private static async Task WriteAsync(DapConnection connection, CancellationTokenSource ending, CancellationToken ct)
    {
        try
        {
            await connection.RunAsync(ct).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or OperationCanceledException)
        {
            await ending.CancelAsync().ConfigureAwait(false);
        }
    }
}
