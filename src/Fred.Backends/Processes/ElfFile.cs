using System.Buffers.Binary;

namespace Fred.Backends;

/// <summary>The one question Fred has about an executable file.</summary>
internal static class ElfFile
{
    private const uint InterpreterSegment = 3;
    private const int HeaderSize = 64;

    /// <summary>Whether a 64-bit ELF program is started by the dynamic linker, so that LD_PRELOAD means anything to it.</summary>
    /// <param name="path">The program.</param>
    /// <returns>False for static programs and for what is no 64-bit ELF file.</returns>
    public static bool IsDynamic(string path)
    {
        using var file = File.OpenRead(path);
        Span<byte> header = stackalloc byte[HeaderSize];
        if (file.ReadAtLeast(header, HeaderSize, throwOnEndOfStream: false) < HeaderSize || !header.StartsWith("\u007FELF\u0002"u8))
        {
            return false;
        }

        var offset = BinaryPrimitives.ReadInt64LittleEndian(header[32..]);
        var size = BinaryPrimitives.ReadUInt16LittleEndian(header[54..]);
        var count = BinaryPrimitives.ReadUInt16LittleEndian(header[56..]);
        Span<byte> type = stackalloc byte[4];
        for (var i = 0; i < count; i++)
        {
            file.Position = offset + ((long)i * size);
            if (file.ReadAtLeast(type, 4, throwOnEndOfStream: false) < 4)
            {
                return false;
            }

            if (BinaryPrimitives.ReadUInt32LittleEndian(type) == InterpreterSegment)
            {
                return true;
            }
        }

        return false;
    }
}
