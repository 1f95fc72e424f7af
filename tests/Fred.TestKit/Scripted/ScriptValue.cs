using System.Globalization;

namespace Fred.TestKit;

/// <summary>Values of the scripted language: long, bool, string and null (None), shown as Python shows them.</summary>
internal static class ScriptValue
{
    public static bool IsTrue(object? value) => value switch
    {
        null => false,
        bool b => b,
        long n => n != 0,
        string s => s.Length > 0,
        _ => true,
    };

    public static string Repr(object? value) => value switch
    {
        null => "None",
        bool b => b ? "True" : "False",
        long n => n.ToString(CultureInfo.InvariantCulture),
        string s => $"'{s}'",
        _ => throw new ScriptException($"TypeError: {value.GetType().Name}"),
    };

    public static string Text(object? value) => value as string ?? Repr(value);

    public static string TypeName(object? value) => value switch
    {
        null => "NoneType",
        bool => "bool",
        long => "int",
        _ => "str",
    };

    public static object? Apply(string op, object? left, object? right) => op switch
    {
        "+" when left is string a && right is string b => a + b,
        "==" => Equals(left, right),
        "!=" => !Equals(left, right),
        "<" => Number(left, op) < Number(right, op),
        "<=" => Number(left, op) <= Number(right, op),
        ">" => Number(left, op) > Number(right, op),
        ">=" => Number(left, op) >= Number(right, op),
        "+" => Number(left, op) + Number(right, op),
        "-" => Number(left, op) - Number(right, op),
        "*" => Number(left, op) * Number(right, op),
        "//" => FloorDivide(Number(left, op), Number(right, op)),
        "%" => Number(left, op) - (FloorDivide(Number(left, op), Number(right, op)) * Number(right, op)),
        _ => throw new ScriptException($"SyntaxError: operator {op}"),
    };

    private static long FloorDivide(long a, long b) =>
        b == 0 ? throw new ScriptException("ZeroDivisionError: integer division or modulo by zero") : (long)Math.Floor((decimal)a / b);

    private static long Number(object? value, string op) => value switch
    {
        long n => n,
        bool b => b ? 1 : 0,
        _ => throw new ScriptException($"TypeError: bad operand type for {op}: '{TypeName(value)}'"),
    };
}
