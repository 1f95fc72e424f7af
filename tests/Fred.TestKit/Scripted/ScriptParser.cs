using System.Text.RegularExpressions;

namespace Fred.TestKit;

/// <summary>Parses the scripted language: the few statements of Python listed in <see cref="ScriptedProgram"/>, one a line, blocks by indentation.</summary>
internal sealed partial class ScriptParser
{
    private readonly List<(int Line, int Indent, string Text)> _lines = [];
    private int _next;

    private ScriptParser(string source)
    {
        var number = 0;
        foreach (var raw in source.Split('\n'))
        {
            number++;
            var text = raw.Split('#')[0].TrimEnd();
            if (text.Length > 0)
            {
                _lines.Add((number, text.Length - text.TrimStart().Length, text.Trim()));
            }
        }
    }

    /// <summary>Parses a whole program.</summary>
    /// <param name="source">Its text.</param>
    /// <returns>The module's statements.</returns>
    public static IReadOnlyList<ScriptStatement> Parse(string source)
    {
        var parser = new ScriptParser(source);
        var body = parser.Block(0);
        return parser._next == parser._lines.Count ? body : throw parser.Error("unexpected indent");
    }

    /// <summary>Parses one simple statement (a mutation).</summary>
    /// <param name="source">Its text.</param>
    /// <returns>The statement.</returns>
    public static ScriptStatement ParseOne(string source) => Parse(source.Trim())[0];

    [GeneratedRegex(@"^([A-Za-z_]\w*)\s*=(?!=)\s*(.+)$")]
    private static partial Regex Assignment();

    [GeneratedRegex(@"^(?!int\b|len\b|not\b|print\b|exit\b|input\b)([A-Za-z_]\w*)\((.*)\)$")]
    private static partial Regex Invocation();

    [GeneratedRegex(@"^def\s+(\w+)\((.*)\):$")]
    private static partial Regex Definition();

    [GeneratedRegex(@"^for\s+(\w+)\s+in\s+range\((.+)\):$")]
    private static partial Regex Loop();

    private static string[] SplitList(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static IReadOnlyList<ScriptExpression> Expressions(string text) => [.. SplitList(text).Select(ScriptExpression.Parse)];

    private static ScriptStatement? Simple(int line, string text)
    {
        var word = text.Split(' ', 2);
        var rest = word.Length > 1 ? word[1] : string.Empty;
        return word[0] switch
        {
            "pass" => new ScriptStatement.Pass(line),
            "break" => new ScriptStatement.Break(line),
            "global" => new ScriptStatement.Global(line, SplitList(rest)),
            "return" => new ScriptStatement.Return(line, rest.Length > 0 ? ScriptExpression.Parse(rest) : null),
            "raise" when rest.Length == 0 => new ScriptStatement.RaiseAgain(line),
            "raise" => new ScriptStatement.Raise(line, ScriptExpression.Parse(rest)),
            _ when text.StartsWith("print(", StringComparison.Ordinal) => new ScriptStatement.Print(line, ScriptExpression.Parse(text[6..^1])),
            _ when text.StartsWith("exit(", StringComparison.Ordinal) => new ScriptStatement.Exit(line, ScriptExpression.Parse(text[5..^1])),
            _ => null,
        };
    }

    private ScriptException Error(string what) => new($"SyntaxError: {what} (line {_lines[Math.Min(_next, _lines.Count - 1)].Line})");

    private List<ScriptStatement> Block(int indent)
    {
        var body = new List<ScriptStatement>();
        while (_next < _lines.Count && _lines[_next].Indent == indent)
        {
            body.Add(Statement());
        }

        return body;
    }

    private List<ScriptStatement> Nested(int outer)
    {
        if (_next >= _lines.Count || _lines[_next].Indent <= outer)
        {
            throw Error("expected an indented block");
        }

        return Block(_lines[_next].Indent);
    }

    private ScriptStatement Statement()
    {
        var (line, indent, text) = _lines[_next++];
        if (text.EndsWith(':'))
        {
            return Compound(line, indent, text);
        }

        if (Simple(line, text) is { } simple)
        {
            return simple;
        }

        if (Assignment().Match(text) is { Success: true } assignment)
        {
            var (target, value) = (assignment.Groups[1].Value, assignment.Groups[2].Value);
            return value == "input()" ? new ScriptStatement.Input(line, target)
                : Invocation().Match(value) is { Success: true } call
                    ? new ScriptStatement.Call(line, target, call.Groups[1].Value, Expressions(call.Groups[2].Value))
                    : new ScriptStatement.Assign(line, target, ScriptExpression.Parse(value));
        }

        return Invocation().Match(text) is { Success: true } plain
            ? new ScriptStatement.Call(line, null, plain.Groups[1].Value, Expressions(plain.Groups[2].Value))
            : throw new ScriptException($"SyntaxError: invalid syntax (line {line}): {text}");
    }

    private ScriptStatement Compound(int line, int indent, string text)
    {
        if (Definition().Match(text) is { Success: true } def)
        {
            return new ScriptStatement.Def(line, def.Groups[1].Value, SplitList(def.Groups[2].Value), Nested(indent));
        }

        if (Loop().Match(text) is { Success: true } loop)
        {
            return new ScriptStatement.For(line, loop.Groups[1].Value, ScriptExpression.Parse(loop.Groups[2].Value), Nested(indent));
        }

        if (text.StartsWith("while ", StringComparison.Ordinal))
        {
            return new ScriptStatement.While(line, ScriptExpression.Parse(text[6..^1]), Nested(indent));
        }

        if (text.StartsWith("if ", StringComparison.Ordinal))
        {
            var then = Nested(indent);
            return new ScriptStatement.If(line, ScriptExpression.Parse(text[3..^1]), then, TryTake(indent, "else:") is null ? [] : Nested(indent));
        }

        if (text == "try:")
        {
            var body = Nested(indent);
            var handler = TryTake(indent, "except:") ?? throw Error("expected 'except:'");
            return new ScriptStatement.Try(line, body, handler, Nested(indent));
        }

        throw new ScriptException($"SyntaxError: invalid syntax (line {line}): {text}");
    }

    private int? TryTake(int indent, string text) =>
        _next < _lines.Count && _lines[_next].Indent == indent && _lines[_next].Text == text ? _lines[_next++].Line : null;
}
