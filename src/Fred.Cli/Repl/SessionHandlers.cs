using System.Globalization;

namespace Fred.Cli;

/// <summary>Commands about the sitting itself, and the way to the backend's own debugger.</summary>
internal static class SessionHandlers
{
    public static Task<CommandResult> CommandsAsync(ReplContext context, string argument, CancellationToken ct)
    {
        var breakpoints = context.Session.Breakpoints;
        var number = breakpoints.Count > 0 ? breakpoints.Max(b => b.Id) : 0;
        if (argument.Length > 0 && !int.TryParse(argument, NumberStyles.None, CultureInfo.InvariantCulture, out number))
        {
            throw new FredException(ErrorId.Usage, $"commands: '{argument}' is no breakpoint number. 'break' lists them.");
        }

        if (breakpoints.All(b => b.Id != number))
        {
            throw new FredException(ErrorId.BadBreakpoint, number == 0 ? "commands: there is no breakpoint yet. Set one with 'break FILE:LINE'." : $"commands: there is no breakpoint {number}. 'break' lists them.");
        }

        context.BreakpointCommands.Begin(number);
        return Task.FromResult(CommandResult.Shown);
    }

    public static async Task<CommandResult> SourceAsync(ReplContext context, string argument, CancellationToken ct)
    {
        if (argument.Length == 0)
        {
            throw new FredException(ErrorId.Usage, "source: give a file of commands, or an object whose source to show.");
        }

        if (!File.Exists(argument))
        {
            if (argument.Contains('/', StringComparison.Ordinal))
            {
                throw new FredException(ErrorId.Usage, $"source: there is no file '{argument}'.");
            }

            return await BackendAsync(context, "source " + argument, ct).ConfigureAwait(false);
        }

        foreach (var line in ScriptFile.Read(argument))
        {
            context.Injected.Enqueue(line);
        }

        return CommandResult.Shown;
    }

    public static async Task<CommandResult> BackendAsync(ReplContext context, string argument, CancellationToken ct)
    {
        if (argument.Length == 0)
        {
            throw new FredException(ErrorId.Usage, "pdb: which command? For example 'pdb where'.");
        }

        var reply = await context.Session.ExecuteBackendAsync(argument, ct).ConfigureAwait(false);
        context.SelectedFrame = reply.SelectedFrame;
        context.SelectedThread = reply.SelectedThread;
        context.Print(reply.Output);
        return await CarryOutAsync(context, reply.Action, ct).ConfigureAwait(false);
    }

    public static async Task<CommandResult> HelpAsync(ReplContext context, string argument, CancellationToken ct)
    {
        if (argument.Length == 0)
        {
            HelpView.PrintAll(context.Console);
            return CommandResult.Shown;
        }

        if (argument == "pdb" || ReplCommands.Find(argument.StartsWith("fred-", StringComparison.Ordinal) ? argument[5..] : argument) is not { } command)
        {
            return await BackendAsync(context, argument == "pdb" ? "help" : "help " + argument, ct).ConfigureAwait(false);
        }

        HelpView.Print(context.Console, command);
        return CommandResult.Shown;
    }

    public static Task<CommandResult> QuitAsync(ReplContext context, string argument, CancellationToken ct) => Task.FromResult(CommandResult.Quit);

    /// <summary>Does what a line of the backend's debugger asks the sitting to do.</summary>
    private static async Task<CommandResult> CarryOutAsync(ReplContext context, BackendAction? action, CancellationToken ct)
    {
        switch (action)
        {
            case null:
                return CommandResult.Shown;
            case BackendAction.Run { Filter: { } filter }:
                return await MoveHandlers.MoveAsync(context, new SessionCommand.RunTo(filter), ct).ConfigureAwait(false);
            case BackendAction.Run:
                return await MoveHandlers.MoveAsync(context, new SessionCommand.Continue(), ct).ConfigureAwait(false);
            case BackendAction.Move { Command: var command }:
                return await MoveHandlers.MoveAsync(context, command, ct).ConfigureAwait(false);
            case BackendAction.Mutate { Mutation: var mutation }:
                return await MutateAsync(context, mutation, ct).ConfigureAwait(false);
            case BackendAction.Restart:
                context.Print("Back to the beginning of this recording. To run the program afresh, quit and start fred again.");
                return await MoveHandlers.MoveAsync(context, TimeHandlers.ToStart(context.Session.Position), ct).ConfigureAwait(false);
            case BackendAction.Quit:
                return CommandResult.Quit;
            default:
                throw new FredException(ErrorId.Internal, $"The backend asked for {action.GetType().Name}, which the prompt does not know.");
        }
    }

    /// <summary>Changes the program; in the past that begins a branch, which the user is told.</summary>
    private static async Task<CommandResult> MutateAsync(ReplContext context, Mutation mutation, CancellationToken ct)
    {
        var session = context.Session;
        var old = session.Position.Branch;
        var result = await session.MutateAsync(mutation, ct).ConfigureAwait(false);
        context.Print(result.Output);
        if (session.Position.Branch == old)
        {
            return CommandResult.Shown;
        }

        var name = TimeHandlers.BranchName(session, old);
        context.Print($"The past is changed: from here on this is {TimeHandlers.BranchName(session, session.Position.Branch)}. 'switch {name}' returns to the old future.");
        return CommandResult.Moved;
    }
}
