namespace Fred.Core;

/// <summary>One frame of the call stack.</summary>
/// <param name="Index">0 for the innermost.</param>
/// <param name="Location">Where it stands; null where there is no source.</param>
/// <param name="Function">Its function's name.</param>
/// <param name="IsUserCode">False for library code.</param>
/// <param name="Activation">
/// Identifies this very call over time (function, depth and entry tick, in the backend's own form), so that it can be found again at another tick; null when the
/// backend cannot (library frames).
/// </param>
public sealed record Frame(int Index, SourceLocation? Location, string Function, bool IsUserCode, string? Activation)
{
    /// <summary>Gets the tick of this call's first event; null when the backend does not know it.</summary>
    public Ticks? Entry { get; init; }

    /// <summary>Gets how deep this call is, in the backend's unit (<see cref="StopEvent.Depth"/>); null when it does not know.</summary>
    public int? Depth { get; init; }

    /// <summary>Gets the function's name with those of the classes and functions it is in (<c>Cart.add</c>); null when the backend has it in <see cref="Function"/>.</summary>
    public string? QualifiedName { get; init; }

    /// <summary>Gets the address of the instruction it stands at; null where programs have none.</summary>
    public ulong? Instruction { get; init; }

    /// <summary>Whether a function's name is meant by what the user calls it.</summary>
    /// <param name="function">As in <see cref="Function"/>, or qualified.</param>
    /// <param name="wanted">The same, or without the classes, functions and namespaces that the language puts before it with <c>::</c> or a dot.</param>
    /// <returns>True when it fits.</returns>
    public static bool IsNamed(string function, string wanted)
    {
        ArgumentNullException.ThrowIfNull(function);
        ArgumentNullException.ThrowIfNull(wanted);
        return function == wanted
            || (function.EndsWith(wanted, StringComparison.Ordinal) && function.AsSpan(0, function.Length - wanted.Length) is [.., ':', ':'] or [.., '.']);
    }

    /// <summary>Whether this is a call of the function that a user names so.</summary>
    /// <param name="name">See <see cref="IsNamed"/>.</param>
    /// <returns>True when it is.</returns>
    public bool IsOf(string name) => IsNamed(QualifiedName ?? Function, name);
}

/// <summary>Some frames of a stack.</summary>
/// <param name="Frames">Those asked for, innermost first.</param>
/// <param name="Total">How many frames the whole stack has.</param>
public sealed record StackPage(IReadOnlyList<Frame> Frames, int Total);

/// <summary>Whose names an expression uses: a frame of the stopped stack, or an activation found again at another tick.</summary>
public abstract record EvaluationScope
{
    private protected EvaluationScope()
    {
    }

    /// <summary>The frame with this index.</summary>
    /// <param name="Index">0 for the innermost.</param>
    public sealed record InFrame(int Index) : EvaluationScope
    {
        /// <summary>Gets the thread's number; 0 for the one that stopped.</summary>
        public int Thread { get; init; }
    }

    /// <summary>The activation, wherever it is on the stack; not evaluable when it is not there.</summary>
    /// <param name="Activation">See <see cref="Frame.Activation"/>.</param>
    public sealed record InActivation(string Activation) : EvaluationScope;

    /// <summary>The innermost call of a function of the user's, whichever that is at a tick; not evaluable where there is none.</summary>
    /// <param name="Function">Its name, as in <see cref="Frame.Function"/>.</param>
    public sealed record InFunction(string Function) : EvaluationScope;

    /// <summary>No frame's names in particular: global ones and addresses, wherever the program stands. Native programs only.</summary>
    public sealed record Anywhere : EvaluationScope;

    /// <summary>No names of the program but one of Fred's: <c>written</c>, how many bytes the program has written to a stream so far.</summary>
    /// <param name="Stream">1 for standard output, 2 for standard error.</param>
    public sealed record OfOutput(int Stream) : EvaluationScope;
}

/// <summary>What evaluating an expression gave.</summary>
/// <param name="Truth">Its value as an invariant.</param>
/// <param name="Value">The value's text (bounded), or the error's text when not evaluable.</param>
/// <param name="Type">The value's type; empty when not evaluable.</param>
/// <param name="Reference">Handle for listing its children in this inspector; 0 when it has none.</param>
public sealed record Evaluation(Truth Truth, string Value, string Type, int Reference)
{
    /// <summary>Gets a value indicating whether the expression does not parse, so that it cannot be evaluated anywhere.</summary>
    public bool IsInvalid { get; init; }
}

/// <summary>A named value.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its text, bounded.</param>
/// <param name="Type">Its type.</param>
/// <param name="Reference">Handle for listing its children in this inspector; 0 when it has none.</param>
/// <param name="NamedCount">How many named children it has.</param>
/// <param name="IndexedCount">How many indexed children it has.</param>
/// <param name="EvaluateName">An expression for it; null when there is none.</param>
public sealed record Variable(string Name, string Value, string Type, int Reference, int NamedCount, int IndexedCount, string? EvaluateName)
{
    /// <summary>Gets the address of memory that is worth a look: where a pointer points to, or where an aggregate is; null for none.</summary>
    public ulong? Memory { get; init; }
}

/// <summary>Which variables to list.</summary>
/// <param name="Scope">A frame's scope, or null to list the children of <paramref name="Reference"/>.</param>
/// <param name="Reference">Handle of a value, when <paramref name="Scope"/> is null.</param>
/// <param name="Start">First child wanted.</param>
/// <param name="Count">How many; 0 for all.</param>
/// <param name="Filter">Only indexed or only named children; null for both.</param>
public sealed record VariableQuery(FrameScope? Scope, int Reference, int Start = 0, int Count = 0, VariableFilter? Filter = null);

/// <summary>A scope of a frame.</summary>
/// <param name="FrameIndex">0 for the innermost.</param>
/// <param name="Globals">The module's or program's globals instead of the locals.</param>
public sealed record FrameScope(int FrameIndex, bool Globals)
{
    /// <summary>Gets the thread's number; 0 for the one that stopped.</summary>
    public int Thread { get; init; }
}

/// <summary>A thread of the stopped program.</summary>
/// <param name="Number">What the user knows it by: 1 for the first, then in order of creation; never used again.</param>
/// <param name="Name">As the program calls it.</param>
/// <param name="IsCurrent">Whether it is the one that stopped.</param>
/// <param name="IsDaemon">Whether the program ends without waiting for it.</param>
/// <param name="Top">Its innermost frame of the user's code, else its innermost frame; null when it runs no code that has frames.</param>
public sealed record ThreadInfo(int Number, string Name, bool IsCurrent, bool IsDaemon, Frame? Top);

/// <summary>Which children to list.</summary>
public enum VariableFilter
{
    /// <summary>Elements of a sequence.</summary>
    Indexed,

    /// <summary>Attributes, keys.</summary>
    Named,
}
