namespace Fred.Cli;

/// <summary>The program that a command line names, and how it is run: Python's, or a native one (<see cref="Native"/>).</summary>
internal sealed record PythonArguments
{
    /// <summary>Gets the script; null with <see cref="Module"/>.</summary>
    public string? Script { get; init; }

    /// <summary>Gets the module (<c>-m</c>); null with <see cref="Script"/>.</summary>
    public string? Module { get; init; }

    /// <summary>Gets the native program; null for one of Python's.</summary>
    public string? Native { get; init; }

    /// <summary>Gets the gdb to use; null for the one on the path.</summary>
    public string? Gdb { get; init; }

    /// <summary>Gets a value indicating whether a native program runs at full speed, instead of being translated from its beginning.</summary>
    public bool NativeHead { get; init; } = true;

    /// <summary>Gets the socket on which a gdb of the user's is waited for, instead of a prompt; null for the prompt.</summary>
    public string? Listen { get; init; }

    /// <summary>Gets the directory of a kept recording to replay instead of a program; null for a program.</summary>
    public string? Recording { get; init; }

    /// <summary>Gets what the program finds in sys.argv[1:].</summary>
    public IReadOnlyList<string> ProgramArguments { get; init; } = [];

    /// <summary>Gets the file of commands (<c>-x</c>).</summary>
    public string? CommandFile { get; init; }

    /// <summary>Gets the commands given on the command line (<c>-ex</c>), which run before those of the file.</summary>
    public IReadOnlyList<string> Commands { get; init; } = [];

    /// <summary>Gets a value indicating whether to go on interactively after the commands.</summary>
    public bool Interactive { get; init; }

    /// <summary>Gets a value indicating whether to write JSON lines.</summary>
    public bool JsonLines { get; init; }

    /// <summary>Gets the checkpoint engine's name.</summary>
    public string Checkpointer { get; init; } = "fork";

    /// <summary>Gets the time between checkpoints; null lets Fred choose.</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>Gets the seed of a random schedule of the program's threads; null for first come, first served.</summary>
    public ulong? RandomSchedule { get; init; }

    /// <summary>Gets which process that the program starts is recorded in its place, counted from 1; null for the program itself.</summary>
    public int? FollowChild { get; init; }

    /// <summary>Gets the program's working directory; null for fred's own.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Gets the file that is the program's standard input; null for fred's own.</summary>
    public string? Input { get; init; }

    /// <summary>Gets the file that gets the program's standard output.</summary>
    public string? Output { get; init; }

    /// <summary>Gets the file that gets the program's standard error; null for fred's own.</summary>
    public string? ErrorOutput { get; init; }

    /// <summary>Gets a value indicating whether the program's standard output goes where its standard error goes, because fred's own is for something else.</summary>
    public bool OutputToError { get; init; }

    /// <summary>Gets variables to set for the program, besides fred's own environment.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Gets the Python to use; null for the one on the path.</summary>
    public string? Python { get; init; }

    /// <summary>Gets patterns of library modules to step into.</summary>
    public IReadOnlyList<string> TraceLibrary { get; init; } = [];
}
