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

/// <summary>Whose names an expression uses, as a word and what belongs to it.</summary>
internal sealed class ScopeConverter : JsonConverter<EvaluationScope>
{
    /// <inheritdoc/>
    public override EvaluationScope Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var (kind, value) = (reader.GetString() ?? string.Empty).Split(' ', 2) is [var first, var second] ? (first, second) : (string.Empty, string.Empty);
        return kind switch
        {
            "activation" => new EvaluationScope.InActivation(value),
            "function" => new EvaluationScope.InFunction(value),
            "anywhere" => new EvaluationScope.Anywhere(),
            _ => throw new JsonException("A watchpoint's scope is unknown."),
        };
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, EvaluationScope value, JsonSerializerOptions options) => writer.WriteStringValue(value switch
    {
        EvaluationScope.InActivation activation => "activation " + activation.Activation,
        EvaluationScope.InFunction function => "function " + function.Function,
        EvaluationScope.Anywhere => "anywhere ",
        _ => throw new JsonException("A watchpoint has a scope that means nothing later."),
    });
}

/// <summary>Source-generated serializers of saved sessions.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true, UseStringEnumConverter = true,
    Converters = [typeof(TicksConverter), typeof(BranchIdConverter), typeof(ScopeConverter)])]
[JsonSerializable(typeof(SessionManifest))]
internal sealed partial class SessionJson : JsonSerializerContext;
