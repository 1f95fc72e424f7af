namespace Fred.TestKit;

/// <summary>A statement of the scripted language with its 1-based line.</summary>
/// <param name="Line">Where it stands.</param>
internal abstract record ScriptStatement(int Line)
{
    public sealed record Assign(int Line, string Name, ScriptExpression Value) : ScriptStatement(Line);

    public sealed record Call(int Line, string? Target, string Function, IReadOnlyList<ScriptExpression> Arguments) : ScriptStatement(Line);

    public sealed record Input(int Line, string Target) : ScriptStatement(Line);

    public sealed record Print(int Line, ScriptExpression Value) : ScriptStatement(Line);

    public sealed record If(int Line, ScriptExpression Condition, IReadOnlyList<ScriptStatement> Then, IReadOnlyList<ScriptStatement> Else) : ScriptStatement(Line);

    public sealed record While(int Line, ScriptExpression Condition, IReadOnlyList<ScriptStatement> Body) : ScriptStatement(Line);

    public sealed record For(int Line, string Variable, ScriptExpression Count, IReadOnlyList<ScriptStatement> Body) : ScriptStatement(Line);

    public sealed record Def(int Line, string Name, IReadOnlyList<string> Parameters, IReadOnlyList<ScriptStatement> Body) : ScriptStatement(Line);

    public sealed record Return(int Line, ScriptExpression? Value) : ScriptStatement(Line);

    public sealed record Raise(int Line, ScriptExpression Value) : ScriptStatement(Line);

    public sealed record RaiseAgain(int Line) : ScriptStatement(Line);

    public sealed record Try(int Line, IReadOnlyList<ScriptStatement> Body, int ExceptLine, IReadOnlyList<ScriptStatement> Handler) : ScriptStatement(Line);

    public sealed record Exit(int Line, ScriptExpression Code) : ScriptStatement(Line);

    public sealed record Global(int Line, IReadOnlyList<string> Names) : ScriptStatement(Line);

    public sealed record Break(int Line) : ScriptStatement(Line);

    public sealed record Pass(int Line) : ScriptStatement(Line);
}
