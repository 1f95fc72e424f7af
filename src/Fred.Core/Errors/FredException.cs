namespace Fred.Core;

/// <summary>A lost debuggee, a broken contract or a request that cannot be carried out. Its message says what happened, where, and what to do next.</summary>
public sealed class FredException : Exception
{
    /// <summary>Initializes a new instance of the <see cref="FredException"/> class.</summary>
    /// <param name="id">Which error; its paragraph in docs/messages.md.</param>
    /// <param name="message">What happened, where, and what to do next.</param>
    /// <param name="inner">The cause, when there is one.</param>
    public FredException(ErrorId id, string message, Exception? inner = null)
        : base(message, inner)
    {
        Id = id;
    }

    /// <summary>Gets which error this is.</summary>
    public ErrorId Id { get; }
}
