using System.Buffers.Binary;

namespace Fred.Backends;

/// <summary>Where thread-local variables are: those of the program itself lie below its threads' control blocks, in one block whose size its program headers tell.</summary>
/// <remarks>Those of libraries are found only by glibc's own tables, which differ from version to version; gdb is told that it cannot have them.</remarks>
internal static class ThreadLocals
{
    private const int Word = 8;
    private const int HeaderBytes = 56;
    private const uint ThreadLocalSegment = 7;
    private const ulong Headers = 3;
    private const ulong HeaderCount = 5;

    /// <summary>Finds a variable.</summary>
    /// <param name="memory">Of the process.</param>
    /// <param name="auxiliary">Its auxiliary vector.</param>
    /// <param name="threadPointer">The thread's fs base.</param>
    /// <param name="offset">In the module's block.</param>
    /// <param name="module">Address of the module's link map: address, name, ...</param>
    /// <returns>The address; null when it cannot be told.</returns>
    public static ulong? Find(ProcessMemory memory, ReadOnlySpan<byte> auxiliary, ulong threadPointer, ulong offset, ulong module)
    {
        Span<byte> name = stackalloc byte[1];
        if (memory.ReadWord(module + Word) is not { } at || memory.Read(at, name) != 1 || name[0] != 0)
        {
            return null; // a library: only the program's own name is empty
        }

        Span<byte> header = stackalloc byte[HeaderBytes];
        var count = Entry(auxiliary, HeaderCount);
        for (var i = 0ul; i < count && memory.Read(Entry(auxiliary, Headers) + (i * HeaderBytes), header) == HeaderBytes; i++)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(header) == ThreadLocalSegment)
            {
                var (address, size, align) = (At(header, 16), At(header, 40), Math.Max(1, At(header, 48)));
                var first = (0 - address) & (align - 1);
                return threadPointer - ((((size - first) + align - 1) & ~(align - 1)) + first) + offset;
            }
        }

        return null;
    }

    private static ulong At(ReadOnlySpan<byte> header, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(header[offset..]);

    private static ulong Entry(ReadOnlySpan<byte> auxiliary, ulong wanted)
    {
        for (; auxiliary.Length >= 2 * Word; auxiliary = auxiliary[(2 * Word)..])
        {
            if (BinaryPrimitives.ReadUInt64LittleEndian(auxiliary) == wanted)
            {
                return BinaryPrimitives.ReadUInt64LittleEndian(auxiliary[Word..]);
            }
        }

        return 0;
    }
}
