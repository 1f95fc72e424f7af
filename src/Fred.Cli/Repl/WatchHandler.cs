namespace Fred.Cli;

/// <summary>The reverse expression watchpoint.</summary>
/// <remarks>The expression may contain anything, also what looks like an option, so options count only in front of it and behind it.</remarks>
internal static class WatchHandler
{
    public static async Task<CommandResult> RunAsync(ReplContext context, string argument, CancellationToken ct)
    {
        var request = Parse(argument);
        var scope = await ScopeAsync(context, request, ct).ConfigureAwait(false);
        var before = context.Session.Position;
        var report = await context.Session.ReverseWatchAsync(new WatchQuery(request.Expression, scope, request.Which), ct).ConfigureAwait(false);
        WatchView.Print(context, request.Expression, report);
        return new CommandResult(context.Session.Position == before ? CommandEffect.None : CommandEffect.Moved, report);
    }

    /// <summary>Reads a reverse-watch command's argument.</summary>
    /// <param name="argument">Expression with options around it.</param>
    /// <returns>The parts.</returns>
    public static WatchRequest Parse(string argument)
    {
        var text = argument.Trim();
        var request = new WatchRequest(string.Empty, WhichTransition.Last, null);
        for (var more = true; more;)
        {
            (request, text, more) = TakeLeading(request, text);
        }

        for (var more = true; more;)
        {
            (request, text, more) = TakeTrailing(request, text);
        }

        return text.Length > 0 && Which(text) is null && !text.StartsWith("--frame", StringComparison.Ordinal)
            ? request with { Expression = text }
            : throw new FredException(ErrorId.Usage, "reverse-watch: which expression? Give what should hold, for example 'reverse-watch len(items) <= 10'.");
    }

    private static (WatchRequest Request, string Text, bool More) TakeLeading(WatchRequest request, string text)
    {
        var parts = text.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (parts.Length > 1 && Which(parts[0]) is { } which)
        {
            return (request with { Which = which }, text[parts[0].Length..].Trim(), true);
        }

        return parts.Length > 2 && parts[0] == "--frame" ? (request with { Function = parts[1] }, parts[2], true) : (request, text, false);
    }

    private static (WatchRequest Request, string Text, bool More) TakeTrailing(WatchRequest request, string text)
    {
        var end = text.LastIndexOf(' ');
        if (end < 0)
        {
            return (request, text, false);
        }

        var last = text[(end + 1)..];
        var before = text[..end].TrimEnd();
        if (Which(last) is { } which)
        {
            return (request with { Which = which }, before, true);
        }

        return before.EndsWith(" --frame", StringComparison.Ordinal) ? (request with { Function = last }, before[..^8].TrimEnd(), true) : (request, text, false);
    }

    private static WhichTransition? Which(string word) => word switch
    {
        "--first" => WhichTransition.First,
        "--last" => WhichTransition.Last,
        "--all" => WhichTransition.All,
        _ => null,
    };

    private static async Task<EvaluationScope> ScopeAsync(ReplContext context, WatchRequest request, CancellationToken ct) => request.Function is { } function
        ? (await new ScopeFinder(context.Session).ChooseAsync(request.Expression, function, ct).ConfigureAwait(false))[0].Scope
        : new EvaluationScope.InFrame(context.SelectedFrame) { Thread = context.SelectedThread };
}

/// <summary>What a reverse-watch command asks for.</summary>
/// <param name="Expression">True means good.</param>
/// <param name="Which">Which transition.</param>
/// <param name="Function">Evaluate in the innermost frame of this function, or in all its calls when none is on the stack; null for the selected frame.</param>
internal sealed record WatchRequest(string Expression, WhichTransition Which, string? Function);
