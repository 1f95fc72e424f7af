namespace Fred.Core;

/// <summary>A call in the statement that runs next, which <see cref="SessionCommand.StepInto"/> can enter.</summary>
/// <param name="Label">The called expression as it is written: <c>cart.add</c>.</param>
/// <param name="Activation">The call of the function that the statement is in, see <see cref="Frame.Activation"/>.</param>
/// <param name="Span">Where the call is in the source, in the backend's own units; handed back to it.</param>
public sealed record CallTarget(string Label, string Activation, SourceSpan Span)
{
    /// <summary>Gets the 1-based column of the call's first character on its first line.</summary>
    public int Column { get; init; }
}

/// <summary>A part of a source file.</summary>
/// <param name="Line">1-based first line.</param>
/// <param name="Start">Where it begins on that line.</param>
/// <param name="EndLine">1-based last line.</param>
/// <param name="End">Where it ends on that line.</param>
public readonly record struct SourceSpan(int Line, int Start, int EndLine, int End);
