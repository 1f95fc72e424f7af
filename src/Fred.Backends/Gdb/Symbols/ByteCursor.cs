using System.Buffers.Binary;
using System.Text;

namespace Fred.Backends;

/// <summary>Reads little-endian numbers, LEB128 numbers and strings one after the other.</summary>
/// <remarks>Reading beyond the end throws <see cref="ArgumentException"/>: whoever parses a file treats it as damaged.</remarks>
internal ref struct ByteCursor(ReadOnlySpan<byte> bytes, int at = 0)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Gets or sets the position.</summary>
    public int At { get; set; } = at;

    /// <summary>Gets a value indicating whether nothing is left.</summary>
    public readonly bool IsAtEnd => At >= _bytes.Length;

    public byte Byte() => Take(1)[0];

    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    /// <summary>Reads an unsigned number of a given size.</summary>
    /// <param name="size">1, 2, 4 or 8 bytes.</param>
    public ulong Unsigned(int size) => size switch { 1 => Byte(), 2 => UInt16(), 4 => UInt32(), 8 => UInt64(), _ => throw new ArgumentException("No such size.", nameof(size)) };

    public ulong Uleb()
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var b = Byte();
            value |= shift < 64 ? (ulong)(b & 0x7f) << shift : 0;
            if ((b & 0x80) == 0)
            {
                return value;
            }
        }
    }

    public long Sleb()
    {
        long value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var b = Byte();
            value |= shift < 64 ? (long)(b & 0x7f) << shift : 0;
            if ((b & 0x80) == 0)
            {
                return shift + 7 < 64 && (b & 0x40) != 0 ? value | (-1L << (shift + 7)) : value;
            }
        }
    }

    public string Text()
    {
        var rest = _bytes[At..];
        var end = rest.IndexOf((byte)0);
        if (end < 0)
        {
            throw new ArgumentException("A string has no end.");
        }

        At += end + 1;
        return Encoding.UTF8.GetString(rest[..end]);
    }

    public ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || At < 0 || At + (long)count > _bytes.Length)
        {
            throw new ArgumentException("The data ends too early.");
        }

        var part = _bytes.Slice(At, count);
        At += count;
        return part;
    }
}
