namespace Fred.Backends;

/// <summary>What to debug, and how.</summary>
public sealed record PdbOptions
{
    /// <summary>Gets the Python to use: a path or a name on PATH; null for python3, then python.</summary>
    public string? Python { get; init; }

    /// <summary>Gets the program's path; null when <see cref="Module"/> or <see cref="Recording"/> is given.</summary>
    public string? Program { get; init; }

    /// <summary>Gets the module to run as python -m does; null when <see cref="Program"/> is given.</summary>
    public string? Module { get; init; }

    /// <summary>Gets the directory of kept recordings to replay instead of a program; <see cref="Program"/>, <see cref="Module"/> and what belongs to them are then null.</summary>
    public string? Recording { get; init; }

    /// <summary>Gets the program's arguments.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Gets the program's working directory; null for fred's own.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Gets variables to set for the program, besides fred's own environment.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Gets the file the program reads as standard input; null for fred's own.</summary>
    public string? StandardInput { get; init; }

    /// <summary>Gets the file the program's standard output is written to; null for fred's own.</summary>
    public string? StandardOutput { get; init; }

    /// <summary>Gets the file the program's standard error is written to; null for fred's own. May be the same file as <see cref="StandardOutput"/>.</summary>
    public string? StandardError { get; init; }

    /// <summary>Gets a value indicating whether the program's standard output goes where its standard error goes (for --jsonl).</summary>
    public bool OutputToError { get; init; }

    /// <summary>Gets patterns of library modules or paths whose statements are ticks too.</summary>
    public IReadOnlyList<string> TraceLibrary { get; init; } = [];

    /// <summary>Gets the checkpoint engine: fork, reexec or dmtcp.</summary>
    public string Checkpointer { get; init; } = "fork";

    /// <summary>Gets the time between the images of the dmtcp engine; null lets it choose by their cost.</summary>
    public TimeSpan? ImageInterval { get; init; }

    /// <summary>Gets whether objects alive at a checkpoint are taken out of garbage collection (far fewer copied pages); null lets libfred decide.</summary>
    public bool? FreezeAtCheckpoints { get; init; }

    /// <summary>Gets whether fresh memory is touched in bulk; null lets libfred measure the machine.</summary>
    public bool? Populate { get; init; }

    /// <summary>Gets the seed of a random schedule of the program's threads (to find races); null for first come, first served.</summary>
    public ulong? RandomSchedule { get; init; }

    /// <summary>Gets which process that the program starts is recorded in its place, counted from 1; null for the program itself.</summary>
    public int? FollowChild { get; init; }

    /// <summary>Gets the bytes the recording may have; null for libfred's default.</summary>
    public long? LogLimit { get; init; }

    /// <summary>Gets where libfred.so, fred-launcher and the agent are; null for beside fred.</summary>
    public string? InstallDirectory { get; init; }
}
