using System.Text;

namespace Fred.TestKit;

/// <summary>Writes random programs that always end: calls (also recursive), nested loops, exceptions caught and uncaught, input, output, variables.</summary>
public sealed class RandomProgram
{
    private static readonly string[] Names = ["x", "y", "z"];

    private readonly StringBuilder _text = new();
    private readonly Random _random;
    private int _budget;
    private int _functions;

    private RandomProgram(int seed, int size)
    {
        _random = new Random(seed);
        _budget = size;
    }

    /// <summary>Writes a program.</summary>
    /// <param name="seed">The same seed and size give the same program.</param>
    /// <param name="size">About how many statements.</param>
    /// <returns>The program.</returns>
    public static ScriptedProgram Write(int seed, int size) => new(new RandomProgram(seed, size).Program());

    private string Program()
    {
        Line(0, "x = 0");
        Line(0, "y = 1");
        Line(0, "z = 2");
        Line(0, "def rec(n):");
        Line(1, "if n > 0:");
        Line(2, "rec(n - 1)");
        Line(1, "return n");
        var functions = _random.Next(1, 4);
        for (var i = 0; i < functions; i++)
        {
            Line(0, $"def f{i}(a):");
            Line(1, "global x");
            Block(1, 1, inLoop: false);
            Line(1, $"return {Number()} + a");
            _functions++;
        }

        do
        {
            Block(0, 0, inLoop: false);
        }
        while (_budget > 0);
        Line(0, _random.Next(4) switch { 0 => "raise 'the end'", 1 => "exit(3)", _ => "pass" });
        return _text.ToString();
    }

    private void Block(int indent, int nesting, bool inLoop)
    {
        var statements = _random.Next(1, 5);
        for (var i = 0; i < statements; i++)
        {
            _budget--;
            Statement(indent, nesting, inLoop);
        }
    }

    private void Statement(int indent, int nesting, bool inLoop)
    {
        var simple = nesting >= 3 || _budget <= 0;
        switch (_random.Next(simple ? 7 : 12))
        {
            case 0 or 1:
                Line(indent, $"{Name()} = {Name()} + {Number()}");
                break;
            case 2:
                Line(indent, $"{Name()} = {Number()}");
                break;
            case 3 when _functions > 0:
                Line(indent, $"{Name()} = f{_random.Next(_functions)}({Number()})");
                break;
            case 4:
                Line(indent, $"rec({_random.Next(4)})");
                break;
            case 5:
                Line(indent, $"print({Name()})");
                break;
            case 6 when inLoop && _random.Next(3) == 0:
                Line(indent, "break");
                break;
            case 7 or 8:
                Line(indent, $"for i{nesting} in range({_random.Next(5)}):");
                Block(indent + 1, nesting + 1, inLoop: true);
                break;
            case 9:
                Line(indent, $"if {Name()} % 2 == {_random.Next(2)}:");
                Block(indent + 1, nesting + 1, inLoop);
                Line(indent, "else:");
                Block(indent + 1, nesting + 1, inLoop);
                break;
            case 10:
                Line(indent, "try:");
                Block(indent + 1, nesting + 1, inLoop);
                Line(indent + 1, _random.Next(2) == 0 ? "x = x // 0" : "raise 'oops'");
                Line(indent, "except:");
                Block(indent + 1, nesting + 1, inLoop);
                break;
            case 11:
                Line(indent, $"w = input()");
                break;
            default:
                Line(indent, "pass");
                break;
        }
    }

    private string Name() => Names[_random.Next(Names.Length)];

    private int Number() => _random.Next(0, 10);

    private void Line(int indent, string text) => _text.Append(' ', indent * 4).Append(text).Append('\n');
}
