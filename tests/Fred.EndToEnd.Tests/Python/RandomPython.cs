using System.Text;

namespace Fred.EndToEnd.Tests;

/// <summary>Writes small random Python programs that always end: calls, loops, exceptions, generators, classes, closures.</summary>
internal sealed class RandomPython
{
    private readonly Random _random;
    private readonly StringBuilder _text = new();
    private int _functions;
    private int _names;

    private RandomPython(int seed)
    {
        _random = new Random(seed);
    }

    /// <summary>The same seed gives the same program. `total` is a global that changes all the time; `trail` is a list that only grows.</summary>
    public static string Write(int seed)
    {
        var writer = new RandomPython(seed);
        writer.Program();
        return writer._text.ToString();
    }

    private void Program()
    {
        Line(0, "total = 0");
        Line(0, "trail = []");
        Line(0, "class Refused(Exception):");
        Line(1, "pass");
        for (var i = _random.Next(2, 5); i > 0; i--)
        {
            Function();
        }

        for (var i = _random.Next(3, 7); i > 0; i--)
        {
            Statement(0, 3);
        }

        Line(0, "print(total, len(trail))");
    }

    private void Function()
    {
        var generator = _random.Next(4) == 0;
        Line(0, $"def {(generator ? "g" : "f")}{_functions}(n):");
        Line(1, "global total");
        Line(1, "total += n % 3 - 1");
        for (var i = _random.Next(1, 4); i > 0; i--)
        {
            Statement(1, 2);
        }

        Line(1, generator ? "yield from range(n % 4)" : _random.Next(3) switch { 0 => "return total", 1 => "return n * 2 + len(trail)", _ => "trail.append(n)" });
        if (!generator)
        {
            _functions++;
        }
        else
        {
            Line(0, $"def f{_functions}(n):");
            Line(1, $"return sum(x for x in g{_functions}(n))");
            _functions++;
        }
    }

    private void Statement(int indent, int budget)
    {
        var inFunction = indent > 0;
        switch (budget == 0 ? _random.Next(4) : _random.Next(10))
        {
            case 0:
                Line(indent, $"total {(_random.Next(2) == 0 ? "+" : "-")}= {_random.Next(1, 5)}");
                break;
            case 1:
                Line(indent, $"trail.append({_random.Next(100)})");
                break;
            case 2:
                Line(indent, $"total = total + {Call(inFunction)}");
                break;
            case 3:
                Line(indent, $"trail.extend([{Call(inFunction)}");
                Line(indent + 3, $"for _ in range({_random.Next(1, 3)})])");
                break;
            case 4:
                Line(indent, $"for i{_names++} in range({_random.Next(1, 4)}):");
                Block(indent, budget);
                break;
            case 5:
                var name = $"w{_names++}";
                Line(indent, $"{name} = {_random.Next(1, 4)}");
                Line(indent, $"while {name} > 0:");
                Line(indent + 1, $"{name} -= 1");
                Block(indent, budget);
                break;
            case 6:
                Line(indent, $"if total % {_random.Next(2, 4)}:");
                Block(indent, budget);
                Line(indent, "else:");
                Block(indent, budget);
                break;
            case 7:
                Line(indent, "try:");
                Line(indent + 1, $"if len(trail) % {_random.Next(2, 4)} == 0: raise Refused(total)");
                Block(indent, budget);
                Line(indent, "except Refused as refusal:");
                Line(indent + 1, "trail.append(refusal.args[0])");
                Line(indent, "finally:");
                Block(indent, budget);
                break;
            case 8:
                Line(indent, $"trail.sort(key=lambda value: value % {_random.Next(2, 6)})");
                break;
            default:
                Line(indent, $"with open('/dev/null') as null{_names++}:");
                Block(indent, budget);
                break;
        }
    }

    private void Block(int indent, int budget)
    {
        for (var i = _random.Next(1, 3); i > 0; i--)
        {
            Statement(indent + 1, budget - 1);
        }
    }

    // Only functions written before are called, and only from shallower text: every program ends.
    private string Call(bool inFunction) =>
        _functions == 0 || (inFunction && _functions < 2) ? "len(trail)" : $"(f{_random.Next(_functions)}({_random.Next(6)}) or 1) % 7";

    private void Line(int indent, string text) => _text.Append(' ', indent * 4).Append(text).Append('\n');
}
