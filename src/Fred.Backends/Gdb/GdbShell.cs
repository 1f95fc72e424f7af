using System.Globalization;
using Fred.Core;

namespace Fred.Backends;

/// <summary>gdb's own commands at Fred's prompt.</summary>
/// <remarks>
/// Most are given to gdb as they are. Those that move the program are the timeline's: they come back as actions. Those that change it are tried in a copy first; only then is known that
/// they do, and they come back as actions too. What is kept between commands (the selected frame, displays) is the state.
/// </remarks>
internal sealed class GdbShell(GdbInspector inspector, GdbSession session, GdbContext context)
{
    private static readonly HashSet<string> Refused =
    [
        "run", "r", "start", "starti", "kill", "k", "detach", "disconnect", "attach", "target", "tar", "file", "exec-file", "inferior", "add-inferior", "record", "rec", "jump", "j", "signal", "load", "generate-core-file",
    ];

    /// <summary>Carries out a line.</summary>
    /// <param name="line">What the user typed.</param>
    /// <param name="state">What the last command returned.</param>
    /// <param name="ct">Ends the command.</param>
    /// <returns>gdb's output, and what the session has to do.</returns>
    public Task<BackendReply> ExecuteAsync(string line, string state, CancellationToken ct)
    {
        var shell = GdbShellState.Parse(state, session.Current.At.Value);
        var text = line.TrimStart('!').Trim();
        var space = text.AsSpan().IndexOfAny(' ', '\t', '/');
        var (word, rest) = space < 0 ? (text, string.Empty) : (text[..space], text[space..].Trim());
        if (Movement(word, rest) is { } action)
        {
            return Task.FromResult(new BackendReply(string.Empty, state, action));
        }

        if (word is "advance" && rest.Length > 0)
        {
            return GoToAsync(rest, shell, ct);
        }

        if (word is "display" or "undisplay")
        {
            return Task.FromResult(ChangeDisplays(word, rest, shell));
        }

        if (new GdbThreads(inspector).TryRead(word, rest, shell) is { } command)
        {
            return command(ct);
        }

        return Refused.Contains(word)
            ? throw new FredException(ErrorId.NotNow, $"'{word}' is not for a recorded program. 'restart' goes back to the beginning, 'goto' to any moment; to run it afresh, quit and start fred again.")
            : PassOnAsync(GdbThreads.WithCondition(text), shell, ct);
    }

    /// <summary>Shows the displays.</summary>
    /// <param name="state">What the last command returned.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Their values.</returns>
    public async Task<BackendReply> DisplayAsync(string state, CancellationToken ct)
    {
        var shell = GdbShellState.Parse(state, session.Current.At.Value) with { Frame = 0, Thread = 0 };
        var output = string.Empty;
        for (var i = 0; i < shell.Displays.Count; i++)
        {
            var expression = shell.Displays[i];
            var value = await inspector.EvaluateAsync(expression, new EvaluationScope.InFrame(0) { Thread = shell.Thread }, ct).ConfigureAwait(false);
            output += value.Truth == Truth.NotEvaluable ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"{i + 1}: {expression} = {value.Value}\n");
        }

