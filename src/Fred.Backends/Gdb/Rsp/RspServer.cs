using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;
using Fred.Core;

namespace Fred.Backends;

/// <summary>A remote stub for one gdb after the other on a unix socket.</summary>
/// <remarks>
/// gdb waits for every answer, so packets are answered one at a time. What is hard is Ctrl-C: it arrives while a run is under way, so reading goes on beside answering.
/// Whatever gdb sends is answered, and what is not understood by the empty packet, as the protocol wants: unknown packets are how gdb probes.
/// </remarks>
internal sealed class RspServer : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly Func<IRspTarget> _target;
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _serving;

    /// <summary>Initializes a new instance of the <see cref="RspServer"/> class and listens.</summary>
    /// <param name="path">Of the socket; must not exist. Its directory decides who may connect.</param>
    /// <param name="target">What gdb sees, asked for at every packet: it may be another one from packet to packet.</param>
    public RspServer(string path, Func<IRspTarget> target)
    {
        (Path, _target) = (path, target);
        _listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            // Nobody can connect before it listens.
            _listener.Bind(new UnixDomainSocketEndPoint(path));
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            _listener.Listen(1);
        }
        catch
        {
            _listener.Dispose();
            throw;
        }

        _serving = Task.Run(ServeAllAsync);
    }

    /// <summary>Gets where gdb connects: <c>target remote PATH</c>.</summary>
    public string Path { get; }

    /// <summary>Gets what is told of an error that gdb may not show.</summary>
    public Action<FredException> Failed { get; init; } = static _ => { };

    /// <summary>Gets what is done when a gdb has left, before the next one is listened to.</summary>
    public Func<Task> LeftAsync { get; init; } = static () => Task.CompletedTask;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _serving.ConfigureAwait(false);
        _closing.Dispose();
    }

    private async Task ServeAllAsync()
    {
        while (!_closing.IsCancellationRequested)
        {
            try
            {
                using var socket = await _listener.AcceptAsync(_closing.Token).ConfigureAwait(false);
                try
                {
                    await ServeAsync(socket).ConfigureAwait(false);
                }
                finally
                {
                    await LeftAsync().ConfigureAwait(false);
                }
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // gdb is gone, or the session is over; the next one may come.
            }
            catch (FredException e)
            {
                Failed(e);
            }
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        var packets = Channel.CreateUnbounded<byte[]>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token);
        var session = new RspSession(_target, Failed);
        var line = new RspLine(socket, session.StartsPlain);
        var reading = ReadAsync(line, session, packets.Writer, gone);
        try
        {
            await foreach (var packet in packets.Reader.ReadAllAsync(gone.Token).ConfigureAwait(false))
            {
                var reply = await session.AnswerAsync(packet, gone.Token).ConfigureAwait(false);
                if (reply is not null)
                {
                    await line.SendAsync(reply, gone.Token).ConfigureAwait(false);
                }

                line.NeedsAcknowledgement = session.NeedsAcknowledgement;
                if (session.IsOver)
                {
                    break;
                }
            }
        }
        finally
        {
            await gone.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(false);
        }
    }

    private static async Task ReadAsync(RspLine line, RspSession session, ChannelWriter<byte[]> packets, CancellationTokenSource gone)
    {
        try
        {
            while (true)
            {
                switch (await line.ReceiveAsync(gone.Token).ConfigureAwait(false))
                {
                    case RspInput.None:
                        return;
                    case RspInput.Interrupt:
                        session.Interrupt();
                        break;
                    case RspInput.Packet:
                        packets.TryWrite(line.Packet);
                        break;
                }
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // gdb is gone.
        }
        finally
        {
            packets.TryComplete();
            session.Interrupt();
        }
    }

    /// <summary>One connection's packets, with acknowledgements as long as gdb wants them.</summary>
    private sealed class RspLine(Socket socket, bool acknowledge)
    {
        private static readonly byte[] Good = Encoding.ASCII.GetBytes("+");
        private static readonly byte[] Bad = Encoding.ASCII.GetBytes("-");
        private readonly RspReader _reader = new();
        private readonly byte[] _buffer = new byte[65_536];
        private byte[] _last = [];

        public bool NeedsAcknowledgement { get; set; } = acknowledge;

        public byte[] Packet => _reader.Packet;

        /// <summary>Waits for the next packet or Ctrl-C; None at the end of the connection.</summary>
        public async Task<RspInput> ReceiveAsync(CancellationToken ct)
        {
            while (true)
            {
                switch (_reader.Read())
                {
                    case RspInput.Packet:
                        await AcknowledgeAsync(Good, ct).ConfigureAwait(false);
                        return RspInput.Packet;
                    case RspInput.Damaged:
                        await AcknowledgeAsync(Bad, ct).ConfigureAwait(false);
                        break;
                    case RspInput.Again:
                        await socket.SendAsync(_last, SocketFlags.None, ct).ConfigureAwait(false);
                        break;
                    case RspInput.Interrupt:
                        return RspInput.Interrupt;
                    default:
                        var got = await socket.ReceiveAsync(_buffer, SocketFlags.None, ct).ConfigureAwait(false);
                        if (got == 0)
                        {
                            return RspInput.None;
                        }

                        _reader.Add(_buffer.AsSpan(0, got));
                        break;
                }
            }
        }

        public async Task SendAsync(byte[] reply, CancellationToken ct)
        {
            _last = RspCodec.Encode(reply);
            for (var sent = 0; sent < _last.Length;)
            {
                sent += await socket.SendAsync(_last.AsMemory(sent), SocketFlags.None, ct).ConfigureAwait(false);
            }
        }

        private async Task AcknowledgeAsync(byte[] sign, CancellationToken ct)
        {
            if (NeedsAcknowledgement)
            {
                await socket.SendAsync(sign, SocketFlags.None, ct).ConfigureAwait(false);
            }
        }
    }
}
