namespace Fred.Backends;

/// <summary>What the launcher starts, and with which standard streams.</summary>
/// <param name="Launcher">Path of fred-launcher.</param>
/// <param name="Environment">Variables set for the program, besides fred's own environment.</param>
/// <param name="Program">The program's path.</param>
/// <param name="Arguments">The program's arguments.</param>
internal sealed record LaunchSpec(string Launcher, IReadOnlyList<KeyValuePair<string, string>> Environment, string Program, IReadOnlyList<string> Arguments)
{
    /// <summary>Gets the program's working directory; null for fred's own.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Gets the file that holds the program's environment instead of fred's own, each variable followed by a zero byte; null for fred's own.</summary>
    public string? EnvironmentFile { get; init; }

    /// <summary>Gets the file the program reads as standard input; null for fred's own.</summary>
    public string? StandardInput { get; init; }

    /// <summary>Gets the file the program's standard output goes to; null for fred's own.</summary>
    public string? StandardOutput { get; init; }

    /// <summary>Gets the file the program's standard error goes to; null for fred's own.</summary>
    public string? StandardError { get; init; }

    /// <summary>Gets a value indicating whether standard output goes where standard error goes.</summary>
    public bool OutputToError { get; init; }
}
