using Microsoft.Win32.SafeHandles;

namespace Fred.Backends;

/// <summary>The memory of another process, through /proc: reading needs no word from it, so it works at any time and costs a few microseconds.</summary>
internal sealed class ProcessMemory : IDisposable
{
    private readonly SafeFileHandle? _file;

    /// <summary>Initializes a new instance of the <see cref="ProcessMemory"/> class.</summary>
    /// <param name="pid">A descendant of fred's.</param>
    public ProcessMemory(int pid)
    {
        try
        {
            _file = File.OpenHandle($"/proc/{pid}/mem");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Gone, or out of reach: then nothing is readable.
        }
    }

    /// <summary>Reads memory.</summary>
    /// <param name="address">From here on.</param>
    /// <param name="buffer">Filled as far as there is memory.</param>
    /// <returns>How many bytes.</returns>
    public int Read(ulong address, Span<byte> buffer)
    {
        if (_file is null || address > long.MaxValue)
        {
            return 0;
        }

        var done = 0;
        try
        {
            while (done < buffer.Length)
            {
                // To the end of the page, so that what lies before a hole is read.
                var here = address + (ulong)done;
                var part = buffer.Slice(done, (int)Math.Min((ulong)(buffer.Length - done), 4096 - (here & 4095)));
                var got = RandomAccess.Read(_file, part, (long)here);
                if (got <= 0)
                {
                    break;
                }

                done += got;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            // The first unreadable page.
        }

        return done;
    }

    /// <summary>Reads a word.</summary>
    /// <param name="address">Where.</param>
    /// <returns>Null when it is not readable.</returns>
    public ulong? ReadWord(ulong address)
    {
        Span<byte> word = stackalloc byte[8];
        return Read(address, word) == 8 ? BitConverter.ToUInt64(word) : null;
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();
}
