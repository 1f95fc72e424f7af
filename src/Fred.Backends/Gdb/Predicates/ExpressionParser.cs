using static Fred.Backends.ExpressionSyntax;

namespace Fred.Backends;

/// <summary>Reads an expression by precedence of its operators.</summary>
/// <param name="text">The expression.</param>
internal sealed class ExpressionParser(string text)
{
    private static readonly string[][] Levels = [["||"], ["&&"], ["|"], ["^"], ["&"], ["==", "!="], ["<=", ">=", "<", ">"], ["<<", ">>"], ["+", "-"], ["*", "/", "%"]];
    private static readonly string[] Longer = ["||", "&&", "==", "!=", "<=", ">=", "<<", ">>", "->", "++", "--", "::"];
    private static readonly HashSet<string> NumberWords = ["double", "float", "char", "short", "int", "long", "signed", "unsigned", "bool", "_Bool"];
    private static readonly HashSet<string> TypeWords = ["struct", "union", "enum", "const", "volatile", "void"];
    private int _at;

    /// <summary>Reads.</summary>
    /// <returns>Null when it is no expression.</returns>
    public ExpressionSyntax? Parse()
    {
        try
        {
            var whole = ReadChoice();
            SkipSpaces();
            return _at == text.Length ? whole : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static FormatException Unknown() => new("no expression");

    private static bool IsWord(char character) => char.IsAsciiLetterOrDigit(character) || character is '_' or '$';

    private char Here => _at < text.Length ? text[_at] : '\0';

    private void SkipSpaces()
    {
        while (Here == ' ')
        {
            _at++;
        }
    }

    private string From(int begin) => text[begin.._at].Trim();

    /// <summary>The operator here, the longest one there is.</summary>
    private string Operator()
    {
        SkipSpaces();
        return Array.Find(Longer, o => string.CompareOrdinal(text, _at, o, 0, o.Length) == 0) ?? (_at < text.Length ? text[_at..(_at + 1)] : string.Empty);
    }

    private void Take(string expected)
    {
        if (Operator() != expected)
        {
            throw Unknown();
        }

        _at += expected.Length;
    }

    private ExpressionSyntax ReadChoice()
    {
        SkipSpaces();
        var begin = _at;
        var condition = ReadBinary(0);
        if (Operator() != "?")
        {
            return condition;
        }

        _at++;
        var good = ReadChoice();
        Take(":");
        var bad = ReadChoice();
        return new Choice(From(begin), condition, good, bad);
    }

    private ExpressionSyntax ReadBinary(int level)
    {
        if (level == Levels.Length)
        {
            return ReadUnary();
        }

        SkipSpaces();
        var begin = _at;
        var left = ReadBinary(level + 1);
        while (Array.Find(Levels[level], o => o == Operator()) is { } found)
        {
            _at += found.Length;
            if (Here == '=')
            {
                throw Unknown(); // an assignment
            }

            var right = ReadBinary(level + 1);
            left = new Binary(From(begin), found, left, right);
        }

        return left;
    }

    private ExpressionSyntax ReadUnary()
    {
        SkipSpaces();
        var begin = _at;
        if (Operator() is "-" or "+" or "!" or "~" or "*" or "&")
        {
            var sign = text[_at++];
            var operand = ReadUnary();
            return sign is '-' or '+' or '!' ? new Unary(From(begin), sign, operand) : new Leaf(From(begin));
        }

        if (Here == '(' && CastType() is { } type)
        {
            var operand = ReadUnary();
            return type.Split(' ').All(NumberWords.Contains) ? new Cast(From(begin), type, operand) : new Leaf(From(begin));
        }

        return ReadPostfix(begin);
    }

    /// <summary>What is in the parentheses here, if that makes them a cast; they are passed then.</summary>
    private string? CastType()
    {
        var end = Closing(_at);
        var inside = text[(_at + 1)..end].Trim();
        var first = inside.Split(' ', '*')[0];
        if (!NumberWords.Contains(first) && !TypeWords.Contains(first) && !inside.EndsWith('*'))
        {
            return null;
        }

        _at = end + 1;
        return inside;
    }

    private ExpressionSyntax ReadPostfix(int begin)
    {
        ExpressionSyntax? inner = null;
        if (Here == '(')
        {
            var end = Closing(_at);
            inner = ExpressionSyntax.Parse(text[(_at + 1)..end]) ?? throw Unknown();
            _at = end + 1;
        }
        else
        {
            ReadPrimary();
        }

        for (var next = Operator(); next is "." or "->" or "[" or "("; next = Operator())
        {
            inner = null;
            if (next is "[" or "(")
            {
                _at = Closing(_at) + 1;
                continue;
            }

            _at += next.Length;
            SkipSpaces();
            ReadName();
        }

        return inner is null ? new Leaf(From(begin)) : inner with { Text = From(begin) };
    }

    private void ReadPrimary()
    {
        if (Here is '\'' or '"')
        {
            var quote = text[_at++];
            while (Here != quote)
            {
                _at += Here == '\\' ? 2 : _at < text.Length ? 1 : throw Unknown();
            }

            _at++;
        }
        else if (char.IsAsciiDigit(Here) || (Here == '.' && _at + 1 < text.Length && char.IsAsciiDigit(text[_at + 1])))
        {
            var isHexadecimal = string.CompareOrdinal(text, _at, "0x", 0, 2) == 0;
            while (char.IsAsciiLetterOrDigit(Here) || Here == '.' || (!isHexadecimal && Here is '+' or '-' && text[_at - 1] is 'e' or 'E'))
            {
                _at++;
            }
        }
        else
        {
            ReadName();
        }
    }

    private void ReadName()
    {
        var begin = _at;
        while (IsWord(Here) || Operator() == "::")
        {
            _at += Here == ':' ? 2 : 1;
        }

        if (_at == begin)
        {
            throw Unknown();
        }
    }

    /// <summary>Where the parenthesis here is closed.</summary>
    private int Closing(int at) => PredicateCompiler.Closing(text, at) is > 0 and var end ? end : throw Unknown();
}
