namespace Fred.Dap;

/// <summary>The source files seen in stacks and breakpoints, for the editor's list of loaded scripts and modules.</summary>
internal sealed class SourceList
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, bool> _files = new(StringComparer.Ordinal);

    /// <summary>Makes DAP's form of a file: a real file has a path, a pseudo file such as &lt;string&gt; only a name.</summary>
    public static DapSource ToSource(string file, bool isUserCode = true) => Path.IsPathRooted(file)
        ? new DapSource { Name = Path.GetFileName(file), Path = file, PresentationHint = isUserCode ? null : "deemphasize" }
        : new DapSource { Name = file, PresentationHint = "deemphasize" };

    /// <summary>Notes a file.</summary>
    public void Note(string file, bool isUserCode)
    {
        if (Path.IsPathRooted(file))
        {
            lock (_lock)
            {
                _files[file] = isUserCode;
            }
        }
    }

    /// <summary>Lists the files seen so far, sorted, with whether they are the user's own.</summary>
    public IReadOnlyList<(string File, bool IsUserCode)> Snapshot()
    {
        lock (_lock)
        {
            return [.. _files.Select(file => (file.Key, file.Value))];
        }
    }
}
