using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;

namespace Fred.Dap;

/// <summary>Content-Length framing: cuts a byte stream into messages and back. Knows nothing of JSON or of requests.</summary>
/// <remarks>
/// The hard part is staying in step with a peer that may be wrong: headers and bodies have limits, a body over the limit is skipped rather than buffered, and
/// whatever leaves the start of the next message unknown is a <see cref="DapFramingException"/>. One reader and one writer at a time.
/// </remarks>
internal sealed class DapStream
{
    /// <summary>Longest header block, in bytes. Real clients send under 100.</summary>
    public const int MaxHeader = 4096;

    /// <summary>Longest body, in bytes; the largest real request (setBreakpoints with a pasted source) is far below it.</summary>
    public const int MaxBody = 16 << 20;

    private const string LengthHeader = "Content-Length";

    private readonly PipeReader _reader;
    private readonly PipeWriter _writer;

    /// <summary>Initializes a new instance of the <see cref="DapStream"/> class. The pipes stay the caller's.</summary>
    public DapStream(PipeReader reader, PipeWriter writer)
    {
        _reader = reader;
        _writer = writer;
    }

    /// <summary>Reads the next message.</summary>
    /// <param name="ct">Cancels; the stream must not be read again afterwards.</param>
    /// <returns>The message, or null when the client closed the stream between messages.</returns>
    /// <exception cref="DapFramingException">The bytes are no frame.</exception>
    /// <exception cref="EndOfStreamException">The client closed the stream inside a message.</exception>
    public async ValueTask<DapFrame?> ReadAsync(CancellationToken ct)
    {
        if (await ReadHeaderAsync(ct).ConfigureAwait(false) is not { } length)
        {
            return null;
        }
        if (length > MaxBody)
        {
            await SkipAsync(length, ct).ConfigureAwait(false);
            return new DapFrame.TooLong(length);
        }
        ReadResult result = await _reader.ReadAtLeastAsync((int)length, ct).ConfigureAwait(false);
        if (result.Buffer.Length < length)
        {
            throw new EndOfStreamException($"The client closed the stream after {result.Buffer.Length} of {length} bytes of a message.");
        }
        ReadOnlySequence<byte> body = result.Buffer.Slice(0, length);
        byte[] bytes = body.ToArray();
        _reader.AdvanceTo(body.End);
        return new DapFrame.Message(bytes);
    }

    /// <summary>Writes one message and flushes it.</summary>
    /// <param name="body">UTF-8 JSON.</param>
    /// <param name="ct">Cancels; a part of the message may have been written.</param>
    /// <returns>False when the client does not read any more.</returns>
    public async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> body, CancellationToken ct)
    {
        string header = string.Create(CultureInfo.InvariantCulture, $"{LengthHeader}: {body.Length}\r\n\r\n");
        Encoding.ASCII.GetBytes(header, _writer);
        _writer.Write(body.Span);
        FlushResult flushed = await _writer.FlushAsync(ct).ConfigureAwait(false);
        return !flushed.IsCompleted;
    }

    private async ValueTask<long?> ReadHeaderAsync(CancellationToken ct)
    {
        while (true)
        {
            ReadResult result = await _reader.ReadAsync(ct).ConfigureAwait(false);
            ReadOnlySequence<byte> buffer = result.Buffer;
            if (TryFindHeaderEnd(buffer) is { } end)
            {
                string header = Encoding.Latin1.GetString(buffer.Slice(0, end));
                _reader.AdvanceTo(end);
                return ParseLength(header);
            }
            if (buffer.Length > MaxHeader)
            {
                throw new DapFramingException($"No end of the message header within {MaxHeader} bytes. Is the client a DAP client?");
            }
            if (result.IsCompleted)
            {
                return buffer.IsEmpty ? null : throw new EndOfStreamException("The client closed the stream inside a message header.");
            }
            _reader.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    // The empty line that ends the header. Bare line feeds are accepted: hand-written clients send them.
    private static SequencePosition? TryFindHeaderEnd(ReadOnlySequence<byte> buffer)
    {
        var reader = new SequenceReader<byte>(buffer.Length > MaxHeader ? buffer.Slice(0, MaxHeader) : buffer);
        while (reader.TryReadTo(out ReadOnlySequence<byte> line, (byte)'\n'))
        {
            if (line.IsEmpty || (line.Length == 1 && line.FirstSpan[0] == (byte)'\r'))
            {
                return reader.Position;
            }
        }
        return null;
    }

    private static long ParseLength(string header)
    {
        long? length = null;
        foreach (string line in header.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0)
            {
                throw new DapFramingException($"'{Shorten(line)}' is no header line.");
            }
            if (!line.AsSpan(0, colon).TrimEnd().Equals(LengthHeader, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }
            if (!long.TryParse(line.AsSpan(colon + 1).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long value))
            {
                throw new DapFramingException($"'{Shorten(line)}' has no length in it.");
            }
            length = value;
        }
        return length ?? throw new DapFramingException($"A message header without {LengthHeader}.");
    }

    private async ValueTask SkipAsync(long length, CancellationToken ct)
    {
        while (length > 0)
        {
            ReadResult result = await _reader.ReadAsync(ct).ConfigureAwait(false);
            long skipped = Math.Min(length, result.Buffer.Length);
            _reader.AdvanceTo(result.Buffer.GetPosition(skipped));
            length -= skipped;
            if (length > 0 && result.IsCompleted)
            {
                throw new EndOfStreamException("The client closed the stream inside a message.");
            }
        }
    }

    private static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "...";
}
