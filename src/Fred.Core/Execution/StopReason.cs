namespace Fred.Core;

/// <summary>Why a session, or the user's sitting, stopped. The lower-case names are part of the user contract (JSON output).</summary>
public enum StopReason
{
    /// <summary>Before the first statement.</summary>
    Entry,

    /// <summary>A step, next, finish, until or goto arrived.</summary>
    Step,

    /// <summary>A breakpoint was reached.</summary>
    Breakpoint,

    /// <summary>A data breakpoint's expression changed.</summary>
    Watch,

    /// <summary>An uncaught exception ended the program; its frames can be inspected.</summary>
    Exception,

    /// <summary>A signal stopped or killed the program.</summary>
    Signal,

    /// <summary>The program ended.</summary>
    Exit,

    /// <summary>A reverse command met the beginning of the history.</summary>
    StartOfHistory,

    /// <summary>A forward command in the past met the live edge, or the live program cannot go on recorded.</summary>
    EndOfHistory,

    /// <summary>The user asked the running program to pause.</summary>
    Pause,

    /// <summary>All threads wait for each other, and nothing can wake one. The program cannot go on.</summary>
    Deadlock,

    /// <summary>A reverse expression watchpoint stands before the statement that changes the expression.</summary>
    Transition,
}
