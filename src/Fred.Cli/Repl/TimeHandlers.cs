using System.Globalization;

namespace Fred.Cli;

/// <summary>Places in time: ticks, bookmarks, checkpoints, the journal.</summary>
internal static class TimeHandlers
{
    public static Task<CommandResult> WhenAsync(ReplContext context, string argument, CancellationToken ct)
    {
        NoArgument("when", argument);
        var session = context.Session;
        var place = session.Position.IsLive ? "at the live edge" : "in the past";
        context.Print($"tick {session.Position.At} of {session.Position.Edge}, {place}, branch {BranchName(session, session.Position.Branch)}{(session.Stop.ThreadsStarted > 1 ? $", thread {session.Stop.Thread} of {session.Stop.ThreadsStarted} started" : string.Empty)}");
        return Task.FromResult(CommandResult.Shown);
    }

    public static async Task<CommandResult> GotoAsync(ReplContext context, string argument, CancellationToken ct)
    {
        if (argument.Length == 0)
        {
            throw new FredException(ErrorId.Usage, "goto: where to? Give a tick, +N, -N, 'start', 'live' or a bookmark's name; 'when' shows the tick you are at.");
        }

        var session = context.Session;
        switch (argument)
        {
            case "live":
                return await MoveHandlers.MoveAsync(context, new SessionCommand.GotoLive(), ct).ConfigureAwait(false);
            case "start":
                return await MoveHandlers.MoveAsync(context, ToStart(session.Position), ct).ConfigureAwait(false);
        }

        if (session.Bookmarks.FirstOrDefault(b => b.Name == argument) is { } bookmark)
        {
            if (bookmark.Branch != session.Position.Branch)
            {
                await session.ExecuteAsync(new SessionCommand.SwitchBranch(BranchName(session, bookmark.Branch)), ct).ConfigureAwait(false);
            }

            return await MoveHandlers.MoveAsync(context, new SessionCommand.Goto(bookmark.At), ct).ConfigureAwait(false);
        }

        return await MoveHandlers.MoveAsync(context, new SessionCommand.Goto(Target(session.Position, argument)), ct).ConfigureAwait(false);
    }

    public static Task<CommandResult> BookmarkAsync(ReplContext context, string argument, CancellationToken ct)
    {
        if (argument.Length == 0 || argument is "live" or "start" || !argument.All(c => char.IsLetterOrDigit(c) || c is '_' or '-' or '.') || !char.IsLetter(argument[0]))
        {
            throw new FredException(ErrorId.Usage, $"bookmark: '{argument}' is no name. Use letters, digits, '_', '-' and '.', beginning with a letter; 'live' and 'start' are taken.");
        }

        var bookmark = context.Session.AddBookmark(argument);
        context.Print($"bookmark {bookmark.Name} at tick {bookmark.At}; 'goto {bookmark.Name}' returns here");
        return Task.FromResult(CommandResult.Shown);
    }

    public static Task<CommandResult> BookmarksAsync(ReplContext context, string argument, CancellationToken ct)
    {
        NoArgument("bookmarks", argument);
        var session = context.Session;
        TableView.Print(context, "No bookmarks. 'bookmark NAME' makes one.", ["name", "branch", "tick"], [.. session.Bookmarks.Select(b => new[] { b.Name, BranchName(session, b.Branch), b.At.ToString() })]);
        return Task.FromResult(CommandResult.Shown);
    }

    public static async Task<CommandResult> CheckpointAsync(ReplContext context, string argument, CancellationToken ct)
    {
        NoArgument("checkpoint", argument);
        var checkpoint = await context.Session.TakeCheckpointAsync(ct).ConfigureAwait(false);
        context.Print($"checkpoint {checkpoint.Number} at tick {checkpoint.At}; 'restart {checkpoint.Number}' returns here");
        return CommandResult.Shown;
    }

    public static Task<CommandResult> CheckpointsAsync(ReplContext context, string argument, CancellationToken ct)
    {
        NoArgument("checkpoints", argument);
        TableView.Print(
            context,
            "No checkpoints.",
            ["number", "tick", "kept"],
            [.. context.Session.Checkpoints.Select(c => new[] { Number(c.Number), c.At.ToString(), c.Pinned ? "yes" : "while useful" })]);
        return Task.FromResult(CommandResult.Shown);
    }

    public static Task<CommandResult> RestartAsync(ReplContext context, string argument, CancellationToken ct) =>
        argument.Length == 0
            ? MoveHandlers.MoveAsync(context, ToStart(context.Session.Position), ct)
            : int.TryParse(argument, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? MoveHandlers.MoveAsync(context, new SessionCommand.RestartCheckpoint(number), ct)
                : throw new FredException(ErrorId.Usage, $"restart: '{argument}' is no checkpoint number. 'checkpoints' lists them.");

    public static Task<CommandResult> HistoryAsync(ReplContext context, string argument, CancellationToken ct)
    {
        NoArgument("history", argument);
        TableView.Print(
            context,
            "No commands yet.",
            ["number", "command", "from", "to"],
            [.. context.Session.Journal.Select(e => new[] { Number(e.Number), e.Text, e.From.At.ToString(), e.To.At.ToString() })]);
        return Task.FromResult(CommandResult.Shown);
    }

    /// <summary>Refuses an argument where a verb takes none.</summary>
    /// <param name="command">The verb.</param>
    /// <param name="argument">What follows it.</param>
    public static void NoArgument(string command, string argument)
    {
        if (argument.Length > 0)
        {
            throw new FredException(ErrorId.Usage, $"{command} takes no argument, so '{argument}' is one too many.");
        }
    }

    /// <summary>A branch's name.</summary>
    /// <param name="session">The sitting.</param>
    /// <param name="id">Which branch.</param>
    /// <returns>main, branch-2, or what the user called it.</returns>
    public static string BranchName(DebugSession session, BranchId id) => session.Branches.First(b => b.Id == id).Name;

    /// <summary>To the first statement. Tick 0 is before it and has nothing to show.</summary>
    /// <param name="position">The length of the history.</param>
    /// <returns>The movement.</returns>
    public static SessionCommand ToStart(Position position) => new SessionCommand.Goto(position.Edge > Ticks.Zero ? Ticks.Zero.Next : Ticks.Zero);

    private static Ticks Target(Position position, string argument)
    {
        var relative = argument[0] is '+' or '-';
        if (!long.TryParse(relative ? argument[1..] : argument, NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out var value))
        {
            throw new FredException(
                char.IsLetter(argument[0]) ? ErrorId.NoSuchName : ErrorId.Usage,
                $"goto: '{argument}' is neither a tick nor a bookmark. 'when' shows the tick you are at, 'bookmarks' lists the names.");
        }

        var target = argument[0] switch { '+' => position.At.Value + value, '-' => position.At.Value - value, _ => value };
        return target >= 0 && target <= position.Edge.Value
            ? new Ticks(target)
            : throw new FredException(ErrorId.TickOutOfRange, $"goto: tick {target} is outside the history, which goes from 0 to {position.Edge}.");
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
