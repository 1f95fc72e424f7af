namespace Fred.Cli;

/// <summary>Whose names an expression uses.</summary>
/// <param name="Scope">For the search.</param>
/// <param name="Text">For people: <c>main()</c>, <c>every call of main()</c>.</param>
/// <param name="Function">The function.</param>
/// <param name="FrameIndex">The frame where the program stopped, 0 for the innermost; null for every call of the function.</param>
/// <param name="IsInnermostOfFunction">Whether naming the function means this very frame.</param>
internal sealed record ChosenScope(EvaluationScope Scope, string Text, string Function, int? FrameIndex, bool IsInnermostOfFunction);

/// <summary>Chooses the frame in which an expression is evaluated when nobody has selected one.</summary>
/// <remarks>
/// The frame of the failure, when the expression has a value there and uses one of its variables; then its callers in which it has a value, too, from the inside
/// outwards: the search goes on there when it was false already where the frame began. Else the outermost frame in which it has a value, because it lives longest:
/// a frame's names mean nothing before it began. Else the innermost in which one of its names is a variable, or the outermost one.
/// With a function's name: its call on the stack; when there is none, every call of it, the innermost at each moment.
/// </remarks>
/// <param name="session">At a stop.</param>
internal sealed class ScopeFinder(DebugSession session)
{
    /// <summary>Chooses frames.</summary>
    /// <param name="expression">The expression.</param>
    /// <param name="function">What the user asked for; null for nothing.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>At least one, the best first.</returns>
    /// <exception cref="FredException">No frame of the user's code is there.</exception>
    public async Task<IReadOnlyList<ChosenScope>> ChooseAsync(string expression, string? function, CancellationToken ct)
    {
        var stack = (await session.GetStackAsync(0, 0, ct).ConfigureAwait(false)).Frames;
        var own = stack.Where(f => f.IsUserCode && f.Activation is not null).ToList();
        if (function is not null)
        {
            return own.FirstOrDefault(f => f.IsOf(function)) is { } call
                ? [Chosen(call, own)]
                : [new ChosenScope(new EvaluationScope.InFunction(function), $"every call of {Call(function)}", function, null, true)];
        }

        return own.Count == 0
            ? throw new FredException(ErrorId.NeverEvaluable, "No statement of the program's own code is on the stack where it stopped, so names mean nothing there. Stop it elsewhere with --until, or name a function with --frame.")
            : [.. (await DefaultAsync(expression, own, ct).ConfigureAwait(false)).Select(f => Chosen(f, own))];
    }

    /// <summary>A function as people write it.</summary>
    /// <param name="function">Its name, or what Python calls code without one.</param>
    /// <returns><c>add()</c>, <c>&lt;module&gt;</c>.</returns>
    public static string Call(string function) => function.StartsWith('<') ? function : function + "()";

    private static ChosenScope Chosen(Frame frame, List<Frame> own) => new(
        new EvaluationScope.InActivation(frame.Activation!), Call(frame.Function), frame.Function, frame.Index, own.First(f => f.Function == frame.Function).Index == frame.Index);

    private async Task<IReadOnlyList<Frame>> DefaultAsync(string expression, List<Frame> own, CancellationToken ct)
    {
        var names = ExpressionNames.In(expression);
        var usable = new List<Frame>();
        foreach (var frame in own)
        {
            if (await HasValueAsync(expression, frame, ct).ConfigureAwait(false))
            {
                usable.Add(frame);
            }
        }

        if (usable.Count > 0)
        {
            return usable[0] == own[0] && await UsesAsync(names, own[0], ct).ConfigureAwait(false) ? usable : [usable[^1]];
        }

        foreach (var frame in own)
        {
            if (await UsesAsync(names, frame, ct).ConfigureAwait(false))
            {
                return [frame];
            }
        }

        return [own[^1]];
    }

    private async Task<bool> HasValueAsync(string expression, Frame frame, CancellationToken ct) =>
        (await session.EvaluateAsync(expression, new EvaluationScope.InFrame(frame.Index), ct).ConfigureAwait(false)).Truth != Truth.NotEvaluable;

    private async Task<bool> UsesAsync(IReadOnlySet<string> names, Frame frame, CancellationToken ct)
    {
        var variables = await session.GetVariablesAsync(new VariableQuery(new FrameScope(frame.Index, Globals: false), 0), ct).ConfigureAwait(false);
        return variables.Any(v => names.Contains(v.Name));
    }
}
