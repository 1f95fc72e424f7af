namespace Fred.Core;

/// <summary>Chooses the call whose names an expression means at other ticks, for a frame that the user stands in.</summary>
/// <remarks>
/// A frame means this very call: before it began, its names mean nothing. So an expression that uses nothing of the call (global names only) would have no history but
/// that of the call; the same names mean the same in a call further outside whose code is in the same file, and which has lived longer. It is used where the call itself
/// gives no answer.
/// </remarks>
internal static class FollowedFrame
{
    /// <summary>How many frames are looked at, of stacks that may have a hundred thousand.</summary>
    private const int Most = 64;

    /// <summary>What Python calls a module's own code, whose variables are the global ones.</summary>
    private const string ModuleCode = "<module>";

    /// <summary>Names that mean the frame they are used in, or hide such a use.</summary>
    private static readonly string[] NamesOfTheFrame = ["__class__", "dir", "eval", "exec", "locals", "super", "vars"];

    /// <summary>Finds the call of the selected frame. Where nobody has selected one and the program stands in library code, that of the innermost frame of the user's in which the expression has a value.</summary>
    /// <param name="inspector">Where the user stands.</param>
    /// <param name="expression">The expression.</param>
    /// <param name="frame">The selected frame.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>What to look for at other ticks.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.BadExpression"/>: there is no such call.</exception>
    public static async Task<EvaluationScope> OfAsync(IInspector inspector, string expression, EvaluationScope.InFrame frame, CancellationToken ct)
    {
        var selected = await inspector.GetStackAsync(frame.Thread, frame.Index, 1, ct).ConfigureAwait(false);
        if (selected.Frames is [{ Activation: { } activation }])
        {
            return new EvaluationScope.InActivation(activation);
        }

        List<Frame> own = frame.Index == 0 ? [.. (await inspector.GetStackAsync(frame.Thread, 0, Most, ct).ConfigureAwait(false)).Frames.Where(f => f.Activation is not null)] : [];
        foreach (var candidate in own)
        {
            if (await inspector.EvaluateAsync(expression, frame with { Index = candidate.Index }, ct).ConfigureAwait(false) is { Truth: not Truth.NotEvaluable })
            {
                return new EvaluationScope.InActivation(candidate.Activation!);
            }
        }

        return own.Count > 0 ? new EvaluationScope.InActivation(own[0].Activation!)
            : frame.Index == 0 && inspector.Entry is { } entry ? entry
            : throw new FredException(
                ErrorId.BadExpression, "The selected frame cannot be followed through time (it is library code, or there is no such frame). Select a frame of your own code: 'up', or --frame FUNCTION.");
    }

    /// <summary>Finds a call further outside in which an expression means the same.</summary>
    /// <param name="inspector">Where the user stands.</param>
    /// <param name="expression">The expression.</param>
    /// <param name="frame">The selected frame.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The outermost one; null when the expression uses something of the frame, or there is none.</returns>
    public static async Task<Frame?> OutsideAsync(IInspector inspector, string expression, EvaluationScope.InFrame frame, CancellationToken ct)
    {
        var names = ExpressionNames.In(expression);
        if (expression.Contains('$', StringComparison.Ordinal) || names.Overlaps(NamesOfTheFrame))
        {
            return null;
        }

        var selected = await inspector.GetStackAsync(frame.Thread, frame.Index, 1, ct).ConfigureAwait(false);
        if (selected.Frames is not [{ Location: { } here }] || await UsesAsync(inspector, names, frame, ct).ConfigureAwait(false))
        {
            return null;
        }

        var outermost = await inspector.GetStackAsync(frame.Thread, Math.Max(frame.Index + 1, selected.Total - Most), Most, ct).ConfigureAwait(false);
        var value = await inspector.EvaluateAsync(expression, frame, ct).ConfigureAwait(false);
        foreach (var outer in outermost.Frames.Where(f => f.Activation is not null && f.Location?.File == here.File).Reverse())
        {
            var there = frame with { Index = outer.Index };
            var same = await inspector.EvaluateAsync(expression, there, ct).ConfigureAwait(false);
            if (same.Truth == value.Truth && same.Value == value.Value && (outer.Function == ModuleCode || !await UsesAsync(inspector, names, there, ct).ConfigureAwait(false)))
            {
                return outer;
            }
        }

        return null;
    }

    /// <summary>Says how deep a call of the thread that stopped is, where only its place on the stack tells it from earlier ones.</summary>
    /// <param name="inspector">Where the user stands.</param>
    /// <param name="scope">Whose names.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>See <see cref="IInspector.DepthOf"/>; null for everything else.</returns>
    public static async Task<int?> DepthAsync(IInspector inspector, EvaluationScope scope, CancellationToken ct) =>
        scope is EvaluationScope.InActivation { Activation: var activation } && inspector.DepthOf(activation) is { } depth
            && (await inspector.GetStackAsync(0, Most, ct).ConfigureAwait(false)).Frames.Any(f => f.Activation == activation)
            ? depth
            : null;

    /// <summary>In a method of C++ members have no name of their own in front of them.</summary>
    private static async Task<bool> UsesAsync(IInspector inspector, IReadOnlySet<string> names, EvaluationScope.InFrame frame, CancellationToken ct)
    {
        var variables = await inspector.GetVariablesAsync(new VariableQuery(new FrameScope(frame.Index, Globals: false) { Thread = frame.Thread }, 0), ct).ConfigureAwait(false);
        return variables.Any(v => names.Contains(v.Name) || v.Name == "this");
    }
}
