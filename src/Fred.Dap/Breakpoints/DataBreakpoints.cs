using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fred.Dap;

/// <summary>What a data breakpoint watches: an expression in one activation. Travels to the client and back as DAP's opaque dataId.</summary>
/// <param name="Expression">The expression.</param>
/// <param name="Activation">Whose names it uses; null for the innermost frame of the moment.</param>
internal sealed record DataId(string Expression, string? Activation)
{
    /// <summary>Gets how many bytes are watched from the address on that <see cref="Expression"/> is; 0 for an expression.</summary>
    public int Bytes { get; init; }

    /// <summary>Gets whose names the expression uses.</summary>
    [JsonIgnore]
    public EvaluationScope Scope => Bytes > 0 ? new EvaluationScope.Anywhere() : Activation is null ? new EvaluationScope.InFrame(0) : new EvaluationScope.InActivation(Activation);

    /// <summary>Reads a dataId.</summary>
    /// <exception cref="DapRequestException">It is none of ours.</exception>
    public static DataId Parse(string? text)
    {
        try
        {
            if (text is not null && JsonSerializer.Deserialize(text, DapJson.Default.DataId) is { Expression.Length: > 0 } id)
            {
                return id;
            }
        }
        catch (JsonException)
        {
            // Said below.
        }
        throw new DapRequestException($"'{text}' is no dataId. Ask for one with dataBreakpointInfo.");
    }

    /// <inheritdoc/>
    public override string ToString() => JsonSerializer.Serialize(this, DapJson.Default.DataId);
}

/// <summary>A data breakpoint as the user set it.</summary>
/// <param name="Id">Number shown to the user.</param>
/// <param name="Data">What it watches.</param>
/// <param name="Condition">An expression that must hold after the change; null for none.</param>
internal sealed record DataBreakpoint(int Id, DataId Data, string? Condition);

/// <summary>The data breakpoints. Replaced as a whole; readers keep the list they took.</summary>
internal sealed class DataBreakpoints
{
    private volatile IReadOnlyList<DataBreakpoint> _all = [];

    /// <summary>Gets or sets them.</summary>
    public IReadOnlyList<DataBreakpoint> All
    {
        get => _all;
        set => _all = value;
    }
}
