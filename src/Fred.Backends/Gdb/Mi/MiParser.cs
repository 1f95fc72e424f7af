using System.Globalization;
using System.Text;
using Fred.Core;

namespace Fred.Backends;

/// <summary>Reads gdb's machine interface, line by line.</summary>
/// <remarks>
/// The grammar is that of gdb's manual ("GDB/MI Output Syntax") with what gdb really does: lists may hold named values, names may be repeated, and a name may
/// contain dashes. Strings carry bytes as octal escapes; those above 127 are the program's, mostly UTF-8, so runs of them are decoded together.
/// </remarks>
internal ref struct MiParser
{
    /// <summary>Nesting that no real record reaches; a damaged one must not overflow the stack.</summary>
    private const int Deepest = 200;

    private readonly ReadOnlySpan<char> _line;
    private int _at;
    private int _depth;

    private MiParser(ReadOnlySpan<char> line) => _line = line;

    private readonly char Next => _at < _line.Length ? _line[_at] : '\0';

    /// <summary>Whether a line is one of gdb's.</summary>
    /// <param name="line">Without its line end.</param>
    /// <returns>False when it begins like none.</returns>
    public static bool IsRecord(ReadOnlySpan<char> line) => line.TrimStart("0123456789") is ['^' or '*' or '=' or '+' or '~' or '@' or '&', ..] || line.TrimEnd("\r ") is "(gdb)";

    /// <summary>Reads a line.</summary>
    /// <param name="line">Without its line end.</param>
    /// <returns>The record.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.ProtocolBroken"/>: it is none.</exception>
    public static MiRecord Parse(ReadOnlySpan<char> line)
    {
        var parser = new MiParser(line.TrimEnd("\r "));
        return parser.ReadRecord();
    }

    /// <summary>Writes a text as the C string that commands take.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>With quotes.</returns>
    public static string Quote(string text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' or '\\' => quoted.Append('\\').Append(c),
                '\n' => quoted.Append("\\n"),
                '\t' => quoted.Append("\\t"),
                _ => quoted.Append(c),
            };
        }

        return quoted.Append('"').ToString();
    }

    private MiRecord ReadRecord()
    {
        if (_line is "(gdb)")
        {
            return new MiRecord.Prompt();
        }

        var start = _at;
        while (char.IsAsciiDigit(Next))
        {
            _at++;
        }

        long? token = long.TryParse(_line[start.._at], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
        var mark = Next;
        _at++;
        MiRecord record;
        switch (mark)
        {
            case '^':
                record = new MiRecord.Result(token, ReadName(), ReadResults());
                break;
            case '*' or '=' or '+':
                record = new MiRecord.Async(mark, ReadName(), ReadResults());
                break;
            case '~' or '@' or '&':
                record = new MiRecord.Stream(mark, ReadString());
                break;
            default:
                throw Broken("starts with no known mark");
        }

        return _at >= _line.Length ? record : throw Broken("goes on behind its end");
    }

    private MiValue.Tuple ReadResults()
    {
        var fields = new List<(string, MiValue)>();
        while (Next == ',')
        {
            _at++;
            fields.Add(ReadField());
        }

        return fields.Count == 0 ? MiValue.Tuple.Empty : new MiValue.Tuple(fields);
    }

    private (string Name, MiValue Value) ReadField()
    {
        var name = ReadName();
        if (Next != '=')
        {
            throw Broken("has a name without a value");
        }

        _at++;
        return (name, ReadValue());
    }

    private string ReadName()
    {
        var start = _at;
        while (char.IsAsciiLetterOrDigit(Next) || Next is '-' or '_' or '.')
        {
            _at++;
        }

        return _at > start ? _line[start.._at].ToString() : throw Broken("has an empty name");
    }

    private MiValue ReadValue()
    {
        if (++_depth > Deepest)
        {
            throw Broken("is nested too deeply");
        }

        MiValue value = Next switch
        {
            '"' => new MiValue.Constant(ReadString()),
            '{' => ReadTuple(),
            '[' => ReadList(),
            _ => throw Broken("has no value where one is due"),
        };
        _depth--;
        return value;
    }

    private MiValue.Tuple ReadTuple()
    {
        _at++;
        var fields = new List<(string, MiValue)>();
        while (Next != '}')
        {
            Separate(fields.Count);
            fields.Add(ReadField());
        }

        _at++;
        return new MiValue.Tuple(fields);
    }

    private MiValue.List ReadList()
    {
        _at++;
        var values = new List<MiValue>();
        while (Next != ']')
        {
            Separate(values.Count);
            values.Add(Next is '"' or '{' or '[' ? ReadValue() : ReadField().Value);
        }

        _at++;
        return new MiValue.List(values);
    }

    private void Separate(int count)
    {
        if (count == 0)
        {
            return;
        }

        if (Next != ',')
        {
            throw Broken("lacks a comma");
        }

        _at++;
    }

    private string ReadString()
    {
        if (Next != '"')
        {
            throw Broken("lacks a string");
        }

        var start = ++_at;
        while (Next is not ('"' or '\\' or '\0'))
        {
            _at++;
        }

        if (Next == '"')
        {
            return _line[start.._at++].ToString();
        }

        _at = start;
        return ReadEscapedString();
    }

    private string ReadEscapedString()
    {
        var text = new StringBuilder();
        var bytes = new List<byte>();
        while (true)
        {
            if (_at >= _line.Length)
            {
                throw Broken("has a string without an end");
            }

            var c = _line[_at++];
            if (c == '\\' && Next is >= '0' and <= '7')
            {
                bytes.Add(ReadOctal());
                continue;
            }

            if (bytes.Count > 0)
            {
                text.Append(Encoding.UTF8.GetString([.. bytes]));
                bytes.Clear();
            }

            if (c == '"')
            {
                return text.ToString();
            }

            text.Append(c == '\\' ? Unescape() : c);
        }
    }

    private byte ReadOctal()
    {
        var value = 0;
        for (var i = 0; i < 3 && Next is >= '0' and <= '7'; i++)
        {
            value = (value * 8) + (Next - '0');
            _at++;
        }

        return (byte)value;
    }

    private char Unescape()
    {
        var c = Next;
        _at++;
        return c switch { 'n' => '\n', 't' => '\t', 'r' => '\r', 'a' => '\a', 'b' => '\b', 'f' => '\f', 'v' => '\v', 'e' => '\e', _ => c };
    }

    private readonly FredException Broken(string what) => new(
        ErrorId.ProtocolBroken, $"A line from gdb {what} (column {_at}): \"{(_line.Length > 200 ? string.Concat(_line[..200], "...") : _line.ToString())}\". Fred is tested with gdb 13.1; `fred doctor` says which one this is.");
}
