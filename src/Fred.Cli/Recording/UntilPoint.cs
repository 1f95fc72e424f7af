using System.Globalization;

namespace Fred.Cli;

/// <summary>Where a program that is run by itself stops: <c>FILE:LINE[:HIT]</c>.</summary>
/// <param name="Location">The statement; the file with its whole path.</param>
/// <param name="Hit">Stop when it is reached for this time; from 1.</param>
internal sealed record UntilPoint(SourceLocation Location, int Hit)
{
    /// <summary>Reads one.</summary>
    /// <param name="text">As typed. A file that is not in the working directory is looked for beside the program.</param>
    /// <param name="program">The program.</param>
    /// <returns>The point.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.Usage"/>: it is none.</exception>
    public static UntilPoint Parse(string text, PythonArguments program) => Parse(text, program.Native ?? program.Script, keepsName: program.Native is not null);

    /// <summary>Reads one.</summary>
    /// <param name="text">As typed.</param>
    /// <param name="beside">A file beside which a file is looked for that is not in the working directory; null for none.</param>
    /// <param name="keepsName">Whether a file that is nowhere keeps its name: debug information knows where a native program's sources are.</param>
    /// <returns>The point.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.Usage"/>: it is none.</exception>
    public static UntilPoint Parse(string text, string? beside, bool keepsName = false)
    {
        var parts = text.Split(':');
        var numbers = parts.Reverse().TakeWhile(p => int.TryParse(p, NumberStyles.None, CultureInfo.InvariantCulture, out _)).Take(2).Reverse()
            .Select(p => int.Parse(p, CultureInfo.InvariantCulture)).ToArray();
        var file = string.Join(':', parts.Take(parts.Length - numbers.Length));
        return file.Length > 0 && numbers is [> 0, ..] and not [_, < 1]
            ? new UntilPoint(new SourceLocation(Find(file, beside, keepsName), numbers[0]), numbers.Length > 1 ? numbers[1] : 1)
            : throw new FredException(ErrorId.Usage, $"'{text}' is no place in a program; give FILE:LINE, or FILE:LINE:HIT for the HIT-th time it is reached.");
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Location.File}:{Location.Line}{(Hit > 1 ? $":{Hit}" : string.Empty)}");

    /// <summary>Whether the program stands there.</summary>
    /// <param name="place">Where it stands.</param>
    /// <returns>True also when only the file's name was given.</returns>
    public bool IsAt(SourceLocation? place) =>
        place is not null && place.Line == Location.Line && (place.File == Location.File || place.File.EndsWith("/" + Location.File, StringComparison.Ordinal));

    private static string Find(string file, string? program, bool keepsName)
    {
        if (File.Exists(file))
        {
            return Path.GetFullPath(file);
        }

        var beside = program is null ? file : Path.Combine(Path.GetDirectoryName(program) ?? string.Empty, file);
        return keepsName && !File.Exists(beside) ? file : Path.GetFullPath(File.Exists(beside) ? beside : file);
    }
}
