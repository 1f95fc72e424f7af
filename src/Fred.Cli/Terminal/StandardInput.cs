using System.Runtime.InteropServices;

namespace Fred.Cli;

/// <summary>Standard input as read(2) sees it.</summary>
/// <remarks>
/// The runtime's own streams will not do: the console's edits lines itself when standard input is a terminal, and a file stream reads files at positions of its own, so that the
/// program, which shares the descriptor, would read the commands again.
/// </remarks>
internal sealed partial class StandardInput : Stream
{
    private const int Descriptor = 0;
    private const int Interrupted = 4;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <summary>Reads once. An input that cannot be read any more (a terminal that has gone) is at its end.</summary>
    /// <param name="buffer">Receives at most its length.</param>
    /// <returns>Bytes read; 0 at the end.</returns>
    public override int Read(Span<byte> buffer)
    {
        nint count;
        do
        {
            count = ReadDescriptor(Descriptor, buffer, (nuint)buffer.Length);
        }
        while (count < 0 && Marshal.GetLastPInvokeError() == Interrupted);

        return (int)Math.Max(0, count);
    }

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint ReadDescriptor(int descriptor, Span<byte> buffer, nuint count);
}
