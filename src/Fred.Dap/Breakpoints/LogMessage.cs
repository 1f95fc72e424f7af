using System.Text;

namespace Fred.Dap;

/// <summary>DAP's logMessage: text with expressions in braces. <c>{{</c> and <c>}}</c> are braces.</summary>
/// <param name="Parts">In order.</param>
internal sealed record LogMessage(IReadOnlyList<LogPart> Parts)
{
    /// <summary>Reads a message; a brace that is never closed is text.</summary>
    /// <returns>Null when there is none.</returns>
    public static LogMessage? Parse(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }
        var parts = new List<LogPart>();
        var plain = new StringBuilder();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] is '{' or '}' && i + 1 < text.Length && text[i + 1] == text[i])
            {
                plain.Append(text[i++]);
            }
            else if (text[i] == '{' && FindEnd(text, i) is var end and > 0)
            {
                parts.Add(new LogPart(plain.ToString(), IsExpression: false));
                parts.Add(new LogPart(text[(i + 1)..end].Trim(), IsExpression: true));
                plain.Clear();
                i = end;
            }
            else
            {
                plain.Append(text[i]);
            }
        }
        parts.Add(new LogPart(plain.ToString(), IsExpression: false));
        return new LogMessage([.. parts.Where(part => part.Text.Length > 0)]);
    }

    // The brace that closes the one at start, past inner pairs (dictionaries, sets); 0 when there is none.
    private static int FindEnd(string text, int start)
    {
        int depth = 0;
        for (int i = start; i < text.Length; i++)
        {
            depth += text[i] switch { '{' => 1, '}' => -1, _ => 0 };
            if (depth == 0)
            {
                return i;
            }
        }
        return 0;
    }
}

/// <summary>A part of a log message.</summary>
/// <param name="Text">Text or expression.</param>
/// <param name="IsExpression">Whether its value is wanted.</param>
internal sealed record LogPart(string Text, bool IsExpression);
