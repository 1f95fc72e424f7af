using static Fred.Cli.CommandGroup;

namespace Fred.Cli;

/// <summary>The verbs of the prompt. Each also answers to its name with <c>fred-</c> in front. docs/repl.md holds the same table; a test compares them.</summary>
internal static class ReplCommands
{
    /// <summary>Gets all verbs in the order of the help text.</summary>
    public static IReadOnlyList<ReplCommand> All { get; } =
    [
        new("step", Forwards, "[N]", "Run to the next statement, into functions.", MoveHandlers.StepAsync, "s"),
        new("next", Forwards, "[N]", "Run to the next statement, over calls.", MoveHandlers.NextAsync, "n"),
        new("finish", Forwards, "[N]", "Run until this function is about to return (pdb's return).", MoveHandlers.FinishAsync, "return", "r"),
        new("until", Forwards, "[LINE]", "Run to a later line of this function, or to LINE.", MoveHandlers.UntilAsync, "unt"),
        new("continue", Forwards, "[N]", "Run to the next breakpoint, the Nth one, or the end.", MoveHandlers.ContinueAsync, "cont", "c"),
        new("reverse-step", Backwards, "[N]", "Go back to the statement before, into functions that have returned.", MoveHandlers.ReverseStepAsync, "rs"),
        new("reverse-next", Backwards, "[N]", "Go back to the statement before, over calls.", MoveHandlers.ReverseNextAsync, "rn"),
        new("reverse-finish", Backwards, "[N]", "Go back to the statement that called this function.", MoveHandlers.ReverseFinishAsync, "rf"),
        new("reverse-continue", Backwards, "[N]", "Go back to the last breakpoint hit, or to the beginning.", MoveHandlers.ReverseContinueAsync, "rc"),
        new("reverse-watch", Backwards, "EXPR [--first|--last|--all] [--frame FUNCTION]", "Go back to the statement that makes EXPR false (EXPR says what should hold).", WatchHandler.RunAsync, "rw"),
        new("undo", Backwards, "[N]", "Go back to where the last command, or the last N, began.", MoveHandlers.UndoAsync),
        new("when", Time, "", "Show the tick, the history's length and the branch.", TimeHandlers.WhenAsync),
        new("goto", Time, "TICK|+N|-N|start|live|NAME", "Go to a tick, some ticks away, the beginning, the live edge or a bookmark.", TimeHandlers.GotoAsync),
        new("bookmark", Time, "NAME", "Name this moment, for goto.", TimeHandlers.BookmarkAsync),
        new("bookmarks", Time, "", "List the bookmarks.", TimeHandlers.BookmarksAsync),
        new("checkpoint", Time, "", "Keep a checkpoint of this moment, for restart.", TimeHandlers.CheckpointAsync, "ckpt"),
        new("checkpoints", Time, "", "List the checkpoints.", TimeHandlers.CheckpointsAsync),
        new("restart", Time, "[N]", "Go to checkpoint N, or to the beginning.", TimeHandlers.RestartAsync),
        new("history", Time, "", "List the commands that moved through time.", TimeHandlers.HistoryAsync),
        new("log", Time, "[--most N] LINE|FILE:LINE|FUNCTION [EXPR]", "Show what EXPR was worth at each visit of a place, in the whole history.", HistoryHandlers.LogAsync),
        new("history-of", Time, "[--most N] EXPR [--frame FUNCTION]", "Show each change of EXPR's value in the whole history, and the statement that made it.", HistoryHandlers.HistoryOfAsync),
        new("calls", Time, "[--most N] FUNCTION", "Show each call of FUNCTION in the whole history: arguments, and what it returned or raised.", HistoryHandlers.CallsAsync),
        new("branch", Branches, "[NAME]", "Rename the current branch, or show it. Changing a variable in the past begins a branch.", BranchHandlers.BranchAsync),
        new("switch", Branches, "NAME", "Go to where another branch was left.", BranchHandlers.SwitchAsync),
        new("branches", Branches, "", "List the branches.", BranchHandlers.BranchesAsync),
        new("commands", CommandGroup.Session, "[BREAKPOINT]", "Give commands to a breakpoint, one a line until 'end'; 'silent' first hides its stop.", SessionHandlers.CommandsAsync),
        new("source", CommandGroup.Session, "FILE|OBJECT", "Run the commands in FILE; without such a file, show an object's source (pdb's source).", SessionHandlers.SourceAsync),
        new("save", CommandGroup.Session, "NAME|--archive FILE", "Keep the session for another day: fred session resume NAME.", SaveHandler.RunAsync),
        new("pdb", CommandGroup.Session, "COMMAND", "Give COMMAND to the language's own debugger, whatever it is called here.", SessionHandlers.BackendAsync),
        new("help", CommandGroup.Session, "[COMMAND]", "Show this list, or what COMMAND does.", SessionHandlers.HelpAsync, "h", "?"),
        new("quit", CommandGroup.Session, "", "End the program and the sitting.", SessionHandlers.QuitAsync, "q", "exit"),
    ];

    private static Dictionary<string, ReplCommand> ByWord { get; } =
        All.SelectMany(c => c.Aliases.Append(c.Name).Select(word => (word, c))).ToDictionary(p => p.word, p => p.c, StringComparer.Ordinal);

    /// <summary>Finds a verb.</summary>
    /// <param name="word">A name or alias without <c>fred-</c>.</param>
    /// <returns>The verb; null when there is none.</returns>
    public static ReplCommand? Find(string word) => ByWord.GetValueOrDefault(word);
}
