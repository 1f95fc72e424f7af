using System.Net.Sockets;
using System.Text;

namespace Fred.Backends.Tests;

/// <summary>Two ends of a real unix socket: a <see cref="LineConnection"/> and a peer that the test plays.</summary>
internal sealed class SocketPair : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), "fred-test-" + Guid.NewGuid().ToString("N")[..12]);
    private readonly StreamReader _reader;

    public SocketPair()
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(_path));
        listener.Listen(1);
        Peer = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        Peer.Connect(new UnixDomainSocketEndPoint(_path));
        Lines = new LineConnection(listener.Accept());
        _reader = new StreamReader(new NetworkStream(Peer), Encoding.UTF8);
        File.Delete(_path);
    }

    public LineConnection Lines { get; }

    public Socket Peer { get; }

    public void Say(string text) => Peer.Send(Encoding.UTF8.GetBytes(text));

    public async Task<string?> HearAsync(CancellationToken ct) => await _reader.ReadLineAsync(ct);

    public void Dispose()
    {
        Peer.Dispose();
        Lines.Dispose();
    }
}
