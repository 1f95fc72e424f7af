using System.Text;

namespace Fred.Cli;

/// <summary>Turns the bytes of a terminal into keys: UTF-8, control characters and the usual escape sequences.</summary>
/// <param name="input">Unbuffered.</param>
internal sealed class KeyReader(Stream input)
{
    private const int Escape = 0x1b;

    /// <summary>Waits for a key.</summary>
    /// <returns>The key.</returns>
    public Key Read()
    {
        var b = input.ReadByte();
        return b switch
        {
            < 0 => new Key(KeyKind.Closed),
            Escape => ReadEscape(),
            1 => new Key(KeyKind.Home),
            2 => new Key(KeyKind.Left),
            3 => new Key(KeyKind.Interrupt),
            4 => new Key(KeyKind.EndOfInput),
            5 => new Key(KeyKind.End),
            6 => new Key(KeyKind.Right),
            8 or 127 => new Key(KeyKind.Backspace),
            9 => new Key(KeyKind.Tab),
            10 or 13 => new Key(KeyKind.Enter),
            11 => new Key(KeyKind.KillToEnd),
            12 => new Key(KeyKind.ClearScreen),
            14 => new Key(KeyKind.Down),
            16 => new Key(KeyKind.Up),
            21 => new Key(KeyKind.KillToStart),
            23 => new Key(KeyKind.KillWord),
            < 32 => new Key(KeyKind.Unknown),
            _ => ReadText(b),
        };
    }

    private Key ReadText(int first)
    {
        var length = first switch { >= 0xf0 => 4, >= 0xe0 => 3, >= 0xc0 => 2, _ => 1 };
        var bytes = new byte[length];
        bytes[0] = (byte)first;
        for (var i = 1; i < length; i++)
        {
            var next = input.ReadByte();
            if (next < 0)
            {
                return new Key(KeyKind.Closed);
            }

            bytes[i] = (byte)next;
        }

        return new Key(KeyKind.Text, Encoding.UTF8.GetString(bytes));
    }

    private Key ReadEscape()
    {
        var second = input.ReadByte();
        if (second is 'b' or 'f')
        {
            return new Key(second == 'b' ? KeyKind.WordLeft : KeyKind.WordRight);
        }

        if (second is not ('[' or 'O'))
        {
            return new Key(second < 0 ? KeyKind.Closed : KeyKind.Unknown);
        }

        var parameters = new StringBuilder();
        var b = input.ReadByte();
        while (b is >= '0' and <= '9' or ';')
        {
            parameters.Append((char)b);
            b = input.ReadByte();
        }

        return new Key(b < 0 ? KeyKind.Closed : Named((char)b, parameters.ToString()));
    }

    private static KeyKind Named(char final, string parameters) => (final, parameters) switch
    {
        ('A', _) => KeyKind.Up,
        ('B', _) => KeyKind.Down,
        ('C', "1;5" or "1;3") => KeyKind.WordRight,
        ('C', _) => KeyKind.Right,
        ('D', "1;5" or "1;3") => KeyKind.WordLeft,
        ('D', _) => KeyKind.Left,
        ('H', _) or ('~', "1" or "7") => KeyKind.Home,
        ('F', _) or ('~', "4" or "8") => KeyKind.End,
        ('~', "3") => KeyKind.Delete,
        _ => KeyKind.Unknown,
    };
}