        return Reply(output, shell);
    }

    /// <summary>An answer that remembers what the prompt knows.</summary>
    /// <param name="output">What to show.</param>
    /// <param name="shell">What to remember.</param>
    /// <param name="action">What Fred is to do.</param>
    /// <param name="breakpoints">The breakpoints, if they have changed.</param>
    /// <returns>The answer.</returns>
    internal static BackendReply Reply(string output, GdbShellState shell, BackendAction? action = null, IReadOnlyList<Breakpoint>? breakpoints = null)
    {
        var state = shell.ToString();
        return new BackendReply(output, state, action, breakpoints) { SelectedFrame = shell.Frame, SelectedThread = shell.Thread, QuietState = shell.Displays.Count == 0 ? state : null };
    }

    /// <summary>The commands that move by instructions; those that move by lines are Fred's own verbs.</summary>
    private static BackendAction.Move? Movement(string word, string rest)
    {
        if (word is not ("stepi" or "si" or "nexti" or "ni" or "reverse-stepi" or "rsi" or "reverse-nexti" or "rni"))
        {
            return null;
        }

        var count = 1;
        if (rest.Length > 0 && (!int.TryParse(rest, NumberStyles.None, CultureInfo.InvariantCulture, out count) || count < 1))
        {
            throw new FredException(ErrorId.Usage, $"{word}: '{rest}' is no count. Give a whole number from 1, or nothing.");
        }

        var overCalls = word is "nexti" or "ni" or "reverse-nexti" or "rni";
        return new BackendAction.Move(word[0] == 'r' ? new SessionCommand.ReverseTicks(count) { OverCalls = overCalls } : new SessionCommand.StepTicks(count) { OverCalls = overCalls });
    }

    private static BackendReply ChangeDisplays(string word, string rest, GdbShellState shell)
    {
        if (word == "display" && rest.Length > 0)
        {
            return Reply(string.Empty, shell with { Displays = [.. shell.Displays, rest] });
        }

        if (word == "display")
        {
            return Reply(string.Concat(shell.Displays.Select((e, i) => string.Create(CultureInfo.InvariantCulture, $"{i + 1}: {e}\n"))), shell);
        }

        return int.TryParse(rest, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 && number <= shell.Displays.Count
            ? Reply(string.Empty, shell with { Displays = [.. shell.Displays.Where((_, i) => i != number - 1)] })
            : rest.Length == 0
                ? Reply(string.Empty, shell with { Displays = [] })
                : throw new FredException(ErrorId.Usage, $"undisplay: there is no display '{rest}'. 'display' lists them.");
    }

    /// <summary>gdb's advance: a breakpoint that goes when it is reached.</summary>
    private async Task<BackendReply> GoToAsync(string place, GdbShellState shell, CancellationToken ct)
    {
        var reply = await PassOnAsync("tbreak " + place, shell, ct).ConfigureAwait(false);
        return reply with { Output = string.Empty, Action = new BackendAction.Move(new SessionCommand.Continue()) };
    }

    private Task<BackendReply> PassOnAsync(string text, GdbShellState shell, CancellationToken ct) => inspector.Of(shell.Thread).UseAsync(
        async mi =>
        {
            await GdbInspector.SelectAsync(mi, shell.Frame, ct).ConfigureAwait(false);
            var reply = await mi.RunAsync("-interpreter-exec console " + MiParser.Quote(text), ct).ConfigureAwait(false);
            if (reply.IsError)
            {
                throw new FredException(ErrorId.BadExpression, reply.Error);
            }

            var selected = await mi.AskAsync("-stack-info-frame", ct).ConfigureAwait(false);
            var after = shell with { Frame = selected.IsError ? 0 : selected.Results["frame"]["level"].Number() };
            return Reply(reply.Console, after, null, await new GdbBreakpointTable(inspector, context).ChangedAsync(mi, reply, shell.Frame, ct).ConfigureAwait(false));
        },
        (changes, reply) => Finish(text, shell, changes, reply),
        ct);

    private static BackendReply Finish(string text, GdbShellState shell, ViewChanges changes, BackendReply reply)
    {
        if (changes.WantedToMove)
        {
            throw new FredException(
                ErrorId.NotNow, $"'{text}' would move the program behind Fred's back, so it was not done. Use step, next, finish, until, continue, stepi, their reverse forms, or goto.");
        }

        return changes.HasAssigned
            ? new BackendReply(string.Empty, shell.ToString(), new BackendAction.Mutate(new Mutation(text, shell.Frame) { Thread = shell.Thread })) { SelectedFrame = shell.Frame, SelectedThread = shell.Thread }
            : reply with { Output = changes.Output + reply.Output };
    }
}

/// <summary>What gdb's prompt remembers between commands.</summary>
/// <param name="Tick">The stop it belongs to: the selected frame is that stop's.</param>
/// <param name="Frame">Selected frame.</param>
/// <param name="Thread">Number of the selected thread; 0: the one that stopped.</param>
/// <param name="Displays">Expressions shown at every stop.</param>
internal sealed record GdbShellState(long Tick, int Frame, int Thread, IReadOnlyList<string> Displays)
{
    /// <summary>Reads a state.</summary>
    /// <param name="text">As of <see cref="ToString"/>; empty at first.</param>
    /// <param name="tick">The present stop.</param>
    /// <returns>The state; at another stop the innermost frame is selected.</returns>
    public static GdbShellState Parse(string text, long tick)
    {
        var lines = text.Split('\n');
        return lines.Length >= 3 && long.TryParse(lines[0], NumberStyles.None, CultureInfo.InvariantCulture, out var then)
            && int.TryParse(lines[1], NumberStyles.None, CultureInfo.InvariantCulture, out var frame) && int.TryParse(lines[2], NumberStyles.None, CultureInfo.InvariantCulture, out var thread)
            ? new GdbShellState(tick, then == tick ? frame : 0, then == tick ? thread : 0, lines[3..])
            : new GdbShellState(tick, 0, 0, []);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join('\n', [Tick.ToString(CultureInfo.InvariantCulture), Frame.ToString(CultureInfo.InvariantCulture), Thread.ToString(CultureInfo.InvariantCulture), .. Displays]);
}
