namespace Fred.Backends;

/// <summary>Which native program to debug, and how.</summary>
public sealed record GdbOptions
{
    /// <summary>Gets the program: a path, or a name on PATH; null for a recording.</summary>
    public string? Program { get; init; }

    /// <summary>Gets the directory of a kept recording, to be replayed instead of starting a program; null for a program.</summary>
    public string? Recording { get; init; }

    /// <summary>Gets the program's arguments.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Gets the gdb to use: a path or a name on PATH.</summary>
    public string Gdb { get; init; } = "gdb";

    /// <summary>Gets the program's working directory; null for fred's own.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Gets variables to set for the program, besides fred's own environment.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Gets the file the program reads as standard input; null for fred's own.</summary>
    public string? StandardInput { get; init; }

    /// <summary>Gets the file the program's standard output is written to; null for fred's own.</summary>
    public string? StandardOutput { get; init; }

    /// <summary>Gets the file the program's standard error is written to; null for fred's own.</summary>
    public string? StandardError { get; init; }

    /// <summary>Gets a value indicating whether the program's standard output goes where its standard error goes (for --jsonl).</summary>
    public bool OutputToError { get; init; }

    /// <summary>Gets the checkpoint engine: fork or dmtcp.</summary>
    public string Checkpointer { get; init; } = "fork";

    /// <summary>Gets the time between the images of the dmtcp engine; null lets it choose by their cost.</summary>
    public TimeSpan? ImageInterval { get; init; }

    /// <summary>
    /// Gets a value indicating whether the program itself runs at full speed, and its positions are found afterwards by replaying. False: it is translated and counts its instructions as it runs, which is several times
    /// slower.
    /// </summary>
    public bool NativeHead { get; init; } = true;

    /// <summary>Gets the bytes the recording may have; null for libfred's default.</summary>
    public long? LogLimit { get; init; }

    /// <summary>Gets where libfred-native.so and fred-launcher are; null for beside fred.</summary>
    public string? InstallDirectory { get; init; }

    /// <summary>Gets the seed of a random schedule of the program's threads (to find races); null for turns in order.</summary>
    public ulong? RandomSchedule { get; init; }

    /// <summary>Gets which process that the program starts is recorded in its place, counted from 1; null for the program itself.</summary>
    public int? FollowChild { get; init; }
}
