namespace Fred.Cli;

/// <summary>The lines of source files, read once. A file that cannot be read has none: pseudo files such as <c>&lt;string&gt;</c> are common stops.</summary>
internal sealed class SourceCache
{
    private readonly Dictionary<string, IReadOnlyList<string>> _files = new(StringComparer.Ordinal);

    /// <summary>Gets a file's lines.</summary>
    /// <param name="file">Absolute path.</param>
    /// <returns>The lines, without newlines; empty when the file cannot be read.</returns>
    public IReadOnlyList<string> Lines(string file)
    {
        if (!_files.TryGetValue(file, out var lines))
        {
            _files[file] = lines = Read(file);
        }

        return lines;
    }

    /// <summary>Gets one line's text.</summary>
    /// <param name="location">Where; null for nowhere.</param>
    /// <returns>The line without indentation; null when there is none.</returns>
    public string? Text(SourceLocation? location)
    {
        if (location is null)
        {
            return null;
        }

        var lines = Lines(location.File);
        return location.Line >= 1 && location.Line <= lines.Count ? lines[location.Line - 1].Trim() : null;
    }

    private static string[] Read(string file)
    {
        try
        {
            return File.Exists(file) ? File.ReadAllLines(file) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
