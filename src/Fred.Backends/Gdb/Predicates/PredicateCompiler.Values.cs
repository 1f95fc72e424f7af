using System.Buffers.Binary;
using System.Globalization;

namespace Fred.Backends;

/// <content>What gdb's compiler refuses: floating point, and comparisons of enumerations and truth values. Its parts are compiled by gdb, and put together here.</content>
internal sealed partial class PredicateCompiler
{
    /// <summary>What is on the stack: a float is there as a double with its value.</summary>
    private enum NumberKind
    {
        Integer,
        Single,
        Double,
    }

    private static readonly byte[] Zero = [AgentCode.Constant8, 0];

    private static byte[] As(NumberKind wanted, (byte[] Code, NumberKind Kind) value) => (value.Kind, wanted) switch
    {
        (NumberKind.Integer, NumberKind.Double) => [.. value.Code, AgentCode.FloatFromInteger],
        (NumberKind.Integer, NumberKind.Single) => [.. value.Code, AgentCode.FloatFromInteger, AgentCode.FloatNarrow, AgentCode.FloatWiden],
        (NumberKind.Double, NumberKind.Single) => [.. value.Code, AgentCode.FloatNarrow, AgentCode.FloatWiden],
        (NumberKind.Single or NumberKind.Double, NumberKind.Integer) => [.. value.Code, AgentCode.FloatToInteger],
        _ => value.Code,
    };

    private static byte[] Truth((byte[] Code, NumberKind Kind) value) => value.Kind == NumberKind.Integer ? value.Code : [.. value.Code, .. Zero, AgentCode.FloatEqual, AgentCode.Not];

    private static byte[] Joined(byte[] first, byte[] second, params byte[] then) => [.. first, .. AgentCode.Moved(second, first.Length), .. then];

    private static byte[] Branch(byte operation, int target) => [operation, (byte)(target >> 8), (byte)target];

    /// <summary>One of two values.</summary>
    private static byte[] Chosen(byte[] condition, byte[] good, byte[] bad)
    {
        const int Jump = 3;
        var behindBad = condition.Length + Jump + bad.Length + Jump;
        byte[] begun = [.. Joined([.. condition, .. Branch(AgentCode.IfGoto, behindBad)], bad), .. Branch(AgentCode.Goto, behindBad + good.Length)];
        return Joined(begun, good);
    }

    private async Task<byte[]?> TruthAsync(string text, CancellationToken ct) =>
        ExpressionSyntax.Parse(text) is { } syntax && await ValueAsync(syntax, ct).ConfigureAwait(false) is { } value ? [.. Truth(value), AgentCode.End] : null;

    /// <summary>gdb's compiler takes constants for what they are when they are cast: 1.5 for 1.</summary>
    private static bool HasFraction(ExpressionSyntax syntax) => syntax switch
    {
        ExpressionSyntax.Leaf leaf => Literal(leaf.Text) is not null,
        ExpressionSyntax.Unary unary => HasFraction(unary.Operand),
        ExpressionSyntax.Cast cast => HasFraction(cast.Operand),
        ExpressionSyntax.Binary binary => HasFraction(binary.Left) || HasFraction(binary.Right),
        ExpressionSyntax.Choice choice => HasFraction(choice.Condition) || HasFraction(choice.Good) || HasFraction(choice.Bad),
        _ => false,
    };

    /// <summary>An argument as a parameter of a type takes it.</summary>
    private async Task<PredicateArgument?> ArgumentAsync(string type, string text, CancellationToken ct)
    {
        var size = await FloatingSizeAsync(type, type, ct).ConfigureAwait(false);
        if (size == 0)
        {
            return await CodeAsync($"({type})({text})", ct).ConfigureAwait(false) is { } code ? new PredicateArgument(code, false) : null;
        }

        if (ExpressionSyntax.Parse(text) is not { } syntax || await ValueAsync(syntax, ct).ConfigureAwait(false) is not { } value || size > sizeof(double))
        {
            return null;
        }

        return new PredicateArgument(size == sizeof(float) ? [.. As(NumberKind.Double, value), AgentCode.FloatNarrow, AgentCode.End] : [.. As(NumberKind.Double, value), AgentCode.End], true);
    }

