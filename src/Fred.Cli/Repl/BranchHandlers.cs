namespace Fred.Cli;

/// <summary>Branches: the futures that began when the past was changed.</summary>
internal static class BranchHandlers
{
    public static Task<CommandResult> BranchAsync(ReplContext context, string argument, CancellationToken ct)
    {
        var session = context.Session;
        if (argument.Length == 0)
        {
            context.Print($"branch {TimeHandlers.BranchName(session, session.Position.Branch)}");
            return Task.FromResult(CommandResult.Shown);
        }

        if (argument.Any(char.IsWhiteSpace))
        {
            throw new FredException(ErrorId.Usage, $"branch: '{argument}' is no name: it contains a space.");
        }

        session.NameBranch(argument);
        context.Print($"this branch is called {argument} now");
        return Task.FromResult(CommandResult.Shown);
    }

    public static Task<CommandResult> SwitchAsync(ReplContext context, string argument, CancellationToken ct) =>
        argument.Length > 0
            ? MoveHandlers.MoveAsync(context, new SessionCommand.SwitchBranch(argument), ct)
            : throw new FredException(ErrorId.Usage, "switch: to which branch? 'branches' lists them.");

    public static Task<CommandResult> BranchesAsync(ReplContext context, string argument, CancellationToken ct)
    {
        TimeHandlers.NoArgument("branches", argument);
        var session = context.Session;
        TableView.Print(
            context,
            "No branches.",
            ["", "name", "from", "at tick", "live edge"],
            [.. session.Branches.Select(b => new[] { b.IsCurrent ? "*" : " ", b.Name, b.Parent is { } parent ? TimeHandlers.BranchName(session, parent) : "-", b.ForkedAt.ToString(), b.Edge.ToString() })]);
        return Task.FromResult(CommandResult.Shown);
    }
}
