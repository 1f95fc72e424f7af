using Spectre.Console;

namespace Fred.Cli;

/// <summary>The help texts, from the command table.</summary>
internal static class HelpView
{
    /// <summary>Prints every verb under its group.</summary>
    /// <param name="console">Where to.</param>
    public static void PrintAll(IAnsiConsole console)
    {
        foreach (var group in ReplCommands.All.GroupBy(c => c.Group))
        {
            console.Write(new Verbatim($"{group.Key}\n", Theme.Heading));
            foreach (var command in group)
            {
                console.Write(new Verbatim($"  {Names(command),-40} {command.Help}\n"));
            }
        }

        console.Write(new Verbatim(
            """
            Every other line goes to pdb: p, pp, break, tbreak, where, up, down, list, display, !statement, ... ('help pdb' lists them, 'pdb COMMAND' reaches those
            that have another meaning here). An empty line repeats the last command. Ctrl-C stops what runs, Ctrl-D quits. All verbs also work as fred-VERB.

            """));
    }

    /// <summary>Prints one verb.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="command">Which.</param>
    public static void Print(IAnsiConsole console, ReplCommand command)
    {
        console.Write(new Verbatim(command.Usage + "\n", Theme.Heading));
        console.Write(new Verbatim($"  {command.Help}\n"));
        if (command.Aliases.Length > 0)
        {
            console.Write(new Verbatim($"  Short: {string.Join(", ", command.Aliases)}\n"));
        }
    }

    private static string Names(ReplCommand command) =>
        command.Aliases.Length > 0 ? $"{Short(command)} ({string.Join(", ", command.Aliases)})" : Short(command);

    private static string Short(ReplCommand command) => command.Usage.Length > 30 ? command.Name + (command.Arguments.StartsWith("EXPR", StringComparison.Ordinal) ? " EXPR ..." : " ...") : command.Usage;
}
