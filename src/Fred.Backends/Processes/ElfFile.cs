using System.Buffers.Binary;

namespace Fred.Backends;

/// <summary>The two questions Fred has about an executable file.</summary>
internal static class ElfFile
{
    private const uint InterpreterSegment = 3;
    private const uint NoteSegment = 4;
    private const uint BuildIdNote = 3;
    private const int HeaderSize = 64;
    private const int ProgramHeaderSize = 56;
    private const int NoteHeaderSize = 12;
    private const int LargestNotes = 64 << 10;

    /// <summary>Whether a 64-bit ELF program is started by the dynamic linker, so that LD_PRELOAD means anything to it.</summary>
    /// <param name="path">The program.</param>
    /// <returns>False for static programs and for what is no 64-bit ELF file.</returns>
    public static bool IsDynamic(string path)
    {
        using var file = File.OpenRead(path);
        return Segments(file).Any(s => s.Type == InterpreterSegment);
    }

    /// <summary>The build id that the linker gave a 64-bit ELF file.</summary>
    /// <param name="path">Any file.</param>
    /// <returns>Hexadecimal digits; null for a file without one.</returns>
    public static string? BuildId(string path)
    {
        using var file = File.OpenRead(path);
        foreach (var (_, offset, size) in Segments(file).Where(s => s.Type == NoteSegment))
        {
            var notes = new byte[Math.Clamp(size, 0, LargestNotes)];
            file.Position = offset;
            if (file.ReadAtLeast(notes, notes.Length, throwOnEndOfStream: false) == notes.Length && FindBuildId(notes) is { } id)
            {
                return id;
            }
        }

        return null;
    }

    private static string? FindBuildId(ReadOnlySpan<byte> notes)
    {
        while (notes.Length >= NoteHeaderSize)
        {
            var (name, content) = (Size(notes), Size(notes[4..]));
            var (start, end) = (NoteHeaderSize + Padded(name), NoteHeaderSize + Padded(name) + Padded(content));
            if (end > notes.Length || content > notes.Length)
            {
                return null;
            }

            if (BinaryPrimitives.ReadUInt32LittleEndian(notes[8..]) == BuildIdNote && notes[NoteHeaderSize..].StartsWith("GNU\0"u8))
            {
                return Convert.ToHexStringLower(notes.Slice((int)start, (int)content));
            }

            notes = notes[(int)end..];
        }

        return null;

        static long Size(ReadOnlySpan<byte> at) => BinaryPrimitives.ReadUInt32LittleEndian(at);
        static long Padded(long size) => (size + 3) & ~3L;
    }

    /// <summary>The program headers; none for what is no 64-bit ELF file.</summary>
    private static List<(uint Type, long Offset, long Size)> Segments(FileStream file)
    {
        var segments = new List<(uint, long, long)>();
        Span<byte> header = stackalloc byte[HeaderSize];
        if (file.ReadAtLeast(header, HeaderSize, throwOnEndOfStream: false) < HeaderSize || !header.StartsWith("\u007FELF\u0002"u8))
        {
            return segments;
        }

        var offset = BinaryPrimitives.ReadInt64LittleEndian(header[32..]);
        var size = BinaryPrimitives.ReadUInt16LittleEndian(header[54..]);
        var count = BinaryPrimitives.ReadUInt16LittleEndian(header[56..]);
        Span<byte> entry = stackalloc byte[ProgramHeaderSize];
        for (var i = 0; i < count && offset >= 0 && offset + ((long)i * size) < file.Length; i++)
        {
            file.Position = offset + ((long)i * size);
            if (file.ReadAtLeast(entry, ProgramHeaderSize, throwOnEndOfStream: false) < ProgramHeaderSize)
            {
                break;
            }

            var (at, length) = (BinaryPrimitives.ReadInt64LittleEndian(entry[8..]), BinaryPrimitives.ReadInt64LittleEndian(entry[32..]));
            if (at >= 0)
            {
                segments.Add((BinaryPrimitives.ReadUInt32LittleEndian(entry), at, length));
            }
        }

        return segments;
    }
}
