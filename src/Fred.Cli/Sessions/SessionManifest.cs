using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fred.Cli;

/// <summary>The file session.json of a saved session: what is shown of it, and all of it but the recordings.</summary>
/// <param name="Format">The form; see <see cref="CurrentFormat"/>.</param>
/// <param name="Program">What was debugged, for people.</param>
/// <param name="Saved">When.</param>
/// <param name="FredVersion">By which Fred.</param>
/// <param name="Session">The sitting.</param>
internal sealed record SessionManifest(int Format, string Program, DateTimeOffset Saved, string FredVersion, SavedSession Session)
{
    /// <summary>The form this version writes, and the only one it reads.</summary>
    public const int CurrentFormat = 1;

    /// <summary>Gets this Fred's version.</summary>
    public static string ThisVersion { get; } = typeof(SessionManifest).Assembly.GetName().Version?.ToString(fieldCount: 3) ?? "unknown";
}

/// <summary>A tick as a number.</summary>
internal sealed class TicksConverter : JsonConverter<Ticks>
{
    /// <inheritdoc/>
    public override Ticks Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetInt64());

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Ticks value, JsonSerializerOptions options) => writer.WriteNumberValue(value.Value);
}

/// <summary>A branch as its number.</summary>
internal sealed class BranchIdConverter : JsonConverter<BranchId>
{
    /// <inheritdoc/>
    public override BranchId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetInt32());

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, BranchId value, JsonSerializerOptions options) => writer.WriteNumberValue(value.Value);
}

/// <summary>Source-generated serializers of saved sessions.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true, UseStringEnumConverter = true,
    Converters = [typeof(TicksConverter), typeof(BranchIdConverter)])]
[JsonSerializable(typeof(SessionManifest))]
internal sealed partial class SessionJson : JsonSerializerContext;
