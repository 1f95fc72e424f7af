namespace Fred.Core;

/// <summary>A throw-away view of a stopped program. Frame index 0 is the innermost frame.</summary>
/// <remarks>One call at a time. Values are copies; nothing done here reaches the program (see <see cref="ILiveHead.MutateAsync"/> for that).</remarks>
public interface IInspector : IAsyncDisposable
{
    /// <summary>Gets the program as a machine; null when this backend's programs are none.</summary>
    IMachineView? Machine => null;

    /// <summary>Gets whose names are meant where the stack has no frame of the user's, as at the program's end: the function whose one call is the whole run, or the main module. Null for nobody's.</summary>
    EvaluationScope? Entry => null;

    /// <summary>Says how deep a call is that only its place on the stack tells from others.</summary>
    /// <param name="activation">See <see cref="Frame.Activation"/>.</param>
    /// <returns>In the unit of <see cref="StopEvent.Depth"/>; null when its name is no other call's.</returns>
    int? DepthOf(string activation) => null;

    /// <summary>Reads the call stack.</summary>
    /// <param name="start">First frame wanted.</param>
    /// <param name="count">How many; 0 for all.</param>
    /// <param name="ct">Cancels the reading.</param>
    /// <returns>The frames and how many there are in all.</returns>
    Task<StackPage> GetStackAsync(int start, int count, CancellationToken ct);

    /// <summary>Reads the call stack of any thread.</summary>
    /// <param name="thread">Its number; 0 for the one that stopped.</param>
    /// <param name="start">First frame wanted.</param>
    /// <param name="count">How many; 0 for all.</param>
    /// <param name="ct">Cancels the reading.</param>
    /// <returns>The frames and how many there are in all.</returns>
    Task<StackPage> GetStackAsync(int thread, int start, int count, CancellationToken ct) => GetStackAsync(start, count, ct);

    /// <summary>Lists the program's threads.</summary>
    /// <param name="ct">Cancels.</param>
    /// <returns>Those alive, by number; empty in a backend that knows no threads.</returns>
    Task<IReadOnlyList<ThreadInfo>> GetThreadsAsync(CancellationToken ct) => Task.FromResult<IReadOnlyList<ThreadInfo>>([]);

    /// <summary>Evaluates an expression.</summary>
    /// <param name="expression">In the program's language.</param>
    /// <param name="scope">Which frame's names it uses.</param>
    /// <param name="ct">Ends the evaluation, however long it would run.</param>
    /// <returns>The value, or why there is none.</returns>
    Task<Evaluation> EvaluateAsync(string expression, EvaluationScope scope, CancellationToken ct);

    /// <summary>Finds the memory an expression's value depends on.</summary>
    /// <param name="expression">In the program's language.</param>
    /// <param name="scope">Which frame's names it uses.</param>
    /// <param name="ct">Ends the evaluation.</param>
    /// <returns>All of it; null when that cannot be told (the expression calls functions, it is more than can be watched, the backend knows no memory).</returns>
    Task<IReadOnlyList<MemoryRange>?> GetDependenciesAsync(string expression, EvaluationScope scope, CancellationToken ct) => Task.FromResult<IReadOnlyList<MemoryRange>?>(null);

    /// <summary>Lists variables of a scope or children of a value.</summary>
    /// <param name="query">What to list.</param>
    /// <param name="ct">Cancels the listing.</param>
    /// <returns>The variables asked for.</returns>
    Task<IReadOnlyList<Variable>> GetVariablesAsync(VariableQuery query, CancellationToken ct);

    /// <summary>Completes an identifier or attribute in what the user has typed.</summary>
    /// <param name="text">The line.</param>
    /// <param name="column">0-based cursor in it.</param>
    /// <param name="frameIndex">Whose names.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Full replacements of the word before the cursor, sorted.</returns>
    Task<IReadOnlyList<string>> CompleteAsync(string text, int column, int frameIndex, CancellationToken ct);

    /// <summary>Gives kept breakpoints to the backend's own debugger, if that has a table of its own, which is empty so far.</summary>
    /// <param name="kept">The breakpoints.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Its table; what it does not take any more is missing.</returns>
    Task<IReadOnlyList<Breakpoint>> AdoptBreakpointsAsync(IReadOnlyList<Breakpoint> kept, CancellationToken ct) => Task.FromResult(kept);

    /// <summary>Has the backend's own debugger forget temporary breakpoints that are used up.</summary>
    /// <param name="ids">Which.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>False when they are not its business.</returns>
    Task<bool> DropBreakpointsAsync(IReadOnlyList<int> ids, CancellationToken ct) => Task.FromResult(false);

    /// <summary>Says which exception is met here. At a statement that raises, it is worked out by evaluating what the statement would.</summary>
    /// <param name="ct">Ends the evaluation, however long it would run.</param>
    /// <returns>The exception; null when none is met at this event.</returns>
    Task<ExceptionMet?> GetExceptionAsync(CancellationToken ct);

    /// <summary>Lists the calls in the statement that runs next, in the order in which they are made as far as that can be told.</summary>
    /// <param name="ct">Cancels.</param>
    /// <returns>The calls; none where no statement is next, or when the backend cannot tell them apart.</returns>
    Task<IReadOnlyList<CallTarget>> GetCallTargetsAsync(CancellationToken ct) => Task.FromResult<IReadOnlyList<CallTarget>>([]);

    /// <summary>Says whether a call is being carried out: whether its function, or what that has called, is on the stack.</summary>
    /// <param name="target">The call.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>False when its statement is at another call, or not on the stack.</returns>
    Task<bool> IsInCallAsync(CallTarget target, CancellationToken ct) => Task.FromResult(false);

    /// <summary>Lists where in a file breakpoints can stop.</summary>
    /// <param name="file">The file's path; it need not be loaded yet.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>1-based lines, sorted; empty when it is no source file of the program's language.</returns>
    Task<IReadOnlyList<int>> GetLinesAsync(string file, CancellationToken ct);

    /// <summary>Gives a line to the backend's own debugger (pdb, gdb).</summary>
    /// <param name="line">What the user typed.</param>
    /// <param name="state">What the last command of this sitting returned; empty at first.</param>
    /// <param name="ct">Ends the command.</param>
    /// <returns>Its output, and what it asks the session to do.</returns>
    Task<BackendReply> ExecuteAsync(string line, string state, CancellationToken ct);

    /// <summary>What the backend's debugger shows by itself at a stop (pdb's display).</summary>
    /// <param name="state">As in <see cref="ExecuteAsync"/>.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The output and the new state.</returns>
    Task<BackendReply> DisplayAsync(string state, CancellationToken ct);

    /// <summary>Computes a fingerprint of the visible values: frames and simple locals.</summary>
    /// <param name="ct">Cancels.</param>
    /// <returns>Equal for equal states of one recording.</returns>
    Task<string> GetValueFingerprintAsync(CancellationToken ct);

    /// <summary>Computes a digest of everything that the user's code can reach, as in <see cref="ObservationEnd.Doubt"/>; takes up to a second.</summary>
    /// <param name="ct">Cancels.</param>
    /// <returns>Equal for two replicas at one tick, unless something has changed the program in one of them.</returns>
    Task<string> GetDigestAsync(CancellationToken ct);
}