    /// <summary>How long a floating point number is; 0 for all other types.</summary>
    private async Task<int> FloatingSizeAsync(string type, string measured, CancellationToken ct) =>
        await inspector.EvaluateHereAsync(mi, $"({type})0.5 * 2 == 1", scope, ct).ConfigureAwait(false) is "1" or "true"
        && int.TryParse(await inspector.EvaluateHereAsync(mi, $"sizeof({measured})", scope, ct).ConfigureAwait(false), NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : 0;

    private async Task<(byte[] Code, NumberKind Kind)?> ValueAsync(ExpressionSyntax syntax, CancellationToken ct) =>
        !HasFraction(syntax) && await IntegerAsync(syntax.Text, ct).ConfigureAwait(false) is { } whole ? (whole, NumberKind.Integer) : syntax switch
        {
            ExpressionSyntax.Leaf leaf => Literal(leaf.Text) ?? await PlaceAsync(leaf.Text, ct).ConfigureAwait(false),
            ExpressionSyntax.Cast cast => await CastAsync(cast, ct).ConfigureAwait(false),
            ExpressionSyntax.Unary unary => await UnaryAsync(unary, ct).ConfigureAwait(false),
            ExpressionSyntax.Binary binary => await BinaryAsync(binary, ct).ConfigureAwait(false),
            ExpressionSyntax.Choice choice => await ChoiceAsync(choice, ct).ConfigureAwait(false),
            _ => null,
        };

    /// <summary>As a number, because gdb's compiler does not ask whether a bool or an enumeration is true.</summary>
    private async Task<byte[]?> IntegerAsync(string text, CancellationToken ct) => await CodeAsync($"(long)({text})", ct).ConfigureAwait(false) is [.. var code, AgentCode.End] ? code : null;

    private static (byte[] Code, NumberKind Kind)? Literal(string text)
    {
        var isSingle = text[^1] is 'f' or 'F';
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) || !text.AsSpan().ContainsAny('.', 'e', 'E') || !(char.IsAsciiDigit(text[0]) || text[0] == '.') || !double.TryParse(isSingle ? text[..^1] : text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var number))
        {
            return null;
        }

