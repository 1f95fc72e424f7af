using Shouldly;
using Xunit;

namespace Fred.Backends.Tests;

/// <summary>Expressions are taken apart as C does it, and what is not understood is no expression.</summary>
public sealed class ExpressionParserTests
{
    [Theory]
    [InlineData("a < b", "(a < b)")]
    [InlineData("a+b*c==d&&e||!f", "((((a + (b * c)) == d) && e) || (! f))")]
    [InlineData("a - b - c << 1", "(((a - b) - c) << 1)")]
    [InlineData("a ? b : c ? d : e", "{a ? b : {c ? d : e}}")]
    [InlineData("(a ? b::c : d)", "{a ? b::c : d}")]
    [InlineData("-x * +y", "((- x) * (+ y))")]
    [InlineData("(double)n / 2", "([double] n / 2)")]
    [InlineData("(unsigned char)(a + b) < .5e-3f", "([unsigned char] (a + b) < .5e-3f)")]
    [InlineData("(struct x *)p->q == *r[a < b].s", "((struct x *)p->q == *r[a < b].s)")]
    [InlineData("(n) * (m)", "((n) * (m))")]
    [InlineData("(*(double *)0x7ffe0000) > 1.5", "((*(double *)0x7ffe0000) > 1.5)")]
    [InlineData("&a[1] != ~b & c", "((&a[1] != ~b) & c)")]
    [InlineData("sizeof(a) > '\\'' && s.t->u == N::v", "((sizeof(a) > '\\'') && (s.t->u == N::v))")]
    public void Expressions_AreTakenApart(string text, string expected) => Show(ExpressionSyntax.Parse(text)).ShouldBe(expected);

    [Theory]
    [InlineData("")]
    [InlineData("a <")]
    [InlineData("a = b")]
    [InlineData("a += 1")]
    [InlineData("a <<= 1")]
    [InlineData("a++")]
    [InlineData("(a")]
    [InlineData("a ? b")]
    [InlineData("a b")]
    [InlineData("a, b")]
    [InlineData("'x")]
    [InlineData("a.")]
    [InlineData("[1]")]
    public void OtherText_IsNone(string text) => ExpressionSyntax.Parse(text).ShouldBeNull();

    private static string Show(ExpressionSyntax? syntax) => syntax switch
    {
        ExpressionSyntax.Binary { Left: var a, Operator: var by, Right: var b } => $"({Show(a)} {by} {Show(b)})",
        ExpressionSyntax.Unary { Operator: var by, Operand: var a } => $"({by} {Show(a)})",
        ExpressionSyntax.Cast { Type: var type, Operand: var a } => $"[{type}] {Show(a)}",
        ExpressionSyntax.Choice { Condition: var c, Good: var a, Bad: var b } => $"{{{Show(c)} ? {Show(a)} : {Show(b)}}}",
        { Text: var leaf } => leaf,
        null => "none",
    };
}
