using System.Globalization;
using Fred.Core;

namespace Fred.Backends;

/// <summary>Has gdb compile an expression once, so that replicas can look at it themselves.</summary>
/// <remarks>
/// gdb's code calls no functions. So each call is taken out of the text and replaced by a place in memory from which its result is read, innermost first; replicas make the call when
/// that place is read. What cannot be compiled (floating point, structures as arguments, variables in registers) stays gdb's to evaluate.
/// </remarks>
/// <param name="inspector">Of a stopped process in which the names mean something.</param>
/// <param name="mi">gdb, looking at that process.</param>
/// <param name="scope">Whose names.</param>
/// <param name="moduleOf">Finds the object file of a function.</param>
internal sealed partial class PredicateCompiler(GdbInspector inspector, MiConnection mi, EvaluationScope scope, Func<ulong, Module?> moduleOf)
{
    private static readonly HashSet<string> NoFunctions = ["sizeof", "alignof", "_Alignof", "typeof", "decltype", "static_cast", "reinterpret_cast", "const_cast", "dynamic_cast"];
    private readonly List<PredicateCall> _calls = [];
    private bool _usesFrame;

    /// <summary>Compiles.</summary>
    /// <param name="expression">In the program's language.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Null when it cannot be compiled.</returns>
    public async Task<Predicate?> CompileAsync(string expression, CancellationToken ct)
    {
        // As a number, because gdb's compiler does not ask whether a bool or an enumeration is true.
        if (await WithoutCallsAsync(expression, ct).ConfigureAwait(false) is not { } text || await CodeAsync($"(long)({text})", ct).ConfigureAwait(false) is not { } code)
        {
            return null;
        }

        return await IsUnoptimizedAsync(ct).ConfigureAwait(false) || (!_usesFrame && !await UsesLocalNamesAsync(expression, ct).ConfigureAwait(false)) ? new Predicate(code, _calls, _usesFrame) : null;
    }

    private string Function => GdbInspector.FunctionOf(scope);

