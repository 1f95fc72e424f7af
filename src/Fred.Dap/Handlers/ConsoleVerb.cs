using System.Globalization;

namespace Fred.Dap;

/// <summary>One of Fred's verbs in the debug console, as data. Exactly one of move and answer is set, except for the reverse watch.</summary>
/// <param name="Name">Its name, without prefix.</param>
/// <param name="Alias">Its short name.</param>
/// <param name="Help">One line.</param>
internal sealed record ConsoleVerb(string Name, string Alias, string Help)
{
    private static readonly ConsoleVerb[] Verbs =
    [
        Moving("step", "s", "to the next event", count => new SessionCommand.Step(count)),
        Moving("next", "n", "to the next event of this function", count => new SessionCommand.Next(count)),
        Moving("finish", "f", "to the end of this function", count => new SessionCommand.Finish(count)),
        Moving("continue", "c", "to the next breakpoint", count => new SessionCommand.Continue(count)),
        Moving("reverse-step", "rs", "to the event before", count => new SessionCommand.ReverseStep(count)),
        Moving("reverse-next", "rn", "to the event before of this function", count => new SessionCommand.ReverseNext(count)),
        Moving("reverse-finish", "rf", "to the call of this function", count => new SessionCommand.ReverseFinish(count)),
        Moving("reverse-continue", "rc", "to the breakpoint hit before", count => new SessionCommand.ReverseContinue(count)),
        Moving("undo", "u", "takes the last commands back", count => new SessionCommand.Undo(count)),
        Moving("restart", "r", "to the checkpoint with this number", number => new SessionCommand.RestartCheckpoint(number)),
        new("goto", "g", "to a tick, or to 'live'") { Move = Goto },
        new("switch", "sw", "to another branch") { Move = name => new SessionCommand.SwitchBranch(Need(name, "a branch")) },
        new("reverse-watch", "rw", "to before the statement that made an expression false"),
        new("when", "w", "says where in time this is") { Answer = (session, _, _) => Task.FromResult(StopAnnouncer.DescribeTime(session.Position)) },
        new("checkpoint", "ckpt", "takes a checkpoint here") { Answer = CheckpointAsync },
        new("checkpoints", "cs", "lists the checkpoints") { Answer = (session, _, _) => Task.FromResult(Lines(session.Checkpoints.Select(it => $"{it.Number}: tick {it.At}"))) },
        new("bookmark", "b", "names this place in time") { Answer = (session, name, _) => Task.FromResult($"{session.AddBookmark(Need(name, "a name")).Name} is here now") },
        new("branch", "br", "names this branch") { Answer = NameBranchAsync },
        new("branches", "brs", "lists the branches") { Answer = (session, _, _) => Task.FromResult(Lines(session.Branches.Select(it => $"{(it.IsCurrent ? "*" : " ")} {it.Name} (to tick {it.Edge})"))) },
        new("history", "h", "lists the commands given so far") { Answer = (session, _, _) => Task.FromResult(Lines(session.Journal.Select(it => $"{it.Number}: {it.Text} ({it.From.At} to {it.To.At})"))) },
        new("help", "?", "this list") { Answer = (_, _, _) => Task.FromResult(Lines(All.Select(it => $"fred-{it.Name,-18} {it.Help}"))) },
    ];

    /// <summary>Gets the verbs.</summary>
    public static IReadOnlyList<ConsoleVerb> All => Verbs;

    /// <summary>Gets what makes a movement of the argument; null when the verb does not move.</summary>
    public Func<string, SessionCommand>? Move { get; private init; }

    /// <summary>Gets what answers with text; null when the verb moves.</summary>
    public Func<DebugSession, string, CancellationToken, Task<string>>? Answer { get; private init; }

    /// <summary>Finds a verb by name or alias.</summary>
    public static ConsoleVerb? Find(string name) => Array.Find(Verbs, verb => verb.Name == name || verb.Alias == name);

    private static ConsoleVerb Moving(string name, string alias, string help, Func<int, SessionCommand> command) =>
        new(name, alias, help) { Move = count => command(ReadCount(count)) };

    private static int ReadCount(string text)
    {
        if (text.Length == 0)
        {
            return 1;
        }
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0
            ? count
            : throw new FredException(ErrorId.Usage, $"'{text}' is no number from 1.");
    }

    private static SessionCommand Goto(string text)
    {
        if (text == "live")
        {
            return new SessionCommand.GotoLive();
        }
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long tick)
            ? new SessionCommand.Goto(new Ticks(tick))
            : throw new FredException(ErrorId.Usage, $"'{text}' is no tick; write a number from 0, or 'live'.");
    }

    private static async Task<string> CheckpointAsync(DebugSession session, string argument, CancellationToken ct)
    {
        CheckpointInfo taken = await session.TakeCheckpointAsync(ct).ConfigureAwait(false);
        return $"Checkpoint {taken.Number} at tick {taken.At}";
    }

    private static Task<string> NameBranchAsync(DebugSession session, string name, CancellationToken ct)
    {
        session.NameBranch(Need(name, "a name"));
        return Task.FromResult($"This branch is called {name} now");
    }

    private static string Need(string text, string what) => text.Length > 0 ? text : throw new FredException(ErrorId.Usage, $"This needs {what}.");

    private static string Lines(IEnumerable<string> lines) => string.Join('\n', lines);
}
