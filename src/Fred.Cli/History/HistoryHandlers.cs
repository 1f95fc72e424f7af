using System.Globalization;

namespace Fred.Cli;

/// <summary>Questions to the whole history, at the prompt.</summary>
internal static class HistoryHandlers
{
    /// <summary>Rows shown unless asked for otherwise.</summary>
    private const long DefaultMost = 1000;

    public static Task<CommandResult> LogAsync(ReplContext context, string argument, CancellationToken ct)
    {
        var (text, most) = TakeMost(argument);
        var parts = PlaceAndExpression(text);
        if (parts.Length == 0)
        {
            throw new FredException(ErrorId.Usage, "log: where, and what? For example 'log 12 total' or 'log add item, self'. A variable called log is shown by 'p log'.");
        }

        var place = int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out _) && context.Session.Stop.Location is { } here ? $"{here.File}:{parts[0]}" : parts[0];
        IReadOnlyList<string> expressions = parts.Length > 1 ? [parts[1]] : [];
        return AskAsync(context, HistoryQuestion.Log.Of([place], expressions, null, context.Session.Stop.Location?.File, isNative: !context.Session.Traits.EveryTickIsAStep), most, ct);
    }

    public static Task<CommandResult> HistoryOfAsync(ReplContext context, string argument, CancellationToken ct)
    {
        var (text, most) = TakeMost(argument);
        var request = text.Length == 0
            ? throw new FredException(ErrorId.Usage, "history-of: of which expression? For example 'history-of total'.")
            : WatchHandler.Parse(text);
        return AskAsync(context, new HistoryQuestion.Changes(request.Expression, request.Function) { SelectedFrame = context.SelectedFrame }, most, ct);
    }

    public static Task<CommandResult> CallsAsync(ReplContext context, string argument, CancellationToken ct)
    {
        var (text, most) = TakeMost(argument);
        return text.Length > 0 && !text.Contains(' ', StringComparison.Ordinal)
            ? AskAsync(context, new HistoryQuestion.Calls(text.TrimEnd('(', ')')), most, ct)
            : throw new FredException(ErrorId.Usage, "calls: of which function? Give its name: add, or Cart.add.");
    }

    // As `fred log` has it, --at PLACE --expr EXPR, or without these words.
    private static string[] PlaceAndExpression(string text)
    {
        var parts = text.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (parts is ["--at", var rest])
        {
            parts = rest.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        }

        return parts is [var place, var after] && after.StartsWith("--expr ", StringComparison.Ordinal) ? [place, after["--expr ".Length..].Trim()] : parts;
    }

    private static (string Text, long Most) TakeMost(string argument)
    {
        var parts = argument.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return parts.Length > 1 && parts[0] == "--most" && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var most) && most > 0
            ? (parts.Length > 2 ? parts[2] : string.Empty, most)
            : (argument, DefaultMost);
    }

    private static async Task<CommandResult> AskAsync(ReplContext context, HistoryQuestion question, long most, CancellationToken ct)
    {
        var rows = new List<HistoryRow>();
        using var table = new HistoryTable(context.Console, context.Sources, context.Session.Position.Edge, context.Time);
        var summary = await question.AskAsync(
            context.Session,
            new HistoryRange { Most = most },
            row =>
            {
                rows.Add(row);
                table.Print(row);
                return ValueTask.CompletedTask;
            },
            ct).ConfigureAwait(false);
        table.Dispose();
        context.Print(summary.Count == 0 ? question.Nothing : string.Empty);
        context.Console.Write(new Verbatim(HistoryText.Of(summary, null), Theme.Dim));
        return CommandResult.Shown with { History = new HistoryAnswer(rows, summary) };
    }
}
