namespace Fred.Cli;

/// <summary>What a command did, for the loop around it.</summary>
/// <param name="Effect">Whether the sitting stands somewhere else now, or is over.</param>
/// <param name="Watch">The report of a reverse watch.</param>
internal sealed record CommandResult(CommandEffect Effect, WatchReport? Watch = null)
{
    /// <summary>Gets the answers of a question to the history.</summary>
    public HistoryAnswer? History { get; init; }

    /// <summary>Gets the result of a command that only showed something.</summary>
    public static CommandResult Shown { get; } = new(CommandEffect.None);

    /// <summary>Gets the result of a movement.</summary>
    public static CommandResult Moved { get; } = new(CommandEffect.Moved);

    /// <summary>Gets the result of quit.</summary>
    public static CommandResult Quit { get; } = new(CommandEffect.Quit);
}

/// <summary>The part of a command's result that the loop acts on.</summary>
internal enum CommandEffect
{
    /// <summary>The sitting stands where it stood.</summary>
    None,

    /// <summary>The stop has to be shown again.</summary>
    Moved,

    /// <summary>The sitting is over.</summary>
    Quit,
}

/// <summary>Carries out one command. Throws <see cref="FredException"/> for what cannot be done.</summary>
/// <param name="context">The sitting and where to print.</param>
/// <param name="argument">What follows the verb, trimmed; empty for nothing.</param>
/// <param name="ct">Ctrl-C.</param>
/// <returns>What it did.</returns>
internal delegate Task<CommandResult> CommandHandler(ReplContext context, string argument, CancellationToken ct);

/// <summary>One verb of the prompt, as data: help text, documentation, completion and parsing all read this.</summary>
/// <param name="Name">The full name.</param>
/// <param name="Group">Its heading in the help text.</param>
/// <param name="Arguments">What may follow it, in usual notation; empty for nothing.</param>
/// <param name="Help">One sentence.</param>
/// <param name="Handler">What it does.</param>
/// <param name="Aliases">Its short names.</param>
internal sealed record ReplCommand(string Name, CommandGroup Group, string Arguments, string Help, CommandHandler Handler, params string[] Aliases)
{
    /// <summary>Gets how it is called, for messages and help.</summary>
    public string Usage => Arguments.Length == 0 ? Name : $"{Name} {Arguments}";
}
