using System.Globalization;
using System.Text;

namespace Fred.Backends;

/// <summary>Packets of gdb's remote serial protocol: <c>$data#checksum</c>, with escapes and run-length coding.</summary>
internal static class RspCodec
{
    private const byte Escape = (byte)'}';
    private const byte EscapeMask = 0x20;
    private const int LongestShown = 60;

    /// <summary>Makes a packet.</summary>
    /// <param name="data">What it says; any bytes.</param>
    /// <returns>Ready to be sent.</returns>
    public static byte[] Encode(ReadOnlySpan<byte> data)
    {
        var packet = new List<byte>(data.Length + 8) { (byte)'$' };
        foreach (var b in data)
        {
            if (b is (byte)'$' or (byte)'#' or Escape or (byte)'*')
            {
                packet.Add(Escape);
                packet.Add((byte)(b ^ EscapeMask));
            }
            else
            {
                packet.Add(b);
            }
        }

        byte sum = 0;
        for (var i = 1; i < packet.Count; i++)
        {
            sum += packet[i];
        }

        packet.Add((byte)'#');
        packet.Add(Digit(sum >> 4));
        packet.Add(Digit(sum & 15));
        return [.. packet];
    }

    /// <summary>Takes away the escapes.</summary>
    /// <param name="data">Between <c>$</c> and <c>#</c>.</param>
    /// <returns>What was said.</returns>
    public static byte[] Unescape(ReadOnlySpan<byte> data)
    {
        if (data.IndexOf(Escape) < 0)
        {
            return data.ToArray();
        }

        var plain = new List<byte>(data.Length);
        for (var i = 0; i < data.Length; i++)
        {
            plain.Add(data[i] == Escape && i + 1 < data.Length ? (byte)(data[++i] ^ EscapeMask) : data[i]);
        }

        return [.. plain];
    }

    /// <summary>The sum of a packet's raw bytes, which closes it.</summary>
    /// <param name="data">Between <c>$</c> and <c>#</c>.</param>
    /// <returns>Modulo 256.</returns>
    public static byte Checksum(ReadOnlySpan<byte> data)
    {
        byte sum = 0;
        foreach (var b in data)
        {
            sum += b;
        }

        return sum;
    }

    /// <summary>A packet for people.</summary>
    /// <param name="data">Any bytes.</param>
    /// <returns>Its beginning, as far as it is text.</returns>
    public static string Shown(ReadOnlySpan<byte> data)
    {
        var end = data.IndexOfAnyExceptInRange((byte)' ', (byte)'~');
        var text = end < 0 ? data : data[..end];
        return Encoding.ASCII.GetString(text[..Math.Min(text.Length, LongestShown)]) + (text.Length < data.Length || text.Length > LongestShown ? "..." : string.Empty);
    }

    /// <summary>Writes bytes as hexadecimal digits.</summary>
    /// <param name="bytes">Any bytes.</param>
    /// <returns>Two digits each.</returns>
    public static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);

    /// <summary>Reads hexadecimal digits.</summary>
    /// <param name="digits">Two for each byte.</param>
    /// <param name="bytes">The bytes; empty when these are no digits.</param>
    /// <returns>Whether they were.</returns>
    public static bool TryBytes(ReadOnlySpan<char> digits, out byte[] bytes)
    {
        try
        {
            bytes = Convert.FromHexString(digits);
            return true;
        }
        catch (FormatException)
        {
            bytes = [];
            return false;
        }
    }

    /// <summary>Reads a number.</summary>
    /// <param name="digits">Hexadecimal, at most 16.</param>
    /// <param name="value">The number.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryNumber(ReadOnlySpan<char> digits, out ulong value) => ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);

    private static byte Digit(int value) => (byte)"0123456789abcdef"[value];
}
