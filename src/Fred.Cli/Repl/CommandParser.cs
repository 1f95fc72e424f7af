using System.Globalization;

namespace Fred.Cli;

/// <summary>What a line asks for.</summary>
internal abstract record ParsedLine
{
    private protected ParsedLine()
    {
    }

    /// <summary>One of Fred's verbs.</summary>
    /// <param name="Command">Which.</param>
    /// <param name="Argument">What follows it, trimmed.</param>
    public sealed record Verb(ReplCommand Command, string Argument) : ParsedLine;

    /// <summary>A line for the backend's own debugger.</summary>
    /// <param name="Line">As typed.</param>
    public sealed record Backend(string Line) : ParsedLine;
}

/// <summary>Decides whether a line is Fred's or the backend debugger's.</summary>
/// <remarks>
/// The difficulty: the prompt also takes statements of the program's language, and Fred's verbs are plausible variable names. <c>history</c> is a verb,
/// <c>history[0]</c>, <c>history.pop()</c> and <c>history = []</c> are Python. A <c>!</c> in front always means the program's language, <c>fred-</c> always a verb.
/// </remarks>
internal static class CommandParser
{
    private const string Prefix = "fred-";

    /// <summary>Parses one command.</summary>
    /// <param name="line">What was typed, without newline.</param>
    /// <returns>The verb, or the line for the backend.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.UnknownCommand"/>: <c>fred-</c> and no verb of ours after it.</exception>
    public static ParsedLine Parse(string line)
    {
        var text = line.Trim();
        var end = text.StartsWith('?') ? 1 : 0;
        while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] is '-' or '_'))
        {
            end++;
        }

        var word = text[..end];
        var rest = text[end..];
        var forced = word.StartsWith(Prefix, StringComparison.Ordinal);
        var command = ReplCommands.Find(forced ? word[Prefix.Length..] : word);
        if (forced && command is null)
        {
            throw new FredException(ErrorId.UnknownCommand, $"There is no command '{word}'. Type 'help' for the list.");
        }

        return command is null || (!forced && LooksLikeCode(rest)) ? new ParsedLine.Backend(text) : new ParsedLine.Verb(command, rest.Trim());
    }

    /// <summary>Splits a line at <c>;;</c> as pdb does. Aliases keep theirs: they are split when used.</summary>
    /// <param name="line">What was typed.</param>
    /// <returns>The commands; at least one.</returns>
    public static IReadOnlyList<string> Split(string line) =>
        line.StartsWith("alias ", StringComparison.Ordinal) || !line.Contains(";;", StringComparison.Ordinal)
            ? [line]
            : [.. line.Split(";;", StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).DefaultIfEmpty(string.Empty)];

    /// <summary>Reads a count.</summary>
    /// <param name="command">For the message.</param>
    /// <param name="argument">What follows the verb.</param>
    /// <returns>1 when there is none, else from 1.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.Usage"/>: not a number from 1.</exception>
    public static int Count(string command, string argument)
    {
        if (argument.Length == 0)
        {
            return 1;
        }

        return int.TryParse(argument, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0
            ? count
            : throw new FredException(ErrorId.Usage, $"{command}: '{argument}' is no count. Give a whole number from 1, or nothing.");
    }

    /// <summary>Whether what follows a word makes it an expression or assignment.</summary>
    private static bool LooksLikeCode(string rest)
    {
        if (rest.Length == 0)
        {
            return false;
        }

        if (!char.IsWhiteSpace(rest[0]))
        {
            return true;
        }

        var text = rest.TrimStart();
        return text.Length > 0 && (text[0] is '=' or ',' or '%' or '&' or '|' or '^' || IsOperator(text));
    }

    private static bool IsOperator(string text) =>
        text.Length > 1 && ((text[1] == '=' && text[0] is '+' or '-' or '*' or '/' or '<' or '>' or '!') || text.StartsWith("is ", StringComparison.Ordinal) || text.StartsWith("in ", StringComparison.Ordinal));
}
