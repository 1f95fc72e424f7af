namespace Fred.Backends;

/// <summary>Where the canonical frame address (CFA: the stack pointer before the call) is, given the registers.</summary>
/// <param name="Register">DWARF number: 7 is rsp, 6 is rbp.</param>
/// <param name="Offset">Bytes to add.</param>
internal readonly record struct CfaRule(int Register, long Offset);

/// <summary>The call frame information (.eh_frame) of one object file, as far as it says where frames are.</summary>
/// <remarks>
/// Compilers write it for every function on x86-64, debug information or not, because exceptions need it. Frames whose CFA is an expression (the linker's own stubs,
/// signal trampolines) are not described here.
/// </remarks>
internal sealed class CallFrames
{
    private readonly ReadOnlyMemory<byte> _frames;
    private readonly ulong _framesAddress;
    private readonly (ulong Start, int Offset)[] _table;

    /// <summary>Initializes a new instance of the <see cref="CallFrames"/> class.</summary>
    /// <param name="image">Whose frames.</param>
    public CallFrames(ElfImage image)
    {
        _frames = image.Contents(".eh_frame");
        _framesAddress = image.AddressOf(".eh_frame");
        try
        {
            _table = ReadTable(image.Contents(".eh_frame_hdr").Span, image.AddressOf(".eh_frame_hdr"));
        }
        catch (ArgumentException)
        {
            _table = [];
        }
    }

    /// <summary>Finds the rule for an instruction.</summary>
    /// <param name="address">As linked.</param>
    /// <returns>Null when there is none.</returns>
    public CfaRule? Find(ulong address)
    {
        var (low, high) = (0, _table.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_table[middle].Start <= address)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        try
        {
            return low == 0 ? null : ReadFrame(_table[low - 1].Offset, address);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    /// <summary>The header's table, which gcc and clang always write in one form: offsets of 32 bits from the header's own address.</summary>
    private (ulong Start, int Offset)[] ReadTable(ReadOnlySpan<byte> header, ulong address)
    {
        if (header.Length < 12 || header[0] != 1 || header[2] != 0x03 || header[3] != 0x3b)
        {
            return [];
        }

        var cursor = new ByteCursor(header, 8);
        var table = new (ulong, int)[cursor.UInt32()];
        for (var i = 0; i < table.Length; i++)
        {
            var start = address + (ulong)(int)cursor.UInt32();
            table[i] = (start, (int)(address + (ulong)(int)cursor.UInt32() - _framesAddress));
        }

        return table;
    }

    private CfaRule? ReadFrame(int offset, ulong address)
    {
        var frames = _frames.Span;
        var cursor = new ByteCursor(frames, offset);
        var length = (int)cursor.UInt32();
        var end = cursor.At + length;
        var here = cursor.At;
        var common = ReadCommon(here - (int)cursor.UInt32());
        if (common.PointerEncoding != 0x1b)
        {
            return null;
        }

        var start = _framesAddress + (ulong)cursor.At + (ulong)(int)cursor.UInt32();
        var size = cursor.UInt32();
        if (address < start || address >= start + size)
        {
            return null;
        }

        if (common.IsAugmented)
        {
            cursor.At += (int)cursor.Uleb();
        }

        var machine = new CfaMachine(common.CodeAlign, address);
        machine.Run(frames[..common.End], common.Instructions, start);
        machine.Run(frames[..end], cursor.At, start);
        return machine.Rule;
    }

    private CommonEntry ReadCommon(int offset)
    {
        var cursor = new ByteCursor(_frames.Span, offset);
        var length = (int)cursor.UInt32();
        var end = cursor.At + length;
        _ = cursor.UInt32();
        _ = cursor.Byte();
        var augmentation = cursor.Text();
        var codeAlign = cursor.Uleb();
        _ = cursor.Sleb();
        _ = cursor.Uleb();
        byte encoding = 0;
        var augmented = augmentation.StartsWith('z');
        if (augmented)
        {
            var data = (int)cursor.Uleb();
            var next = cursor.At + data;
            encoding = ReadEncoding(ref cursor, augmentation);
            cursor.At = next;
        }

        return new CommonEntry(codeAlign, encoding, augmented, cursor.At, end);
    }

    private static byte ReadEncoding(ref ByteCursor cursor, string augmentation)
    {
        foreach (var letter in augmentation.AsSpan(1))
        {
            switch (letter)
            {
                case 'R':
                    return cursor.Byte();
                case 'P':
                    var size = (cursor.Byte() & 15) switch { 2 or 10 => 2, 3 or 11 => 4, 4 or 12 or 0 => 8, _ => throw new ArgumentException("Unknown pointer encoding.") };
                    _ = cursor.Take(size);
                    break;
                case 'L':
                    _ = cursor.Byte();
                    break;
            }
        }

        return 0;
    }

    private readonly record struct CommonEntry(ulong CodeAlign, byte PointerEncoding, bool IsAugmented, int Instructions, int End);
}
