using System.Buffers.Binary;

namespace Fred.Backends;

/// <summary>The registers of a stopped process, as they stand in a <c>g</c> packet.</summary>
/// <remarks>A value: changing a register changes this copy only.</remarks>
internal sealed class RegisterFile
{
    private readonly byte[] _bytes;

    /// <summary>Initializes a new instance of the <see cref="RegisterFile"/> class, all zero.</summary>
    public RegisterFile() => _bytes = new byte[RegisterLayout.Size];

    private RegisterFile(byte[] bytes) => _bytes = bytes;

    /// <summary>Gets the whole packet.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Gets or sets the program counter.</summary>
    public ulong Rip
    {
        get => this["rip"];
        set => this["rip"] = value;
    }

    /// <summary>Gets or sets the stack pointer.</summary>
    public ulong Rsp
    {
        get => this["rsp"];
        set => this["rsp"] = value;
    }

    /// <summary>Gets or sets a register of at most 8 bytes.</summary>
    /// <param name="name">gdb's name.</param>
    public ulong this[string name]
    {
        get
        {
            var slot = RegisterLayout.Find(name);
            return slot.Size == 8 ? BinaryPrimitives.ReadUInt64LittleEndian(_bytes.AsSpan(slot.Offset)) : BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(slot.Offset));
        }

        set
        {
            var slot = RegisterLayout.Find(name);
            if (slot.Size == 8)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(_bytes.AsSpan(slot.Offset), value);
            }
            else
            {
                BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(slot.Offset), (uint)value);
            }
        }
    }

    /// <summary>Reads a whole packet.</summary>
    /// <param name="bytes">A <c>g</c> packet's bytes.</param>
    /// <returns>The registers; null when the length is wrong.</returns>
    public static RegisterFile? From(ReadOnlySpan<byte> bytes) => bytes.Length == RegisterLayout.Size ? new RegisterFile(bytes.ToArray()) : null;

    /// <summary>A copy.</summary>
    /// <returns>Independent of this one.</returns>
    public RegisterFile Clone() => new((byte[])_bytes.Clone());

    /// <summary>The bytes of one register.</summary>
    /// <param name="slot">Which.</param>
    /// <returns>Changing them changes the register.</returns>
    public Span<byte> Of(RegisterSlot slot) => _bytes.AsSpan(slot.Offset, slot.Size);

    /// <summary>Takes the floating-point and vector registers from an XSAVE area in standard form.</summary>
    /// <param name="area">512 bytes of legacy area, the header of 64 bytes, and the upper halves at 576.</param>
    public void LoadXsave(ReadOnlySpan<byte> area)
    {
        for (var i = 0; i < 8; i++)
        {
            area.Slice(32 + (16 * i), 10).CopyTo(Of(RegisterLayout.Find($"st{i}")));
        }

        this["fctrl"] = BinaryPrimitives.ReadUInt16LittleEndian(area);
        this["fstat"] = BinaryPrimitives.ReadUInt16LittleEndian(area[2..]);
        this["ftag"] = FullTags(area);
        this["fop"] = BinaryPrimitives.ReadUInt16LittleEndian(area[6..]);
        this["fioff"] = BinaryPrimitives.ReadUInt32LittleEndian(area[8..]);
        this["fiseg"] = BinaryPrimitives.ReadUInt16LittleEndian(area[12..]);
        this["fooff"] = BinaryPrimitives.ReadUInt32LittleEndian(area[16..]);
        this["foseg"] = BinaryPrimitives.ReadUInt16LittleEndian(area[20..]);
        this["mxcsr"] = BinaryPrimitives.ReadUInt32LittleEndian(area[24..]);
        for (var i = 0; i < 16; i++)
        {
            area.Slice(160 + (16 * i), 16).CopyTo(Of(RegisterLayout.Find($"xmm{i}")));
            if (area.Length >= 576 + (16 * (i + 1)))
            {
                area.Slice(576 + (16 * i), 16).CopyTo(Of(RegisterLayout.Find($"ymm{i}h")));
            }
        }
    }

    /// <summary>Puts the floating-point and vector registers into an XSAVE area in standard form.</summary>
    /// <param name="area">As in <see cref="LoadXsave"/>; what gdb does not know stays.</param>
    public void StoreXsave(Span<byte> area)
    {
        for (var i = 0; i < 8; i++)
        {
            Of(RegisterLayout.Find($"st{i}")).CopyTo(area[(32 + (16 * i))..]);
        }

        BinaryPrimitives.WriteUInt16LittleEndian(area, (ushort)this["fctrl"]);
        BinaryPrimitives.WriteUInt16LittleEndian(area[2..], (ushort)this["fstat"]);
        area[4] = AbridgedTags((uint)this["ftag"]);
        BinaryPrimitives.WriteUInt32LittleEndian(area[24..], (uint)this["mxcsr"]);
        for (var i = 0; i < 16; i++)
        {
            Of(RegisterLayout.Find($"xmm{i}")).CopyTo(area[(160 + (16 * i))..]);
            if (area.Length >= 576 + (16 * (i + 1)))
            {
                Of(RegisterLayout.Find($"ymm{i}h")).CopyTo(area[(576 + (16 * i))..]);
            }
        }
    }

    /// <summary>XSAVE keeps one bit a register (in use); gdb wants the two of FSTENV (valid, zero, special, empty).</summary>
    private static uint FullTags(ReadOnlySpan<byte> area)
    {
        uint tags = 0;
        var top = (area[3] >> 3) & 7;
        for (var physical = 0; physical < 8; physical++)
        {
            var tag = 3u;
            if ((area[4] & (1 << physical)) != 0)
            {
                var value = area.Slice(32 + (16 * ((physical + 8 - top) & 7)), 10);
                var exponent = BinaryPrimitives.ReadUInt16LittleEndian(value[8..]) & 0x7fff;
                var fraction = BinaryPrimitives.ReadUInt64LittleEndian(value);
                tag = exponent == 0x7fff ? 2u : exponent == 0 ? (fraction == 0 ? 1u : 2u) : fraction >> 63 == 1 ? 0u : 2u;
            }

            tags |= tag << (2 * physical);
        }

        return tags;
    }

    private static byte AbridgedTags(uint tags)
    {
        var abridged = 0;
        for (var i = 0; i < 8; i++)
        {
            abridged |= ((tags >> (2 * i)) & 3) == 3 ? 0 : 1 << i;
        }

        return (byte)abridged;
    }
}
