using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Fred.Dap;

/// <summary>A message from the client, as far as it could be understood.</summary>
internal abstract record DapMessage
{
    private protected DapMessage()
    {
    }
}

/// <summary>The client asks for something; it gets exactly one response.</summary>
/// <param name="Seq">The client's number of the request; 0 is a number like any other.</param>
/// <param name="Command">What it asks for.</param>
/// <param name="Arguments">An object, or undefined when the client sent none or null.</param>
internal sealed record DapRequest(int Seq, string Command, JsonElement Arguments) : DapMessage
{
    /// <summary>Reads the arguments; missing ones have their defaults.</summary>
    /// <exception cref="DapRequestException">An argument has the wrong type.</exception>
    public T Bind<T>(JsonTypeInfo<T> type)
        where T : class, new()
    {
        if (Arguments.ValueKind != JsonValueKind.Object)
        {
            return new T();
        }
        try
        {
            return Arguments.Deserialize(type) ?? new T();
        }
        catch (JsonException error)
        {
            throw new DapRequestException($"The arguments of '{Command}' do not fit: {error.Path ?? "$"} has the wrong type or value.");
        }
    }
}

/// <summary>The client's answer to a request of ours (runInTerminal).</summary>
/// <param name="RequestSeq">Number of our request.</param>
/// <param name="Success">Whether it was carried out.</param>
/// <param name="Message">Why not.</param>
internal sealed record DapClientResponse(int RequestSeq, bool Success, string? Message) : DapMessage;

/// <summary>Something that is no DAP message.</summary>
/// <param name="Seq">Its sequence number when it had one: then it can be answered.</param>
/// <param name="Command">Its command when it had one.</param>
/// <param name="Problem">What is wrong with it.</param>
internal sealed record DapInvalid(int? Seq, string? Command, string Problem) : DapMessage;
