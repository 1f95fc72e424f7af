namespace Fred.Backends;

/// <summary>An expression of C taken apart at its operators, as far as that can be done without knowing its names.</summary>
/// <param name="Text">The whole of it.</param>
internal abstract record ExpressionSyntax(string Text)
{
    /// <summary>What has no operator at its outermost level but those that make a place of others: a name, a number, a member, an element.</summary>
    /// <param name="Text">The text.</param>
    internal sealed record Leaf(string Text) : ExpressionSyntax(Text);

    /// <summary>An operator with one operand: <c>- + !</c>.</summary>
    /// <param name="Text">The text.</param>
    /// <param name="Operator">The operator.</param>
    /// <param name="Operand">Its operand.</param>
    internal sealed record Unary(string Text, char Operator, ExpressionSyntax Operand) : ExpressionSyntax(Text);

    /// <summary>A cast to a number.</summary>
    /// <param name="Text">The text.</param>
    /// <param name="Type">The type's name.</param>
    /// <param name="Operand">What is cast.</param>
    internal sealed record Cast(string Text, string Type, ExpressionSyntax Operand) : ExpressionSyntax(Text);

    /// <summary>An operator with two operands.</summary>
    /// <param name="Text">The text.</param>
    /// <param name="Operator">The operator.</param>
    /// <param name="Left">One.</param>
    /// <param name="Right">The other.</param>
    internal sealed record Binary(string Text, string Operator, ExpressionSyntax Left, ExpressionSyntax Right) : ExpressionSyntax(Text);

    /// <summary>One of two.</summary>
    /// <param name="Text">The text.</param>
    /// <param name="Condition">Which.</param>
    /// <param name="Good">Where it holds.</param>
    /// <param name="Bad">Where not.</param>
    internal sealed record Choice(string Text, ExpressionSyntax Condition, ExpressionSyntax Good, ExpressionSyntax Bad) : ExpressionSyntax(Text);

    /// <summary>Takes an expression apart.</summary>
    /// <param name="text">The expression.</param>
    /// <returns>Null when it is none, or has something in it that is not known here (assignments, casts to other types with operators behind them).</returns>
    public static ExpressionSyntax? Parse(string text) => new ExpressionParser(text).Parse();
}
