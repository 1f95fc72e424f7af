using System.Net.Sockets;
using Fred.Core;

namespace Fred.Backends;

/// <summary>Accepts the connections of the session's processes, reads their hello and hands them to <see cref="Arrivals"/>.</summary>
/// <remarks>
/// Tasks: (1) one that accepts, until the socket is closed; (2) for each connection one that waits for its first line. Whatever does not begin with a proper hello is closed.
/// </remarks>
internal sealed class AgentListener : IAsyncDisposable
{
    private const int Backlog = 512;
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Action<Arrival> _arrived;
    private readonly Task _accepting;

    /// <summary>Starts listening.</summary>
    /// <param name="path">Of the socket, in a private directory.</param>
    /// <param name="arrived">Called for each hello, on any thread; owns the connection.</param>
    public AgentListener(string path, Action<Arrival> arrived)
    {
        _arrived = arrived;
        _socket.Bind(new UnixDomainSocketEndPoint(path));
        _socket.Listen(Backlog);
        _accepting = AcceptAsync();
    }

    /// <summary>Closes the socket; established connections stay.</summary>
    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _accepting.ConfigureAwait(false);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = WelcomeAsync(await _socket.AcceptAsync().ConfigureAwait(false));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed: that is how the listener ends.
        }
    }

    private async Task WelcomeAsync(Socket socket)
    {
        var lines = new LineConnection(socket);
        try
        {
            var line = await lines.ReadLineAsync(AgentMessage.LongestLine, CancellationToken.None).ConfigureAwait(false);
            if (line is not null && AgentMessage.Parse(line) is AgentMessage.Hello hello)
            {
                _arrived(new Arrival(hello, lines));
                return;
            }
        }
        catch (FredException)
        {
            // Not one of ours, or of another version: whoever waits for it sees the process end.
        }

        lines.Dispose();
    }
}
