using System.Globalization;

namespace Fred.Cli;

/// <summary>Steps and runs in both directions: each verb is one session command.</summary>
internal static class MoveHandlers
{
    public static Task<CommandResult> StepAsync(ReplContext context, string argument, CancellationToken ct) =>
        StepSelectedAsync(context, new SessionCommand.Step(CommandParser.Count("step", argument)), ct);

    public static Task<CommandResult> NextAsync(ReplContext context, string argument, CancellationToken ct) =>
        StepSelectedAsync(context, new SessionCommand.Next(CommandParser.Count("next", argument)), ct);

    public static Task<CommandResult> FinishAsync(ReplContext context, string argument, CancellationToken ct) =>
        StepSelectedAsync(context, new SessionCommand.Finish(CommandParser.Count("finish", argument)), ct);

    public static Task<CommandResult> UntilAsync(ReplContext context, string argument, CancellationToken ct)
    {
        if (argument.Length == 0)
        {
            return StepSelectedAsync(context, new SessionCommand.Until(), ct);
        }

        return int.TryParse(argument, NumberStyles.None, CultureInfo.InvariantCulture, out var line) && line > 0
            ? StepSelectedAsync(context, new SessionCommand.Until(line), ct)
            : throw new FredException(ErrorId.Usage, $"until: '{argument}' is no line number. Give a line of this function, or nothing for the next greater one.");
    }

    public static Task<CommandResult> ContinueAsync(ReplContext context, string argument, CancellationToken ct) =>
        MoveAsync(context, new SessionCommand.Continue(CommandParser.Count("continue", argument)), ct);

    public static Task<CommandResult> ReverseStepAsync(ReplContext context, string argument, CancellationToken ct) =>
        StepSelectedAsync(context, new SessionCommand.ReverseStep(CommandParser.Count("reverse-step", argument)), ct);

    public static Task<CommandResult> ReverseNextAsync(ReplContext context, string argument, CancellationToken ct) =>
        StepSelectedAsync(context, new SessionCommand.ReverseNext(CommandParser.Count("reverse-next", argument)), ct);

    public static Task<CommandResult> ReverseFinishAsync(ReplContext context, string argument, CancellationToken ct) =>
        StepSelectedAsync(context, new SessionCommand.ReverseFinish(CommandParser.Count("reverse-finish", argument)), ct);

    public static Task<CommandResult> ReverseContinueAsync(ReplContext context, string argument, CancellationToken ct) =>
        MoveAsync(context, new SessionCommand.ReverseContinue(CommandParser.Count("reverse-continue", argument)), ct);

    public static Task<CommandResult> UndoAsync(ReplContext context, string argument, CancellationToken ct) =>
        MoveAsync(context, new SessionCommand.Undo(CommandParser.Count("undo", argument)), ct);

    /// <summary>Carries out a session command.</summary>
    /// <param name="context">The sitting.</param>
    /// <param name="command">Which movement.</param>
    /// <param name="ct">Ctrl-C.</param>
    /// <returns>Moved.</returns>
    public static async Task<CommandResult> MoveAsync(ReplContext context, SessionCommand command, CancellationToken ct)
    {
        await context.Session.ExecuteAsync(command, ct).ConfigureAwait(false);
        return CommandResult.Moved;
    }

    private static Task<CommandResult> StepSelectedAsync(ReplContext context, SessionCommand command, CancellationToken ct) =>
        MoveAsync(context, command with { Thread = context.SelectedThread }, ct);
}
