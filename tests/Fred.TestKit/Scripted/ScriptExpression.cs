using System.Globalization;
using System.Text.RegularExpressions;

namespace Fred.TestKit;

/// <summary>An expression: numbers, strings, names, arithmetic, comparison, and/or/not, <c>int(x)</c>, <c>len(x)</c>. No side effects.</summary>
internal sealed partial class ScriptExpression
{
    private static readonly string[][] Levels = [["or"], ["and"], ["==", "!=", "<=", ">=", "<", ">"], ["+", "-"], ["*", "//", "%"]];

    private readonly List<string> _tokens;
    private readonly Func<Func<string, object?>, object?> _compiled;
    private int _next;

    private ScriptExpression(string text)
    {
        Text = text;
        _tokens = [.. Token().Matches(text).Select(m => m.Value)];
        if (string.Concat(_tokens).Length != Blank().Replace(text, string.Empty).Length && !text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal))
        {
            throw new ScriptException($"SyntaxError: invalid syntax: {text}");
        }

        _compiled = Binary(0);
        if (_next != _tokens.Count)
        {
            throw new ScriptException($"SyntaxError: invalid syntax: {text}");
        }
    }

    /// <summary>Gets the source text.</summary>
    public string Text { get; }

    /// <summary>Parses.</summary>
    /// <param name="text">The source.</param>
    /// <returns>The expression.</returns>
    public static ScriptExpression Parse(string text) => new(text.Trim());

    /// <summary>Evaluates.</summary>
    /// <param name="lookup">Finds names; throws <see cref="ScriptException"/> for unknown ones.</param>
    /// <returns>The value.</returns>
    public object? Evaluate(Func<string, object?> lookup) => _compiled(lookup);

    [GeneratedRegex("""\d+|[A-Za-z_]\w*|'[^']*'|"[^"]*"|//|[=!<>]=|[-+*%<>()]""")]
    private static partial Regex Token();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blank();

    private string? Peek() => _next < _tokens.Count ? _tokens[_next] : null;

    private Func<Func<string, object?>, object?> Binary(int level)
    {
        if (level == Levels.Length)
        {
            return Unary();
        }

        var left = Binary(level + 1);
        while (Peek() is { } op && Levels[level].Contains(op))
        {
            _next++;
            var (a, b) = (left, Binary(level + 1));
            left = op switch
            {
                "or" => names => a(names) is var value && ScriptValue.IsTrue(value) ? value : b(names),
                "and" => names => a(names) is var value && !ScriptValue.IsTrue(value) ? value : b(names),
                _ => names => ScriptValue.Apply(op, a(names), b(names)),
            };
        }

        return left;
    }

    private Func<Func<string, object?>, object?> Unary()
    {
        var token = Peek() ?? throw new ScriptException($"SyntaxError: unexpected end: {Text}");
        _next++;
        switch (token)
        {
            case "not":
                var inner = Binary(2);
                return names => !ScriptValue.IsTrue(inner(names));
            case "-":
                var negated = Unary();
                return names => ScriptValue.Apply("-", 0L, negated(names));
            case "(":
                var group = Binary(0);
                Expect(")");
                return group;
        }

        return Atom(token);
    }

    private Func<Func<string, object?>, object?> Atom(string token)
    {
        if (char.IsAsciiDigit(token[0]))
        {
            var number = long.Parse(token, CultureInfo.InvariantCulture);
            return _ => number;
        }

        if (token[0] is '\'' or '"')
        {
            return _ => token[1..^1];
        }

        if (token is "int" or "len" && Peek() == "(")
        {
            _next++;
            var argument = Binary(0);
            Expect(")");
            return token == "len"
                ? names => (long)ScriptValue.Text(argument(names)).Length
                : names => long.TryParse(ScriptValue.Text(argument(names)), out var n) ? n : throw new ScriptException("ValueError: invalid literal for int()");
        }

        return token switch
        {
            "True" => _ => true,
            "False" => _ => false,
            "None" => _ => null,
            _ when char.IsLetter(token[0]) || token[0] == '_' => names => names(token),
            _ => throw new ScriptException($"SyntaxError: invalid syntax: {Text}"),
        };
    }

    private void Expect(string token)
    {
        if (Peek() != token)
        {
            throw new ScriptException($"SyntaxError: '{token}' expected: {Text}");
        }

        _next++;
    }
}