    private static string WordAt(string text, int at)
    {
        var end = at;
        while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] is '_' || (text[end] == ':' && end + 2 < text.Length && text[end + 1] == ':')))
        {
            end += text[end] == ':' ? 2 : 1;
        }

        return text[at..end];
    }

    /// <summary>Where the parenthesis at a place is closed; -1 when it is not.</summary>
    private static int Closing(string text, int at)
    {
        var depth = 0;
        for (var i = at; i < text.Length; i++)
        {
            if (text[i] is '"' or '\'')
            {
                i = EndOfLiteral(text, i) - 1;
                continue;
            }

            depth += text[i] switch { '(' or '[' or '{' => 1, ')' or ']' or '}' => -1, _ => 0 };
            if (depth == 0)
            {
                return i;
            }
        }

        return -1;
    }

    private static int EndOfLiteral(string text, int at)
    {
        var end = at + 1;
        while (end < text.Length && text[end] != text[at])
        {
            end += text[end] == '\\' ? 2 : 1;
        }

        return Math.Min(text.Length, end + 1);
    }

    /// <summary>A character as a number, because gdb's compiler does not know characters.</summary>
    private static string Number(string literal) => literal switch
    {
        ['\'', >= ' ' and <= '~' and not '\\' and var character, '\''] => string.Create(CultureInfo.InvariantCulture, $"(char){(int)character}"),
        "'\\0'" => "(char)0",
        "'\\n'" => "(char)10",
        "'\\t'" => "(char)9",
        _ => literal,
    };

    /// <summary>What commas separate that are in no parentheses.</summary>
    private static List<string> Separated(string text)
    {
        var parts = new List<string>();
        var begin = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is '(' or '[' or '{')
            {
                i = Closing(text, i) is >= 0 and var end ? end : text.Length;
            }
            else if (text[i] is '"' or '\'')
            {
                i = EndOfLiteral(text, i) - 1;
            }
            else if (text[i] == ',')
            {
                parts.Add(text[begin..i].Trim());
                begin = i + 1;
            }
        }

        return text.Trim().Length == 0 ? [] : [.. parts, text[begin..].Trim()];
    }

    /// <summary>The expression with a place in memory for each call; null when a call cannot be made by replicas.</summary>
    private async Task<string?> WithoutCallsAsync(string text, CancellationToken ct)
    {
        var rest = new System.Text.StringBuilder();
        for (var i = 0; i < text.Length;)
        {
            if (text[i] is '"' or '\'')
            {
                var end = EndOfLiteral(text, i);
                rest.Append(Number(text[i..end]));
                i = end;
                continue;
            }

            var word = char.IsAsciiDigit(text[i]) || text[i] == ':' ? string.Empty : WordAt(text, i);
            var open = i + word.Length;
            while (open < text.Length && text[open] == ' ')
            {
                open++;
            }

            if (word.Length == 0 || open == text.Length || text[open] != '(' || NoFunctions.Contains(word))
            {
                var length = Math.Max(1, char.IsAsciiDigit(text[i]) ? WordAt(text, i).Length : word.Length);
                rest.Append(text, i, length);
                i += length;
                continue;
            }

            if (rest.ToString().TrimEnd() is [.., '.' or '$'] or [.., '-', '>'] || Closing(text, open) is not (> 0 and var close)
                || await CallAsync(word, Separated(text[(open + 1)..close]), ct).ConfigureAwait(false) is not { } result)
            {
                return null;
            }

            rest.Append(result);
            i = close + 1;
        }

        return rest.ToString();
    }

    private async Task<string?> CallAsync(string function, List<string> arguments, CancellationToken ct)
    {
        if (await SignatureAsync(function, ct).ConfigureAwait(false) is not var (type, parameters) || parameters.Count != arguments.Count || _calls.Count == Predicate.MostCalls
            || await inspector.EvaluateHereAsync(mi, $"(unsigned long)&{function}", scope, ct).ConfigureAwait(false) is not { } address
            || !ulong.TryParse(address, NumberStyles.None, CultureInfo.InvariantCulture, out var start) || moduleOf(start) is not { Lines.IsEmpty: false })
        {
            return null; // also a function of the C library, whose symbol may be that of what chooses it
        }

        var codes = new List<byte[]>();
        for (var i = 0; i < arguments.Count; i++)
        {
            if (await WithoutCallsAsync(arguments[i], ct).ConfigureAwait(false) is not { } argument || await CodeAsync($"({parameters[i]})({argument})", ct).ConfigureAwait(false) is not { } code)
            {
                return null;
            }

            codes.Add(code);
        }

        _calls.Add(new PredicateCall(start, codes));
        return string.Create(CultureInfo.InvariantCulture, $"(*({type} *)0x{Predicate.Results + (8 * (ulong)(_calls.Count - 1)):x})");
    }

    /// <summary>What a function returns, and its parameters' types: <c>int (const struct node *)</c>.</summary>
    private async Task<(string Type, List<string> Parameters)?> SignatureAsync(string function, CancellationToken ct)
    {
        var reply = await mi.AskAsync("-interpreter-exec console " + MiParser.Quote($"whatis {function}"), ct).ConfigureAwait(false);
        if (reply.IsError || reply.Console.Trim() is not ['t', 'y', 'p', 'e', ' ', '=', ' ', .. var whole] || !whole.EndsWith(')'))
        {
            return null;
        }

        var open = whole.IndexOf('(', StringComparison.Ordinal);
        if (open <= 0 || Closing(whole, open) != whole.Length - 1)
        {
            return null; // a function that returns one, or a pointer to one
        }

        var parameters = Separated(whole[(open + 1)..^1]);
        return parameters.Contains("...") || whole.Contains('&', StringComparison.Ordinal) ? null : (whole[..open].Trim(), parameters is ["void"] ? [] : parameters);
    }

    private async Task<byte[]?> CodeAsync(string expression, CancellationToken ct)
    {
        var reply = await mi.AskAsync("-interpreter-exec console " + MiParser.Quote($"maintenance agent-eval -at {Function}, {expression}"), ct).ConfigureAwait(false);
        if (reply.IsError || AgentCode.Read(reply.Console, out var usesFrame) is not { Length: <= 4000 } code)
        {
            return null;
        }

        _usesFrame |= usesFrame;
        return code;
    }

    /// <summary>Whether a name in the expression is that of a local variable: an optimizing compiler may have made a constant of it, but only in a part of the function.</summary>
    private async Task<bool> UsesLocalNamesAsync(string expression, CancellationToken ct)
    {
        var reply = await mi.AskAsync("-interpreter-exec console " + MiParser.Quote($"info scope {Function}"), ct).ConfigureAwait(false);
        var names = reply.Console.Split('\n').Select(line => line.Split(' ')).Where(words => words is ["Symbol", _, "is", ..]).Select(words => words[1]).ToHashSet();
        return reply.IsError || LocalName().Matches(expression).Any(name => names.Contains(name.Value));
    }

    [System.Text.RegularExpressions.GeneratedRegex(@"[A-Za-z_]\w*")]
    private static partial System.Text.RegularExpressions.Regex LocalName();

    private async Task<bool> IsUnoptimizedAsync(CancellationToken ct) =>
        await inspector.EvaluateHereAsync(mi, $"(unsigned long)&{Function}", scope, ct).ConfigureAwait(false) is { } address
        && ulong.TryParse(address, NumberStyles.None, CultureInfo.InvariantCulture, out var start) && moduleOf(start) is { HasFixedVariables: true };
}
