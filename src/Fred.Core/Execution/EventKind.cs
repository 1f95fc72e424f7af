namespace Fred.Core;

/// <summary>What kind of trace event a tick is.</summary>
public enum EventKind
{
    /// <summary>Before the first event.</summary>
    None,

    /// <summary>A function has just been entered; its first statement is next.</summary>
    Call,

    /// <summary>A statement, or a loop's header, is about to run.</summary>
    Line,

    /// <summary>A function is about to return; its value is known.</summary>
    Return,

    /// <summary>The program has ended, or an uncaught exception has reached the top.</summary>
    End,
}
