namespace Fred.Dap;

/// <summary>One thing read from a client: the bytes of a message, or the reason why a message was thrown away although the stream is still in step.</summary>
internal abstract record DapFrame
{
    private DapFrame()
    {
    }

    /// <summary>The body of a message.</summary>
    /// <param name="Body">UTF-8 JSON, owned by the receiver.</param>
    public sealed record Message(byte[] Body) : DapFrame;

    /// <summary>A message longer than <see cref="DapStream.MaxBody"/>; its bytes were skipped, the next message can be read.</summary>
    /// <param name="Length">How long it was, in bytes.</param>
    public sealed record TooLong(long Length) : DapFrame;
}
