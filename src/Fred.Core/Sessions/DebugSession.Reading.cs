namespace Fred.Core;

/// <content>Reading at a stop. Nothing here moves or changes the program.</content>
public sealed partial class DebugSession
{
    /// <summary>Gives a line to the backend's own debugger; breakpoints it changes are taken over, what it wants to move or change is left in the reply's action for the caller to carry out.</summary>
    /// <param name="line">What the user typed.</param>
    /// <param name="ct">Ends the command.</param>
    /// <returns>Its output, and what it asks for.</returns>
    public async Task<BackendReply> ExecuteBackendAsync(string line, CancellationToken ct)
    {
        var reply = await ReadAsync(
            async (inspector, token) =>
            {
                if (_breakpoints.UsedUp() is { Count: > 0 } usedUp && await inspector.DropBreakpointsAsync(usedUp, token).ConfigureAwait(false))
                {
                    _breakpoints.Dropped(usedUp);
                }

                return await inspector.ExecuteAsync(line, _shellState, token).ConfigureAwait(false);
            },
            ct).ConfigureAwait(false);
        (_shellState, _quietState) = (reply.State, reply.QuietState);
        if (reply.Breakpoints is { } breakpoints)
        {
            _breakpoints.TakeOver(breakpoints);
            Publish(new SessionEvent.BreakpointsChanged());
        }

        return reply;
    }

    /// <summary>What the backend's debugger shows by itself at this stop.</summary>
    /// <param name="ct">Cancels.</param>
    /// <returns>Its output; often empty.</returns>
    public async Task<string> DisplayAsync(CancellationToken ct)
    {
        if (_quietState is { } quiet)
        {
            _shellState = quiet;
            return string.Empty;
        }

        var reply = await ReadAsync((inspector, token) => inspector.DisplayAsync(_shellState, token), ct).ConfigureAwait(false);
        (_shellState, _quietState) = (reply.State, reply.QuietState);
        return reply.Output;
    }

    /// <summary>Reads the call stack at this stop.</summary>
    /// <param name="start">First frame wanted, 0 for the innermost.</param>
    /// <param name="count">How many; 0 for all.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The frames.</returns>
    public Task<StackPage> GetStackAsync(int start, int count, CancellationToken ct) =>
        ReadAsync((inspector, token) => inspector.GetStackAsync(start, count, token), ct);

    /// <summary>Lists the calls in the statement that runs next, for <see cref="SessionCommand.StepInto"/>.</summary>
    /// <param name="ct">Cancels.</param>
    /// <returns>The calls; possibly none.</returns>
    public Task<IReadOnlyList<CallTarget>> GetCallTargetsAsync(CancellationToken ct) => ReadAsync((inspector, token) => inspector.GetCallTargetsAsync(token), ct);
    /// <summary>Reads the call stack of any thread at this stop.</summary>
    /// <param name="thread">Its number; 0 for the one that stopped.</param>
    /// <param name="start">First frame wanted, 0 for the innermost.</param>
    /// <param name="count">How many; 0 for all.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The frames.</returns>
    public Task<StackPage> GetStackAsync(int thread, int start, int count, CancellationToken ct) =>
        ReadAsync((inspector, token) => inspector.GetStackAsync(thread, start, count, token), ct);

    /// <summary>Lists the program's threads at this stop.</summary>
    /// <param name="ct">Cancels.</param>
    /// <returns>Those alive, by number; empty in a backend that knows no threads.</returns>
    public Task<IReadOnlyList<ThreadInfo>> GetThreadsAsync(CancellationToken ct) => ReadAsync(static (inspector, token) => inspector.GetThreadsAsync(token), ct);

    /// <summary>Evaluates an expression in a throw-away copy.</summary>
    /// <param name="expression">In the program's language.</param>
    /// <param name="scope">Whose names.</param>
    /// <param name="ct">Ends the evaluation, however long it would run.</param>
    /// <returns>The value, or why there is none.</returns>
    public Task<Evaluation> EvaluateAsync(string expression, EvaluationScope scope, CancellationToken ct) =>
        ReadAsync((inspector, token) => inspector.EvaluateAsync(expression, scope, token), ct);

    /// <summary>Looks at the program as a machine.</summary>
    /// <typeparam name="T">What is seen.</typeparam>
    /// <param name="look">The looking.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>What was seen.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.Unsupported"/>: programs of this backend have no memory and instructions that could be shown.</exception>
    public Task<T> LookAtMachineAsync<T>(Func<IMachineView, CancellationToken, Task<T>> look, CancellationToken ct) => ReadAsync(
        (inspector, token) => look(
            inspector.Machine ?? throw new FredException(ErrorId.Unsupported, "Memory, addresses and instructions can be looked at in native programs only."), token),
        ct);

    /// <summary>Lists variables.</summary>
    /// <param name="query">Which; references are valid until the next movement.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The variables.</returns>
    public Task<IReadOnlyList<Variable>> GetVariablesAsync(VariableQuery query, CancellationToken ct) =>
        ReadAsync((inspector, token) => inspector.GetVariablesAsync(query, token), ct);

    /// <summary>Completes what the user has typed.</summary>
    /// <param name="text">The line.</param>
    /// <param name="column">0-based cursor in it.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Full replacements of the word before the cursor, sorted.</returns>
    public Task<IReadOnlyList<string>> CompleteAsync(string text, int column, CancellationToken ct) =>
        ReadAsync((inspector, token) => inspector.CompleteAsync(text, column, 0, token), ct);

    private async Task<T> ReadAsync<T>(Func<IInspector, CancellationToken, Task<T>> read, CancellationToken ct)
    {
        Require(SessionRequest.Read);
        try
        {
            return await _inspectors.UseAsync(read, ct).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new FredException(ErrorId.NotNow, "The program has moved on while this was being read; read again at the next stop.");
        }
    }

    private async Task VerifyValuesAsync(IInspector inspector, CancellationToken ct)
    {
        var values = await inspector.GetValueFingerprintAsync(ct).ConfigureAwait(false);
        _timeline.Proof.CheckValues(_timeline.Branch, _timeline.Session.Current, values);
    }
}