        var code = new byte[1 + sizeof(double)];
        code[0] = AgentCode.Constant64;
        BinaryPrimitives.WriteDoubleBigEndian(code.AsSpan(1), isSingle ? (float)number : number);
        return (code, isSingle ? NumberKind.Single : NumberKind.Double);
    }

    private async Task<(byte[] Code, NumberKind Kind)?> PlaceAsync(string text, CancellationToken ct)
    {
        var size = await FloatingSizeAsync($"__typeof__({text})", text, ct).ConfigureAwait(false);
        return size is not (sizeof(float) or sizeof(double)) || await IntegerAsync($"&({text})", ct).ConfigureAwait(false) is not { } address ? null
            : size == sizeof(float) ? ([.. address, AgentCode.Read4, AgentCode.FloatWiden], NumberKind.Single)
            : ([.. address, AgentCode.Read8], NumberKind.Double);
    }

    private async Task<(byte[] Code, NumberKind Kind)?> CastAsync(ExpressionSyntax.Cast cast, CancellationToken ct)
    {
        if (await ValueAsync(cast.Operand, ct).ConfigureAwait(false) is not { } value || cast.Type == "long double")
        {
            return null;
        }

        if (cast.Type is "double" or "float")
        {
            var kind = cast.Type == "double" ? NumberKind.Double : NumberKind.Single;
            return (As(kind, value), kind);
        }

        if (cast.Type is "bool" or "_Bool")
        {
            return ([.. Truth(value), AgentCode.Not, AgentCode.Not], NumberKind.Integer);
        }

        return int.TryParse(await inspector.EvaluateHereAsync(mi, $"sizeof({cast.Type})", scope, ct).ConfigureAwait(false), NumberStyles.None, CultureInfo.InvariantCulture, out var size)
            ? ([.. As(NumberKind.Integer, value), cast.Type.Contains("unsigned", StringComparison.Ordinal) ? AgentCode.ExtendZero : AgentCode.Extend, (byte)(8 * size)], NumberKind.Integer) : null;
    }

    private async Task<(byte[] Code, NumberKind Kind)?> UnaryAsync(ExpressionSyntax.Unary unary, CancellationToken ct)
    {
        if (await ValueAsync(unary.Operand, ct).ConfigureAwait(false) is not { } value)
        {
            return null;
        }

        return unary.Operator == '!' ? ([.. Truth(value), AgentCode.Not], NumberKind.Integer)
            : value.Kind == NumberKind.Integer ? null
            : unary.Operator == '-' ? ([.. value.Code, AgentCode.Constant64, 0x80, 0, 0, 0, 0, 0, 0, 0, AgentCode.ExclusiveOr], value.Kind)
            : value;
    }

    private async Task<(byte[] Code, NumberKind Kind)?> ChoiceAsync(ExpressionSyntax.Choice choice, CancellationToken ct)
    {
        if (await ValueAsync(choice.Condition, ct).ConfigureAwait(false) is not { } condition || await ValueAsync(choice.Good, ct).ConfigureAwait(false) is not { } good
            || await ValueAsync(choice.Bad, ct).ConfigureAwait(false) is not { } bad)
        {
            return null;
        }

        var kind = good.Kind > bad.Kind ? good.Kind : bad.Kind;
        return (Chosen(Truth(condition), As(kind, good), As(kind, bad)), kind);
    }

    private async Task<(byte[] Code, NumberKind Kind)?> BinaryAsync(ExpressionSyntax.Binary binary, CancellationToken ct)
    {
        if (await ValueAsync(binary.Left, ct).ConfigureAwait(false) is not { } left || await ValueAsync(binary.Right, ct).ConfigureAwait(false) is not { } right)
        {
            return null;
        }

        if (binary.Operator is "&&" or "||")
        {
            byte[] truth = [.. Truth(right), AgentCode.Not, AgentCode.Not];
            return (binary.Operator == "&&" ? Chosen(Truth(left), truth, Zero) : Chosen(Truth(left), [AgentCode.Constant8, 1], truth), NumberKind.Integer);
        }

        var kind = left.Kind > right.Kind ? left.Kind : right.Kind;
        var (a, b) = (As(kind, left), As(kind, right));
        var isFloating = kind != NumberKind.Integer;
        var (equal, less) = isFloating ? (AgentCode.FloatEqual, AgentCode.FloatLess) : (AgentCode.Equal, AgentCode.LessSigned);
        return binary.Operator switch
        {
            "==" => (Joined(a, b, equal), NumberKind.Integer),
            "!=" => (Joined(a, b, equal, AgentCode.Not), NumberKind.Integer),
            "<" => (Joined(a, b, less), NumberKind.Integer),
            ">" => (Joined(b, a, less), NumberKind.Integer),
            "<=" => (isFloating ? Joined(a, b, AgentCode.FloatLessOrEqual) : Joined(b, a, less, AgentCode.Not), NumberKind.Integer),
            ">=" => (isFloating ? Joined(b, a, AgentCode.FloatLessOrEqual) : Joined(a, b, less, AgentCode.Not), NumberKind.Integer),
            "+" or "-" or "*" or "/" when isFloating => (As(kind, (Joined(a, b, Arithmetic(binary.Operator)), NumberKind.Double)), kind),
            _ => null,
        };
    }

    private static byte Arithmetic(string name) => name switch { "+" => AgentCode.FloatAdd, "-" => AgentCode.FloatSubtract, "*" => AgentCode.FloatMultiply, _ => AgentCode.FloatDivide };
}
