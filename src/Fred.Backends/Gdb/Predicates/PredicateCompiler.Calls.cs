using System.Globalization;

namespace Fred.Backends;

/// <content>Calls of the program's functions, each of which becomes a place in memory.</content>
internal sealed partial class PredicateCompiler
{
    private const string Floating = "f:";

    /// <summary>With s for a string and n for a number.</summary>
    private static readonly Dictionary<string, (string Type, string Parameters)> Texts = new() { ["strlen"] = ("unsigned long", "s"), ["strcmp"] = ("int", "ss"), ["strncmp"] = ("int", "ssn") };

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

            var (before, receiver) = TakeReceiver(rest.ToString().TrimEnd());
            if (before is null || Closing(text, open) is not (> 0 and var close)
                || await CallAsync(receiver, word, Separated(text[(open + 1)..close]), ct).ConfigureAwait(false) is not { } result)
            {
                return null;
            }

            rest.Clear().Append(before).Append(result);
            i = close + 1;
        }

        return rest.ToString();
    }

    /// <summary>What is before a call: the object whose function is called, with the operator behind it, and the rest.</summary>
    private static (string? Before, string Receiver) TakeReceiver(string text)
    {
        var end = text.Length;
        for (var at = end; ; end = at)
        {
            at = text.AsSpan(0, at) is [.., '.'] ? at - 1 : text.AsSpan(0, at) is [.., '-', '>'] ? at - 2 : at;
            if (at == end)
            {
                return text.EndsWith('$') ? (null, string.Empty) : (text[..at], text[at..]);
            }

            at = BeginOfPlace(text, at);
            if (at < 0)
            {
                return (null, string.Empty);
            }
        }
    }

    /// <summary>Where a name, or what is in parentheses, begins that ends at a place, elements of arrays included; -1 when there is none.</summary>
    private static int BeginOfPlace(string text, int end)
    {
        while (end > 0 && text[end - 1] is ']' or ')')
        {
            var depth = 0;
            do
            {
                depth += text[--end] switch { ')' or ']' => 1, '(' or '[' => -1, _ => 0 };
            }
            while (depth > 0 && end > 0);
            if (text[end] == '(')
            {
                return end;
            }
        }

        var begin = end;
        while (begin > 0 && (char.IsAsciiLetterOrDigit(text[begin - 1]) || text[begin - 1] is '_' or ':'))
        {
            begin--;
        }

        return begin < end ? begin : -1;
    }

    private async Task<string?> CallAsync(string receiver, string name, List<string> arguments, CancellationToken ct)
    {
        var function = receiver + name;
        if (await SignatureAsync(function, ct).ConfigureAwait(false) is not var (type, parameters) || type == "void")
        {
            return await TextCallAsync(function, arguments, ct).ConfigureAwait(false);
        }

        if (receiver.Length > 0 && parameters.Count == arguments.Count + 1)
        {
            if (!await IsKnownMethodAsync(parameters[0], name, ct).ConfigureAwait(false))
            {
                return null;
            }

            arguments = [receiver[^1] == '.' ? $"&({receiver[..^1]})" : receiver[..^2], .. arguments];
        }

        if (parameters.Count != arguments.Count || _calls.Count == Predicate.MostCalls
            || await inspector.EvaluateHereAsync(mi, $"(unsigned long)&{function}", scope, ct).ConfigureAwait(false) is not { } address
            || !ulong.TryParse(address, NumberStyles.None, CultureInfo.InvariantCulture, out var start) || moduleOf(start) is not { Lines.IsEmpty: false })
        {
            return null; // also a function of the C library, whose symbol may be that of what chooses it
        }

        var codes = new List<string>();
        for (var i = 0; i < arguments.Count; i++)
        {
            if (await WithoutCallsAsync(arguments[i], ct).ConfigureAwait(false) is not { } argument || await ArgumentAsync(parameters[i], argument, ct).ConfigureAwait(false) is not { } code)
            {
                return null;
            }

            codes.Add(code);
        }

        var mark = await FloatingSizeAsync(type, type, ct).ConfigureAwait(false) > 0 ? Floating : string.Empty;
        return Made(new PredicateCall(mark + start.ToString(CultureInfo.InvariantCulture), codes), type);
    }

    /// <summary>Notes a call.</summary>
    /// <returns>Where its result is read.</returns>
    private string Made(PredicateCall call, string type)
    {
        _calls.Add(call);
        return string.Create(CultureInfo.InvariantCulture, $"(*({type} *)0x{Predicate.Results + (8 * (ulong)(_calls.Count - 1)):x})");
    }

    /// <summary>A call of a function of the C library that replicas work out themselves: gdb knows no types of it.</summary>
    private async Task<string?> TextCallAsync(string function, List<string> arguments, CancellationToken ct)
    {
        if (!Texts.TryGetValue(function, out var known) || known.Parameters.Length != arguments.Count || _calls.Count == Predicate.MostCalls)
        {
            return null;
        }

        var words = new List<string>();
        for (var i = 0; i < arguments.Count; i++)
        {
            if (known.Parameters[i] == 's' && OwnText(arguments[i]) is { } own)
            {
                words.Add("s:" + own);
                continue;
            }

            var place = known.Parameters[i] == 's' ? $"&({arguments[i]})[0]" : arguments[i];
            if (await WithoutCallsAsync(place, ct).ConfigureAwait(false) is not { } argument || await CodeAsync($"(long)({argument})", ct).ConfigureAwait(false) is not { } code)
            {
                return null;
            }

            words.Add(RspCodec.Hex(code));
        }

        return Made(new PredicateCall(function, words), known.Type);
    }

    /// <summary>The characters of a string that is written down in the expression, in hexadecimal; null for anything else.</summary>
    private static string? OwnText(string text) =>
        text is ['"', .., '"'] && EndOfLiteral(text, 0) == text.Length && !text.Contains('\\', StringComparison.Ordinal) ? RspCodec.Hex(System.Text.Encoding.UTF8.GetBytes(text[1..^1])) : null;

    /// <summary>Whether a member function is the one that is called whatever the object is.</summary>
    private async Task<bool> IsKnownMethodAsync(string self, string name, CancellationToken ct) =>
        self.LastIndexOf('*') is > 0 and var star
        && await inspector.EvaluateHereAsync(mi, $"&{(self.StartsWith("const ", StringComparison.Ordinal) ? self[6..star] : self[..star]).Trim()}::{name}", scope, ct).ConfigureAwait(false) is { } value
        && !value.StartsWith("&virtual", StringComparison.Ordinal);

    /// <summary>What a function returns, and its parameters' types: <c>int (const struct node *)</c>.</summary>
    private async Task<(string Type, List<string> Parameters)?> SignatureAsync(string function, CancellationToken ct)
    {
        if (await inspector.TypeHereAsync(mi, function, scope, ct).ConfigureAwait(false) is not { } whole || !whole.EndsWith(')'))
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
}
