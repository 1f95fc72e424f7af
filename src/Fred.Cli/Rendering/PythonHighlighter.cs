using System.Text.RegularExpressions;
using Spectre.Console;

namespace Fred.Cli;

/// <summary>Colours one line of Python. Line by line on purpose: a stop shows seven lines, and a wrong colour inside a long string literal misleads nobody.</summary>
internal static partial class PythonHighlighter
{
    /// <summary>Writes a line in colour, without newline.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="line">Source text.</param>
    public static void Write(IAnsiConsole console, string line)
    {
        var end = 0;
        foreach (Match match in Token().Matches(line))
        {
            console.Write(new Verbatim(line[end..match.Index]));
            console.Write(new Verbatim(match.Value, StyleOf(match)));
            end = match.Index + match.Length;
        }

        console.Write(new Verbatim(line[end..]));
    }

    private static Style StyleOf(Match match) =>
        match.Groups["comment"].Success ? Theme.Dim
        : match.Groups["string"].Success ? Theme.Literal
        : match.Groups["number"].Success ? Theme.Number
        : Theme.Keyword;

    [GeneratedRegex(
        """(?<comment>\#.*)|(?<string>[rRbBuUfF]{0,2}(?:"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?))|(?<number>\b[0-9][0-9A-Za-z_.]*)|\b(?<keyword>False|None|True|and|as|assert|async|await|break|class|continue|def|del|elif|else|except|finally|for|from|global|if|import|in|is|lambda|nonlocal|not|or|pass|raise|return|try|while|with|yield)\b""",
        RegexOptions.CultureInvariant)]
    private static partial Regex Token();
}
