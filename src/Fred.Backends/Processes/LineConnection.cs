using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;
using Fred.Core;

namespace Fred.Backends;

/// <summary>Lines over one connected socket. Knows nothing of what they mean.</summary>
/// <remarks>One reader at a time; any number of writers, each line (or group of lines) whole. The peer's death is the end of the stream, also in the middle of a line.</remarks>
internal sealed class LineConnection : IDisposable
{
    private readonly Socket _socket;
    private readonly NetworkStream _stream;
    private readonly PipeReader _reader;
    private readonly SemaphoreSlim _writing = new(1);

    public LineConnection(Socket socket)
    {
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: true);
        _reader = PipeReader.Create(_stream, new StreamPipeReaderOptions(bufferSize: 16_384, leaveOpen: true));
    }

    /// <summary>Reads the next line.</summary>
    /// <param name="longest">Bytes a line may have.</param>
    /// <param name="ct">Cancels; the connection is of no use afterwards.</param>
    /// <returns>The line without its line feed; null when the peer is gone.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.ProtocolBroken"/>: the line is too long.</exception>
    public async ValueTask<string?> ReadLineAsync(int longest, CancellationToken ct)
    {
        try
        {
            while (true)
            {
                var result = await _reader.ReadAsync(ct).ConfigureAwait(false);
                var buffer = result.Buffer;
                if (buffer.PositionOf((byte)'\n') is { } end)
                {
                    var line = Encoding.UTF8.GetString(buffer.Slice(0, end));
                    _reader.AdvanceTo(buffer.GetPosition(1, end));
                    return line;
                }

                _reader.AdvanceTo(buffer.Start, buffer.End);
                if (result.IsCompleted)
                {
                    return null;
                }

                if (buffer.Length > longest)
                {
                    throw new FredException(ErrorId.ProtocolBroken, $"A process of the session sent a line of more than {longest} bytes. This is an error in fred; please report it.");
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Sends complete lines in one write.</summary>
    /// <param name="lines">Each with its line feed.</param>
    /// <param name="ct">Cancels before the first byte is sent.</param>
    /// <returns>False when the peer is gone.</returns>
    public async ValueTask<bool> WriteAsync(string lines, CancellationToken ct)
    {
        var bytes = Encoding.UTF8.GetBytes(lines);
        await _writing.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            for (var sent = 0; sent < bytes.Length;)
            {
                sent += await _socket.SendAsync(bytes.AsMemory(sent), SocketFlags.None, CancellationToken.None).ConfigureAwait(false);
            }

            return true;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return false;
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Closes the socket: a waiting reader sees the end of the stream. May be called more than once.</summary>
    public void Dispose() => _stream.Dispose();
}
