namespace Fred.Core;

/// <summary>Names an error for users, scripts and docs/messages.md, where each has a paragraph with its cause and the next step.</summary>
public enum ErrorId
{
    /// <summary>The command line or a command's arguments make no sense.</summary>
    Usage,

    /// <summary>No such command.</summary>
    UnknownCommand,

    /// <summary>The command cannot be given in the present state.</summary>
    NotNow,

    /// <summary>The program to debug does not exist or cannot be read.</summary>
    ProgramNotFound,

    /// <summary>The program to debug does not parse.</summary>
    ProgramSyntaxError,

    /// <summary>No usable Python was found, or the given one is none.</summary>
    PythonNotFound,

    /// <summary>The Python found is not one Fred supports.</summary>
    PythonUnsupported,

    /// <summary>The program, or a process Fred needs for it, could not be started.</summary>
    LaunchFailed,

    /// <summary>The machine lacks something Fred cannot do without.</summary>
    Unsupported,

    /// <summary>The program file is of a kind that Fred cannot load its part into.</summary>
    ProgramUnsupported,

    /// <summary>The program was compiled without debug information.</summary>
    NoDebugInfo,

    /// <summary>No usable gdb was found, or the given one is none.</summary>
    GdbNotFound,

    /// <summary>The gdb found is not one Fred supports.</summary>
    GdbUnsupported,

    /// <summary>gdb has ended although the session goes on.</summary>
    DebuggerLost,

    /// <summary>gdb refused a command that Fred needs.</summary>
    DebuggerRefused,

    /// <summary>The program ended before the place to stop at was reached.</summary>
    UntilNotReached,

    /// <summary>A saved session does not exist, is damaged, is in use, or belongs to another machine or version.</summary>
    SessionUnusable,

    /// <summary>DMTCP is not installed, or in a version that cannot be used.</summary>
    DmtcpMissing,

    /// <summary>DMTCP could not take a checkpoint, or restart one, although the image is sound.</summary>
    DmtcpFailed,

    /// <summary>An image on disk is missing, damaged, moved or incomplete.</summary>
    ImageUnusable,

    /// <summary>The live program died in a way that leaves nothing to inspect; the history stays.</summary>
    HeadLost,

    /// <summary>A checkpoint's process is gone.</summary>
    CheckpointLost,

    /// <summary>A replica died.</summary>
    ReplicaLost,

    /// <summary>A replay did not do what the recording says.</summary>
    ReplayDiverged,

    /// <summary>No further checkpoint or replica could be made.</summary>
    ForkFailed,

    /// <summary>The recording cannot grow: disk or limit reached.</summary>
    LogFull,

    /// <summary>A message broke the agent protocol.</summary>
    ProtocolBroken,

    /// <summary>The tick is outside the history.</summary>
    TickOutOfRange,

    /// <summary>No such checkpoint, branch or bookmark.</summary>
    NoSuchName,

    /// <summary>The expression does not parse or cannot be evaluated here.</summary>
    BadExpression,

    /// <summary>The expression never had a value in the whole history.</summary>
    NeverEvaluable,

    /// <summary>The time allowed was over before there was an answer.</summary>
    TimedOut,

    /// <summary>The program did something that cannot be recorded, before it came to where it was to stop.</summary>
    RecordingEnded,

    /// <summary>The expression does not have the value the search starts from, or never changes.</summary>
    NoTransition,

    /// <summary>The child of the program that was to be recorded never came, or cannot be recorded.</summary>
    NoSuchChild,

    /// <summary>A breakpoint cannot be set there.</summary>
    BadBreakpoint,

    /// <summary>The user cancelled; the session stands where it stood before.</summary>
    Cancelled,

    /// <summary>Something in Fred itself is wrong.</summary>
    Internal,
}
