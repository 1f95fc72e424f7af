namespace Fred.Core;

/// <summary>The exception that is met where the program stands.</summary>
/// <param name="Role">How it is met.</param>
/// <param name="Type">Its type's short name.</param>
/// <param name="Message">Its text; empty for none.</param>
public sealed record ExceptionMet(ExceptionRole Role, string Type, string Message)
{
    /// <summary>Gets the names of its type and of the types that it is derived from, each short and qualified.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>Gets the stack it was raised on, innermost frame first (bounded).</summary>
    public IReadOnlyList<Frame> Stack { get; init; } = [];

    /// <summary>Gets the innermost place in the user's code that it came through; null when it never was there.</summary>
    public SourceLocation? Origin { get; init; }

    /// <summary>Gets it in one line, as the language prints it.</summary>
    public string Text => Message.Length == 0 ? Type : $"{Type}: {Message}";
}

/// <summary>How an exception is met.</summary>
public enum ExceptionRole
{
    /// <summary>The statement that comes next raises it.</summary>
    Raise,

    /// <summary>It has been raised and has come to a handler, which may take it.</summary>
    Handler,

    /// <summary>It has ended the program.</summary>
    End,
}
