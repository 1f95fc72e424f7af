using System.Globalization;

namespace Fred.Cli;

/// <summary>Where a program that is run by itself stops: <c>FILE:LINE[:HIT]</c>.</summary>
/// <param name="Location">The statement; the file with its whole path.</param>
/// <param name="Hit">Stop when it is reached for this time; from 1.</param>
internal sealed record UntilPoint(SourceLocation Location, int Hit)
{
    /// <summary>Reads one.</summary>
    /// <param name="text">As typed. A file that is not in the working directory is looked for beside the program.</param>
    /// <param name="script">The program's file; null for a module.</param>
    /// <returns>The point.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.Usage"/>: it is none.</exception>
    public static UntilPoint Parse(string text, string? script)
    {
        var parts = text.Split(':');
        var numbers = parts.Reverse().TakeWhile(p => int.TryParse(p, NumberStyles.None, CultureInfo.InvariantCulture, out _)).Take(2).Reverse()
            .Select(p => int.Parse(p, CultureInfo.InvariantCulture)).ToArray();
        var file = string.Join(':', parts.Take(parts.Length - numbers.Length));
        return file.Length > 0 && numbers is [> 0, ..] and not [_, < 1]
            ? new UntilPoint(new SourceLocation(Find(file, script), numbers[0]), numbers.Length > 1 ? numbers[1] : 1)
            : throw new FredException(ErrorId.Usage, $"'{text}' is no place in a program; give FILE:LINE, or FILE:LINE:HIT for the HIT-th time it is reached.");
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Location.File}:{Location.Line}{(Hit > 1 ? $":{Hit}" : string.Empty)}");

    private static string Find(string file, string? script)
    {
        var beside = script is null ? file : Path.Combine(Path.GetDirectoryName(script) ?? string.Empty, file);
        return Path.GetFullPath(!File.Exists(file) && File.Exists(beside) ? beside : file);
    }
}
