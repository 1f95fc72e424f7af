namespace Fred.Core;

/// <summary>
/// One replay of an interval that looks at every event without stopping. Matches lie in (position of the session, <paramref name="Limit"/>].
/// </summary>
/// <param name="Limit">Last tick looked at.</param>
public abstract record ScanRequest(Ticks Limit);

/// <summary>Looks for events that match a step filter (reverse-step, reverse-next, reverse-finish).</summary>
/// <param name="Limit">Last tick looked at.</param>
/// <param name="Filter">What matches.</param>
public sealed record EventScan(Ticks Limit, StepFilter Filter) : ScanRequest(Limit);

/// <summary>Looks for armed breakpoints whose condition holds (reverse-continue).</summary>
/// <param name="Limit">Last tick looked at.</param>
/// <param name="All">Report every hit, not only the last.</param>
public sealed record BreakpointScan(Ticks Limit, bool All = false) : ScanRequest(Limit)
{
    /// <summary>Gets a value indicating whether the signals at which the program stops by itself count, too.</summary>
    public bool Signals { get; init; }
}

/// <summary>Evaluates an expression at every tick that is a multiple of <paramref name="Stride"/> and at the limit, and reports each change of its value, the first value included.</summary>
/// <remarks>
/// The session's process is perturbed by evaluating in it: a result counts only after a clean replay has confirmed it. Where ticks are finer than statements, a stride of 1 means: wherever
/// the value may have changed as far as the backend can tell, at least wherever a statement begins; <see cref="ScanMatch.Since"/> then says how far the change may be from where it was seen.
/// </remarks>
/// <param name="Limit">Last tick looked at.</param>
/// <param name="Expression">The expression.</param>
/// <param name="Scope">Whose names it uses at any tick: not a frame's index.</param>
/// <param name="Stride">Ticks from one evaluation to the next; 1 for every tick.</param>
public sealed record ExpressionScan(Ticks Limit, string Expression, EvaluationScope Scope, long Stride = 1) : ScanRequest(Limit)
{
    /// <summary>Gets a value indicating whether nothing is wanted behind the first change from not bad to bad; the scan may then end there.</summary>
    public bool OnlyFirst { get; init; }

    /// <summary>Gets a value indicating whether of the changes only the last one from not bad to bad is wanted, and enough others to tell that there were some.</summary>
    public bool OnlyLast { get; init; }

    /// <summary>Gets how many evaluations are worth it; 0 for any number. A scan that needs more ends there, with a last match that <see cref="ScanMatch.IsBroken"/>. Only where ticks are finer than statements.</summary>
    public int MostLooks { get; init; }

    /// <summary>Gets a value indicating whether the debugger is to evaluate, although the session could follow the expression itself: the two have seen different values.</summary>
    public bool ByDebugger { get; init; }

    /// <summary>Gets after how many ticks, more or less, the session may stand still before the limit, so that it can be copied there; 0 for not before. Only where ticks are finer than statements.</summary>
    public long Leg { get; init; }
}

/// <summary>Looks for changes of memory, or accesses to it. A match is the tick just after the instruction that made it.</summary>
/// <param name="Limit">Last tick looked at.</param>
/// <param name="Ranges">Which memory; the backend says how much it can watch.</param>
public sealed record ChangeScan(Ticks Limit, IReadOnlyList<MemoryRange> Ranges) : ScanRequest(Limit)
{
    /// <summary>Gets what counts as a change: that the value is another one, or that the memory is read or written at all.</summary>
    public WatchKind Kind { get; init; }
}

/// <summary>A piece of the program's memory.</summary>
/// <param name="Address">Its first byte.</param>
/// <param name="Length">Bytes.</param>
public readonly record struct MemoryRange(ulong Address, int Length);

/// <summary>What a scan found.</summary>
/// <param name="At">Where.</param>
/// <param name="Breakpoint">Id of the breakpoint (breakpoint scans), else 0.</param>
/// <param name="Truth">The value from this tick on (expression scans).</param>
public sealed record ScanMatch(Ticks At, int Breakpoint = 0, Truth Truth = Truth.Good)
{
    /// <summary>Gets the last tick at which the value before was seen (expression scans); null for the tick just before.</summary>
    public Ticks? Since { get; init; }

    /// <summary>Gets the name of the signal that stops the program here (breakpoint scans); null for none.</summary>
    public string? Signal { get; init; }

    /// <summary>Gets a value indicating whether the scan ended here, before its limit, because it took too many evaluations.</summary>
    public bool IsBroken { get; init; }
}

/// <summary>The value of a watched expression, seen as an invariant.</summary>
public enum Truth
{
    /// <summary>False: the invariant is broken.</summary>
    Bad = 0,

    /// <summary>True: the invariant holds.</summary>
    Good = 1,

    /// <summary>The expression has no value here (a name is not defined yet, its frame is not on the stack).</summary>
    NotEvaluable = 2,
}
