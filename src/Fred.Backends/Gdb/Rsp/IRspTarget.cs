namespace Fred.Backends;

/// <summary>How gdb wants the target to run.</summary>
internal enum RspMotion
{
    /// <summary>To the next breakpoint, watchpoint, signal or end.</summary>
    Continue,

    /// <summary>One instruction.</summary>
    Step,

    /// <summary>Back to the last breakpoint or watchpoint before, or the beginning of the history.</summary>
    ReverseContinue,

    /// <summary>One instruction back.</summary>
    ReverseStep,
}

/// <summary>What stops gdb's target, as gdb numbers it in <c>Z</c> packets.</summary>
internal enum RspBreakpointKind
{
    /// <summary>An instruction; gdb would write into the code, the target need not.</summary>
    Software = 0,

    /// <summary>An instruction, by hardware.</summary>
    Hardware = 1,

    /// <summary>A change of memory.</summary>
    Write = 2,

    /// <summary>A reading of memory.</summary>
    Read = 3,

    /// <summary>Either.</summary>
    Access = 4,
}

/// <summary>A breakpoint or watchpoint of gdb's.</summary>
/// <param name="Kind">What stops.</param>
/// <param name="Address">Where.</param>
/// <param name="Length">Bytes watched; for instructions gdb's idea of their length.</param>
internal readonly record struct RspBreakpoint(RspBreakpointKind Kind, ulong Address, int Length);

/// <summary>Why the target stands.</summary>
internal abstract record RspStop
{
    private RspStop()
    {
    }

    /// <summary>A signal, in gdb's numbering (5 is a trap).</summary>
    /// <param name="Number">Which.</param>
    public sealed record Signal(int Number) : RspStop;

    /// <summary>A breakpoint.</summary>
    /// <param name="IsHardware">Whether gdb has asked for one by hardware only.</param>
    public sealed record Breakpoint(bool IsHardware = false) : RspStop;

    /// <summary>A watchpoint.</summary>
    /// <param name="Kind">Which of the three kinds.</param>
    /// <param name="Address">Where the memory changed.</param>
    public sealed record Watch(RspBreakpointKind Kind, ulong Address) : RspStop;

    /// <summary>The history has no more in this direction.</summary>
    /// <param name="AtBegin">Its beginning, else its end.</param>
    public sealed record HistoryEnd(bool AtBegin) : RspStop;

    /// <summary>The program has ended.</summary>
    /// <param name="Status">Its exit status.</param>
    public sealed record Exited(int Status) : RspStop;

    /// <summary>A signal has killed the program.</summary>
    /// <param name="Number">In gdb's numbering.</param>
    public sealed record Killed(int Number) : RspStop;
}

/// <summary>What gdb debugs through the stub: one stopped process at a time, whichever it is at the moment.</summary>
/// <remarks>Calls come one at a time, except the token of <see cref="ResumeAsync"/>, which gdb's Ctrl-C cancels.</remarks>
internal interface IRspTarget
{
    /// <summary>Gets the program's path, as gdb should find it.</summary>
    string ExecutableFile { get; }

    /// <summary>Gets the number of the thread that stopped.</summary>
    int StoppedThread => 1;

    /// <summary>Gets why the target stands.</summary>
    RspStop Stop { get; }

    /// <summary>Gets a value indicating whether the target can run backwards.</summary>
    bool CanReverse { get; }

    /// <summary>Lists the threads.</summary>
    /// <param name="ct">Cancels.</param>
    /// <returns>Numbers, from 1, and names.</returns>
    ValueTask<IReadOnlyList<(int Number, string Name)>> ListThreadsAsync(CancellationToken ct) => ValueTask.FromResult<IReadOnlyList<(int, string)>>([(1, string.Empty)]);

    /// <summary>Chooses the thread whose registers are read and written from now on, until the target runs.</summary>
    /// <param name="number">A thread's number; 0 for the one that stopped.</param>
    void SelectThread(int number)
    {
        // Who has one thread has no choice.
    }

    /// <summary>Reads the registers.</summary>
    /// <param name="ct">Cancels.</param>
    /// <returns>A copy.</returns>
    ValueTask<RegisterFile> ReadRegistersAsync(CancellationToken ct);

    /// <summary>Changes the registers.</summary>
    /// <param name="registers">All of them.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>False when they cannot be changed here.</returns>
    ValueTask<bool> WriteRegistersAsync(RegisterFile registers, CancellationToken ct);

    /// <summary>Reads memory.</summary>
    /// <param name="address">From here on.</param>
    /// <param name="buffer">Filled as far as there is memory.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>How many bytes; 0 when nothing is there.</returns>
    ValueTask<int> ReadMemoryAsync(ulong address, Memory<byte> buffer, CancellationToken ct);

    /// <summary>Changes memory.</summary>
    /// <param name="address">From here on.</param>
    /// <param name="bytes">What to write.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>False when it cannot be changed here.</returns>
    ValueTask<bool> WriteMemoryAsync(ulong address, ReadOnlyMemory<byte> bytes, CancellationToken ct);

    /// <summary>Finds a thread-local variable.</summary>
    /// <param name="offset">In its module's block.</param>
    /// <param name="module">Address of the module's link map.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Its address in the thread that is shown; null when it has none there.</returns>
    ValueTask<ulong?> FindThreadLocalAsync(ulong offset, ulong module, CancellationToken ct);

    /// <summary>Reads the auxiliary vector.</summary>
    /// <returns>As in /proc/PID/auxv.</returns>
    byte[] ReadAuxiliaryVector();

    /// <summary>Runs until something stops.</summary>
    /// <param name="motion">How.</param>
    /// <param name="breakpoints">What stops, besides the end.</param>
    /// <param name="ct">gdb's Ctrl-C.</param>
    /// <returns>Why it stands.</returns>
    ValueTask<RspStop> ResumeAsync(RspMotion motion, IReadOnlyCollection<RspBreakpoint> breakpoints, CancellationToken ct);

    /// <summary>gdb leaves; the target lives on or not, as its owner likes.</summary>
    /// <param name="kill">Whether gdb wants it to end.</param>
    void Leave(bool kill);
}
