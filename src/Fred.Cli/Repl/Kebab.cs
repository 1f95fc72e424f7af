using System.Text;

namespace Fred.Cli;

/// <summary>Names of enum members as scripts see them: <c>StartOfHistory</c> is <c>start-of-history</c>.</summary>
internal static class Kebab
{
    /// <summary>Converts a member's name.</summary>
    /// <typeparam name="T">An enum.</typeparam>
    /// <param name="value">One of its members.</param>
    /// <returns>Lower case, words joined by dashes.</returns>
    public static string Of<T>(T value)
        where T : struct, Enum
    {
        var text = new StringBuilder();
        foreach (var c in value.ToString())
        {
            if (char.IsUpper(c) && text.Length > 0)
            {
                text.Append('-');
            }

            text.Append(char.ToLowerInvariant(c));
        }

        return text.ToString();
    }
}
