namespace Fred.Dap;

/// <summary>A watched expression with the value it has at one point in time, turned into invariants that a reverse watch can search with.</summary>
/// <param name="Breakpoint">The data breakpoint it is for.</param>
/// <param name="Key">An expression that is equal exactly while the value is.</param>
/// <param name="KeyValue">What <paramref name="Key"/> is now, as the program's language writes it.</param>
/// <param name="Value">The value itself, for people.</param>
internal sealed record ValueWatch(DataBreakpoint Breakpoint, string Key, string KeyValue, string Value)
{
    /// <summary>Longest value that is compared as it is. Longer ones may be shown cut off, so their digest is compared.</summary>
    private const int MaxPlain = 80;

    /// <summary>Gets the invariant that holds while the value is the one it is now.</summary>
    public string IsSame => $"({Key}) == {KeyValue}";

    /// <summary>Gets the invariant that holds while the value is another one.</summary>
    public string IsOther => $"({Key}) != {KeyValue}";

    /// <summary>Takes an expression's value where the session stands.</summary>
    /// <returns>Null when it has none here: its frame is not on the stack, or a name is not defined.</returns>
    public static async Task<ValueWatch?> TakeAsync(DebugSession session, string backend, DataBreakpoint breakpoint, CancellationToken ct)
    {
        DataId data = breakpoint.Data;
        Evaluation value = await session.EvaluateAsync(data.Expression, data.Scope, ct).ConfigureAwait(false);
        if (value.Truth == Truth.NotEvaluable)
        {
            return null;
        }
        if (backend != "pdb" || (value.Type is "int" or "bool" or "str" or "NoneType" && value.Value.Length <= MaxPlain))
        {
            return new ValueWatch(breakpoint, data.Expression, value.Value, value.Value);
        }
        string digest = $"__import__('hashlib').sha1(repr(({data.Expression})).encode('utf-8', 'backslashreplace')).hexdigest()";
        Evaluation key = await session.EvaluateAsync(digest, data.Scope, ct).ConfigureAwait(false);
        return key.Truth == Truth.NotEvaluable ? null : new ValueWatch(breakpoint, digest, key.Value, value.Value);
    }
}
