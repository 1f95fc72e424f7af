using System.Globalization;
using System.Text;

namespace Fred.Backends;

/// <summary>Percent coding of text fields in control lines (docs/agent-protocol.md, section 2).</summary>
/// <remarks>A field must survive any byte a file name or an exception's text may hold, and must never be empty: fields are found by counting spaces.</remarks>
internal static class AgentText
{
    private const string Plain = "._/:<>=+,@-";

    /// <summary>Most fields are short, and there may be a million of them.</summary>
    private const int OnStack = 256;

    /// <summary>Encodes text as one field.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>ASCII without blanks; "%" for the empty text.</returns>
    public static string Encode(string text)
    {
        if (text.Length == 0)
        {
            return "%";
        }

        var line = new StringBuilder(text.Length + 8);
        foreach (var b in Encoding.UTF8.GetBytes(text))
        {
            if (IsPlain((char)b))
            {
                line.Append((char)b);
            }
            else
            {
                line.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
            }
        }

        return line.ToString();
    }

    /// <summary>Decodes a field.</summary>
    /// <param name="field">What <see cref="Encode"/> or the other side made.</param>
    /// <param name="text">The text; bytes that are no UTF-8 become U+FFFD.</param>
    /// <returns>False when the field is malformed.</returns>
    public static bool TryDecode(ReadOnlySpan<char> field, out string text)
    {
        text = string.Empty;
        if (field is "%")
        {
            return true;
        }

        if (field.IsEmpty)
        {
            return false;
        }

        if (!field.Contains('%'))
        {
            text = field.ToString();
            return true;
        }

        var bytes = field.Length <= OnStack ? stackalloc byte[OnStack] : new byte[field.Length];
        var count = 0;
        for (var i = 0; i < field.Length; i++, count++)
        {
            if (field[i] != '%')
            {
                bytes[count] = (byte)field[i];
            }
            else if (i + 2 < field.Length && byte.TryParse(field.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out bytes[count]))
            {
                i += 2;
            }
            else
            {
                return false;
            }
        }

        text = Encoding.UTF8.GetString(bytes[..count]);
        return true;
    }

    private static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || Plain.Contains(c, StringComparison.Ordinal);
}
