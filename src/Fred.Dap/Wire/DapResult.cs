namespace Fred.Dap;

/// <summary>What a request comes to: the rest of its response.</summary>
/// <param name="Success">Whether it was carried out.</param>
/// <param name="Body">The command's own part; null for none.</param>
/// <param name="Message">Short machine-readable reason of a failure ("cancelled", "notStopped") or its text.</param>
internal sealed record DapResult(bool Success, object? Body = null, string? Message = null)
{
    /// <summary>Gets what is to happen right after the response has been queued and before the next request is looked at; null for nothing.</summary>
    /// <remarks>Movements start here: clients take a stop that comes before the response for the stop of an earlier command.</remarks>
    public Action? Then { get; init; }

    /// <summary>Gets the plain success.</summary>
    public static DapResult Ok { get; } = new(true);

    /// <summary>Success with a body.</summary>
    public static DapResult Of(object body) => new(true, body);
}
