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

    /// <summary>Gets the files that were in the program's memory.</summary>
    public required IReadOnlyList<RecordedFile> Files { get; init; }
}

/// <summary>Source-generated serializers of what a recording folder holds.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(RecordedLaunch))]
internal sealed partial class RecordingJson : JsonSerializerContext;
