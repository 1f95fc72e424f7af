namespace Fred.Dap;

/// <summary>The value an expression has at one point in time, turned into invariants that a reverse watch can search with.</summary>
/// <param name="Key">An expression that is equal exactly while the value is.</param>
/// <param name="KeyValue">What <paramref name="Key"/> is now, as the program's language writes it.</param>
/// <param name="Value">The value itself, for people.</param>
internal sealed record ValueNow(string Key, string KeyValue, string Value)
{
    /// <summary>Longest value that is compared as it is. Longer ones may be shown cut off, so their digest is compared.</summary>
    private const int MaxPlain = 80;

    /// <summary>Gets the invariant that holds while the value is the one it is now.</summary>
    public string IsSame => $"({Key}) == {KeyValue}";

    /// <summary>Gets the invariant that holds while the value is another one.</summary>
    public string IsOther => $"({Key}) != {KeyValue}";

    /// <summary>Takes an expression's value where the session stands.</summary>
    /// <param name="session">The session.</param>
    /// <param name="backend">pdb or gdb: whose language the expression is in.</param>
    /// <param name="expression">The expression.</param>
    /// <param name="scope">Whose names it uses.</param>
    /// <param name="ct">Ends the evaluation.</param>
    /// <returns>Null when it has none here: its frame is not on the stack, or a name is not defined.</returns>
    public static async Task<ValueNow?> TakeAsync(DebugSession session, string backend, string expression, EvaluationScope scope, CancellationToken ct)
    {
        Evaluation value = await session.EvaluateAsync(expression, scope, ct).ConfigureAwait(false);
        if (value.Truth == Truth.NotEvaluable)
        {
            return null;
        }
        if (backend != "pdb" || (value.Type is "int" or "bool" or "str" or "NoneType" && value.Value.Length <= MaxPlain))
        {
            return new ValueNow(expression, value.Value, value.Value);
        }
        string digest = $"__import__('hashlib').sha1(repr(({expression})).encode('utf-8', 'backslashreplace')).hexdigest()";
        Evaluation key = await session.EvaluateAsync(digest, scope, ct).ConfigureAwait(false);
        return key.Truth == Truth.NotEvaluable ? null : new ValueNow(digest, key.Value, value.Value);
    }
}

/// <summary>A data breakpoint with the value that its expression has at one point in time.</summary>
/// <param name="Breakpoint">The data breakpoint.</param>
/// <param name="Now">The value.</param>
internal sealed record ValueWatch(DataBreakpoint Breakpoint, ValueNow Now)
{
    /// <summary>Takes the value where the session stands.</summary>
    /// <returns>Null when there is none here.</returns>
    public static async Task<ValueWatch?> TakeAsync(DebugSession session, string backend, DataBreakpoint breakpoint, CancellationToken ct) =>
        await (breakpoint.Data.Bytes > 0
            ? DataBytes.TakeAsync(session, breakpoint.Data, ct)
            : ValueNow.TakeAsync(session, backend, breakpoint.Data.Expression, breakpoint.Data.Scope, ct)).ConfigureAwait(false) is { } now
            ? new ValueWatch(breakpoint, now)
            : null;
}
