using System.Text.Json.Serialization;

namespace Fred.Backends;

/// <summary>How a recorded program was started, and the files that must be the same when its recording is replayed.</summary>
internal sealed record RecordedLaunch
{
    /// <summary>The form this version writes, and the only one it reads.</summary>
    public const int CurrentFormat = 1;

    public required int Format { get; init; }

    /// <summary>Gets the backend's name.</summary>
    public required string Backend { get; init; }

    /// <summary>Gets the processor architecture.</summary>
    public required string Architecture { get; init; }

    /// <summary>Gets the interpreter.</summary>
    public required string Program { get; init; }

    /// <summary>Gets its arguments as they were: their length is part of the program's memory.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>Gets the working directory.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>Gets the checkpointer.</summary>
    public required string Checkpointer { get; init; }

    /// <summary>Gets libfred's options.</summary>
    public required IReadOnlyList<string> ModeOptions { get; init; }

    /// <summary>Gets what a native program's recording needs besides; null for other backends.</summary>
    public RecordedTicks? Native { get; init; }

    /// <summary>Gets the files that were in the program's memory.</summary>
    public required IReadOnlyList<RecordedFile> Files { get; init; }

    /// <summary>Describes a launch.</summary>
    /// <param name="backend">The backend's name.</param>
    /// <param name="spec">What is started.</param>
    /// <param name="checkpointer">The checkpointer.</param>
    /// <param name="modeOptions">libfred's options.</param>
    /// <returns>The description; its files are not known yet.</returns>
    public static RecordedLaunch Of(string backend, LaunchSpec spec, string checkpointer, IReadOnlyList<string> modeOptions) => new()
    {
        Format = CurrentFormat,
        Backend = backend,
        Architecture = RecordingFolder.Architecture,
        Program = spec.Program,
        Arguments = spec.Arguments,
        WorkingDirectory = Path.GetFullPath(spec.WorkingDirectory ?? Directory.GetCurrentDirectory()),
        Checkpointer = checkpointer,
        ModeOptions = modeOptions,
        Files = [],
    };
}

/// <summary>What the ticks of a native program's recording mean.</summary>
/// <param name="Offset">The process's tick at which the timeline begins.</param>
/// <param name="NativeHead">Whether the program ran untranslated, and its ticks were counted afterwards.</param>
/// <param name="Holes">The numbers that are no ticks, of each branch.</param>
/// <param name="Processor">The processor, as far as a C library chooses its instructions by it.</param>
internal sealed record RecordedTicks(long Offset, bool NativeHead, IReadOnlyDictionary<int, IReadOnlyList<TickHole>> Holes, string Processor)
{
    /// <summary>Gets the signals for which the program has entered handlers, bit n-1 for signal n; null when that was not recorded.</summary>
    public ulong? Handled { get; init; }
}

/// <summary>Source-generated serializers of what a recording folder holds.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(RecordedLaunch))]
internal sealed partial class RecordingJson : JsonSerializerContext;
