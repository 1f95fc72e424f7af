namespace Fred.Dap;

/// <summary>What the user wants to debug, checked: exactly one of program and module, known names only.</summary>
public sealed record LaunchSettings
{
    /// <summary>Gets the backend: pdb or gdb; null to choose by the program.</summary>
    public string? Backend { get; init; }

    /// <summary>Gets the program's file; null when <see cref="Module"/> is given.</summary>
    public string? Program { get; init; }

    /// <summary>Gets the Python module to run (python -m); null when <see cref="Program"/> is given.</summary>
    public string? Module { get; init; }

    /// <summary>Gets the program's arguments.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Gets the working directory; null for the server's own.</summary>
    public string? Directory { get; init; }

    /// <summary>Gets changes to the environment; a null value removes a variable.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>Gets the Python interpreter; null to look for one.</summary>
    public string? Python { get; init; }

    /// <summary>Gets the gdb; null to look for one.</summary>
    public string? Gdb { get; init; }

    /// <summary>Gets a value indicating whether a native program is translated from its beginning instead of running at full speed.</summary>
    public bool Translated { get; init; }

    /// <summary>Gets where the program's input and output are.</summary>
    public LaunchConsole Console { get; init; }

    /// <summary>Gets the checkpoint engine: fork, reexec or dmtcp.</summary>
    public string Checkpointer { get; init; } = "fork";

    /// <summary>Gets which process that the program starts is recorded in its place, counted from 1; null for the program itself.</summary>
    public int? FollowChild { get; init; }

    /// <summary>Gets the time between checkpoints; null lets the policy choose.</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>Gets a value indicating whether only the user's own files are stepped through.</summary>
    public bool JustMyCode { get; init; } = true;

    /// <summary>Gets a value indicating whether to stop before the first statement.</summary>
    public bool StopOnEntry { get; init; }

    /// <summary>Gets a value indicating whether the program is only to be run, without breakpoints.</summary>
    public bool NoDebug { get; init; }
}

/// <summary>Where a debugged program's input and output are.</summary>
public enum LaunchConsole
{
    /// <summary>Output in the debug console; no input.</summary>
    Internal,

    /// <summary>A terminal inside the editor.</summary>
    IntegratedTerminal,

    /// <summary>A terminal window.</summary>
    ExternalTerminal,
}
