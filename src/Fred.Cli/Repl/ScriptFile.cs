namespace Fred.Cli;

/// <summary>A file of commands: one a line; empty lines and lines beginning with <c>#</c> say nothing.</summary>
internal static class ScriptFile
{
    /// <summary>Reads a script.</summary>
    /// <param name="path">Where it is; <c>-</c> is not special.</param>
    /// <returns>The commands.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.Usage"/>: it cannot be read.</exception>
    public static IReadOnlyList<string> Read(string path)
    {
        try
        {
            return [.. File.ReadLines(path).Select(l => l.Trim()).Where(l => l.Length > 0 && l[0] != '#')];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FredException(ErrorId.Usage, $"Cannot read the commands in '{path}': {e.Message}", e);
        }
    }
}
