using System.Globalization;
using Fred.Core;

namespace Fred.Backends;

/// <summary>Has gdb compile an expression once, so that replicas can look at it themselves.</summary>
/// <remarks>
/// gdb's code calls no functions. So each call is taken out of the text and replaced by a place in memory from which its result is read, innermost first; replicas make the call when
/// that place is read. Of what gdb's compiler refuses (floating point, enumerations compared), only the parts are compiled by gdb (PredicateCompiler.Values.cs). What is left (structures as arguments,
/// variables in registers) stays gdb's to evaluate.
/// </remarks>
/// <param name="inspector">Of a stopped process in which the names mean something.</param>
/// <param name="mi">gdb, looking at that process.</param>
/// <param name="scope">Whose names.</param>
/// <param name="moduleOf">Finds the object file of a function.</param>
internal sealed partial class PredicateCompiler(GdbInspector inspector, MiConnection mi, EvaluationScope scope, Func<ulong, Module?> moduleOf)
{
    private static readonly HashSet<string> NoFunctions = ["sizeof", "alignof", "_Alignof", "typeof", "decltype", "static_cast", "reinterpret_cast", "const_cast", "dynamic_cast"];
    private const int LongestCode = 4000;
    private readonly List<PredicateCall> _calls = [];
    private bool _usesFrame;

    /// <summary>Compiles.</summary>
    /// <param name="expression">In the program's language.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Null when it cannot be compiled.</returns>
    public async Task<Predicate?> CompileAsync(string expression, CancellationToken ct)
    {
        if (await WithoutCallsAsync(expression, ct).ConfigureAwait(false) is not { } text
            || await TruthAsync(text, ct).ConfigureAwait(false) is not { Length: <= LongestCode } code)
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
    /// <param name="text">The text.</param>
    /// <param name="at">The place.</param>
    /// <returns>The place where it is closed.</returns>
    internal static int Closing(string text, int at)
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

    private async Task<byte[]?> CodeAsync(string expression, CancellationToken ct)
    {
        var reply = await mi.AskAsync("-interpreter-exec console " + MiParser.Quote($"maintenance agent-eval -at {Function}, {expression}"), ct).ConfigureAwait(false);
        if (reply.IsError || AgentCode.Read(reply.Console, out var usesFrame) is not { Length: <= LongestCode } code)
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
