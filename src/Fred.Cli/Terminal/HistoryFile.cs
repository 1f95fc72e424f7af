namespace Fred.Cli;

/// <summary>The lines typed in earlier sittings. A history that cannot be read or written is no reason to stop: it is then just not kept.</summary>
internal sealed class HistoryFile
{
    private const int Limit = 1000;
    private readonly string? _path;
    private readonly List<string> _lines = [];

    /// <summary>Initializes a new instance of the <see cref="HistoryFile"/> class and reads the file.</summary>
    /// <param name="path">Where it is; null to keep nothing.</param>
    public HistoryFile(string? path)
    {
        _path = path;
        try
        {
            if (path is not null && File.Exists(path))
            {
                _lines.AddRange(File.ReadLines(path).TakeLast(Limit));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _path = null;
        }
    }

    /// <summary>Gets the lines, oldest first.</summary>
    public IReadOnlyList<string> Lines => _lines;

    /// <summary>The usual place: <c>$XDG_STATE_HOME/fred/history</c>, or below <c>~/.local/state</c>.</summary>
    /// <returns>The path; null without a home directory.</returns>
    public static string? DefaultPath()
    {
        var state = Environment.GetEnvironmentVariable("XDG_STATE_HOME");
        if (string.IsNullOrEmpty(state))
        {
            var home = Environment.GetEnvironmentVariable("HOME");
            state = string.IsNullOrEmpty(home) ? null : Path.Combine(home, ".local", "state");
        }

        return state is null ? null : Path.Combine(state, "fred", "history");
    }

    /// <summary>Adds a line, unless it is empty or the same as the one before.</summary>
    /// <param name="line">What was typed.</param>
    public void Add(string line)
    {
        if (string.IsNullOrWhiteSpace(line) || (_lines.Count > 0 && _lines[^1] == line))
        {
            return;
        }

        _lines.Add(line);
        if (_path is null || Path.GetDirectoryName(_path) is not { } directory)
        {
            return;
        }

        try
        {
            if (OperatingSystem.IsLinux())
            {
                Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }

            File.AppendAllLines(_path, [line]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A full disk or a read-only home must not disturb the sitting.
        }
    }
}
