namespace Fred.Backends;

/// <summary>What comes from gdb.</summary>
internal enum RspInput
{
    /// <summary>More bytes are needed.</summary>
    None,

    /// <summary>A packet whose checksum is right.</summary>
    Packet,

    /// <summary>A packet whose checksum is wrong: gdb has to send it again.</summary>
    Damaged,

    /// <summary>Ctrl-C.</summary>
    Interrupt,

    /// <summary>gdb wants our last packet again.</summary>
    Again,
}

/// <summary>Cuts gdb's bytes into packets, however they arrive.</summary>
/// <remarks>Bytes that belong to no packet are skipped, as the protocol says: a stub that starts in the middle finds its way.</remarks>
internal sealed class RspReader
{
    /// <summary>The longest packet; gdb keeps to what qSupported says, anything longer is damage.</summary>
    public const int LongestPacket = 0x20000;

    private readonly List<byte> _bytes = [];
    private int _start;

    /// <summary>Gets the packet, without escapes, after <see cref="RspInput.Packet"/>.</summary>
    public byte[] Packet { get; private set; } = [];

    /// <summary>Takes bytes.</summary>
    /// <param name="bytes">As received.</param>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        if (_start > 0)
        {
            _bytes.RemoveRange(0, _start);
            _start = 0;
        }

        _bytes.AddRange(bytes);
    }

    /// <summary>Takes the next thing out of the bytes.</summary>
    /// <returns>What it is.</returns>
    public RspInput Read()
    {
        var all = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_bytes);
        while (_start < all.Length)
        {
            switch (all[_start])
            {
                case (byte)'$':
                    return ReadPacket(all[(_start + 1)..]);
                case 0x03:
                    _start++;
                    return RspInput.Interrupt;
                case (byte)'-':
                    _start++;
                    return RspInput.Again;
                default:
                    _start++;
                    break;
            }
        }

        return RspInput.None;
    }

    private RspInput ReadPacket(ReadOnlySpan<byte> rest)
    {
        var end = rest.IndexOf((byte)'#');
        if (end < 0 || end + 2 >= rest.Length)
        {
            if (rest.Length <= LongestPacket + 3)
            {
                return RspInput.None;
            }

            _start += rest.Length + 1;
            return RspInput.Damaged;
        }

        _start += end + 4;
        if (!byte.TryParse(rest.Slice(end + 1, 2), System.Globalization.NumberStyles.AllowHexSpecifier, null, out var sum) || sum != RspCodec.Checksum(rest[..end]))
        {
            return RspInput.Damaged;
        }

        Packet = RspCodec.Unescape(rest[..end]);
        return RspInput.Packet;
    }
}
