using System.Globalization;
using Spectre.Console;

namespace Fred.Cli;

/// <summary>Shows a statement with the lines around it.</summary>
internal static class SourceView
{
    /// <summary>How many lines are shown before and after.</summary>
    private const int Around = 3;

    /// <summary>Prints the lines around a place, the place itself marked.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="sources">The lines.</param>
    /// <param name="location">The place; nothing is printed when its file cannot be read.</param>
    /// <param name="indent">In front of each line.</param>
    public static void Print(IAnsiConsole console, SourceCache sources, SourceLocation location, string indent = "")
    {
        var lines = sources.Lines(location.File);
        var first = Math.Max(1, location.Line - Around);
        var last = Math.Min(lines.Count, location.Line + Around);
        var width = last.ToString(CultureInfo.InvariantCulture).Length;
        for (var line = first; line <= last; line++)
        {
            var here = line == location.Line;
            var number = line.ToString(CultureInfo.InvariantCulture).PadLeft(width);
            console.Write(new Verbatim($"{indent}{(here ? "->" : "  ")} {number}  ", here ? Theme.Here : Theme.Dim));
            PythonHighlighter.Write(console, lines[line - 1]);
            console.Write(new Verbatim("\n"));
        }
    }
}
