namespace Fred.Dap;

/// <summary>A request that cannot be carried out as it was put; becomes its error response.</summary>
internal sealed class DapRequestException : Exception
{
    /// <summary>Initializes a new instance of the <see cref="DapRequestException"/> class.</summary>
    /// <param name="message">What is wrong and what would be right.</param>
    public DapRequestException(string message)
        : base(message)
    {
    }
}
