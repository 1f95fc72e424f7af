namespace Fred.Dap;

/// <summary>The bytes from the client are no DAP frames any more. Where the next message begins is unknown, so the connection has to end.</summary>
public sealed class DapFramingException : Exception
{
    /// <summary>Initializes a new instance of the <see cref="DapFramingException"/> class.</summary>
    /// <param name="message">What was wrong with the bytes.</param>
    public DapFramingException(string message)
        : base(message)
    {
    }
}
