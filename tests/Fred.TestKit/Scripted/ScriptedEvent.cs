using System.Collections.Immutable;
using Fred.Core;

namespace Fred.TestKit;

/// <summary>One frame at one event.</summary>
/// <param name="Function">Its function; <c>&lt;module&gt;</c> for the outermost.</param>
/// <param name="Line">1-based line where it stands.</param>
/// <param name="EntryTick">The event at which it was entered.</param>
/// <param name="Depth">Its call depth, 0 for the module.</param>
/// <param name="Names">Its variables.</param>
public sealed record ScriptedFrame(string Function, int Line, long EntryTick, int Depth, ImmutableSortedDictionary<string, object?> Names)
{
    /// <summary>Gets what identifies this very call over time.</summary>
    public string Activation => Depth == 0 ? "module:__main__" : $"frame:{Function}:{EntryTick}:{Depth}";
}

/// <summary>One event of a run with everything visible at it.</summary>
/// <param name="At">Its tick.</param>
/// <param name="Kind">What happens next.</param>
/// <param name="Stack">Innermost first; empty only at tick 0.</param>
/// <param name="LogPosition">Inputs, outputs and mutations so far.</param>
public sealed record ScriptedEvent(Ticks At, EventKind Kind, ImmutableList<ScriptedFrame> Stack, long LogPosition)
{
    /// <summary>Gets the 1-based line; 0 at tick 0.</summary>
    public int Line => Stack.IsEmpty ? 0 : Stack[0].Line;

    /// <summary>Gets the call depth; 0 for the module.</summary>
    public int Depth => Stack.IsEmpty ? 0 : Stack[0].Depth;

    /// <summary>Gets the function.</summary>
    public string? Function => Stack.IsEmpty ? null : Stack[0].Function;

    /// <summary>Gets the exception's text at an <see cref="EventKind.End"/> caused by one.</summary>
    public string? Exception { get; init; }

    /// <summary>Gets the exit status at an <see cref="EventKind.End"/>.</summary>
    public int ExitCode { get; init; }

    /// <summary>Evaluates an expression here.</summary>
    /// <param name="expression">The text.</param>
    /// <param name="frameIndex">0 for the innermost frame.</param>
    /// <returns>The value.</returns>
    /// <exception cref="ScriptException">It has none here.</exception>
    public object? Evaluate(string expression, int frameIndex = 0) => ScriptExpression.Parse(expression).Evaluate(name => Lookup(name, frameIndex));

    /// <summary>Finds the frame whose names an expression uses here.</summary>
    /// <param name="scope">Whose names.</param>
    /// <returns>0 for the innermost; -1 when it is not on the stack.</returns>
    public int FrameOf(EvaluationScope scope) => scope switch
    {
        EvaluationScope.InFrame inFrame => inFrame.Index,
        EvaluationScope.InActivation activation => Stack.FindIndex(f => f.Activation == activation.Activation),
        EvaluationScope.InFunction function => Stack.FindIndex(f => f.Function == function.Function),
        _ => throw new NotSupportedException($"{scope} is not scripted."),
    };

    /// <summary>Evaluates an expression as an invariant.</summary>
    /// <param name="expression">The text.</param>
    /// <param name="scope">Whose names.</param>
    /// <returns>Good, bad or not evaluable.</returns>
    public Truth TruthOf(string expression, EvaluationScope scope)
    {
        var frame = FrameOf(scope);
        if (frame < 0)
        {
            return Truth.NotEvaluable;
        }

        try
        {
            return ScriptValue.IsTrue(Evaluate(expression, frame)) ? Truth.Good : Truth.Bad;
        }
        catch (ScriptException)
        {
            return Truth.NotEvaluable;
        }
    }

    private object? Lookup(string name, int frameIndex) =>
        frameIndex < Stack.Count && Stack[frameIndex].Names.TryGetValue(name, out var local) ? local
            : !Stack.IsEmpty && Stack[^1].Names.TryGetValue(name, out var global) ? global
            : throw new ScriptException($"NameError: name '{name}' is not defined");
}
