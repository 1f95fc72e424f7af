using System.Globalization;

namespace Fred.Cli;

/// <summary>The prompt's <c>save</c>.</summary>
internal static class SaveHandler
{
    private const string ArchiveOption = "--archive";
    private const double Mega = 1 << 20;

    /// <summary>Saves the sitting.</summary>
    /// <param name="context">The sitting.</param>
    /// <param name="argument">A name, or --archive and a file.</param>
    /// <param name="ct">Ctrl-C.</param>
    /// <returns>Nothing moved.</returns>
    public static async Task<CommandResult> RunAsync(ReplContext context, string argument, CancellationToken ct)
    {
        var archive = argument.StartsWith(ArchiveOption + " ", StringComparison.Ordinal);
        var target = archive ? argument[ArchiveOption.Length..].Trim() : argument;
        if (target.Length == 0 || target == ArchiveOption)
        {
            throw new FredException(ErrorId.Usage, "save: under which name? 'save NAME' keeps the session among the saved ones, 'save --archive FILE' in one file.");
        }

        context.Print(await SaveAsync(context.Store, context.Session, context.Program, target, archive, context.Time, ct).ConfigureAwait(false));
        return CommandResult.Shown;
    }

    /// <summary>Saves a sitting and says so.</summary>
    /// <param name="store">Where; null without a home directory.</param>
    /// <param name="session">The sitting.</param>
    /// <param name="program">What it debugs.</param>
    /// <param name="target">The name or file.</param>
    /// <param name="archive">Whether it is a file.</param>
    /// <param name="time">The clock.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>What to tell the user.</returns>
    public static async Task<string> SaveAsync(SessionStore? store, DebugSession session, string program, string target, bool archive, TimeProvider time, CancellationToken ct)
    {
        var (path, bytes) = await SessionStore.Require(store).SaveAsync(session, program, target, archive, time.GetUtcNow(), ct).ConfigureAwait(false);
        return string.Create(CultureInfo.InvariantCulture, $"saved, {bytes / Mega:0.0} MB: {path}\nfred session resume {target}   takes it up again, here or in another terminal\n")
            + "It holds the program's environment and whatever it read: keep it as you would keep its secrets.";
    }
}
