namespace Fred.Cli;

/// <summary>A demonstration: the commands a user would type, with a sentence before each, carried out by the same engine as the prompt's.</summary>
/// <remarks>It knows the culprit beforehand and fails when Fred blames another statement, so a broken Fred cannot give a pretty demonstration.</remarks>
/// <param name="context">A sitting at the program's first statement.</param>
/// <param name="view">Where it is shown.</param>
internal abstract class DemoScript(ReplContext context, IReplView view)
{
    private readonly ReplEngine _engine = new(context, view);

    /// <summary>Gets the sitting.</summary>
    protected ReplContext Context => context;

    /// <summary>Runs it.</summary>
    /// <param name="interrupts">Ctrl-C.</param>
    /// <returns>True when Fred has blamed the right statement.</returns>
    public abstract Task<bool> RunAsync(Interrupts interrupts);

    /// <summary>Shows where the sitting begins.</summary>
    /// <param name="interrupts">Ctrl-C.</param>
    /// <returns>Done when shown.</returns>
    protected async Task BeginAsync(Interrupts interrupts) => view.Complete(await _engine.StartAsync(interrupts.Lifetime).ConfigureAwait(false));

    /// <summary>Shows and carries out a command.</summary>
    /// <param name="command">As typed.</param>
    /// <param name="interrupts">Ctrl-C.</param>
    /// <returns>What it came to.</returns>
    protected async Task<CommandOutcome> DoAsync(string command, Interrupts interrupts)
    {
        view.Echo(_engine.Prompt);
        context.Console.Write(new Verbatim(command + "\n", Theme.Heading));
        using var running = interrupts.Begin();
        var outcome = await _engine.ExecuteAsync(command, running.Token).ConfigureAwait(false);
        view.Complete(outcome);
        return outcome;
    }

    /// <summary>Prints a comment.</summary>
    /// <param name="text">What is going on.</param>
    protected void Say(string text) => context.Console.Write(new Verbatim($"\n# {text}\n", Theme.Past));

    /// <summary>Prints how it went.</summary>
    /// <param name="found">Whether the right statement was found.</param>
    /// <param name="text">How, or why not.</param>
    /// <returns><paramref name="found"/>.</returns>
    protected bool Verdict(bool found, string text)
    {
        context.Console.Write(new Verbatim($"\n{(found ? "Demo passed" : "Demo FAILED")}: {text}\n", found ? Theme.Good : Theme.Error));
        return found;
    }

    /// <summary>Whether a search has blamed the right statement; says so when not.</summary>
    /// <param name="report">The search's answer.</param>
    /// <param name="function">The function that is to blame.</param>
    /// <param name="statement">The statement that is to blame.</param>
    /// <returns>The transition; null for a wrong answer.</returns>
    protected Transition? Blamed(WatchReport? report, string function, string statement)
    {
        if (report is not { Result: WatchResult.Transition, Transitions: [{ } found] })
        {
            Verdict(false, "no statement was found");
            return null;
        }

        var text = context.Sources.Text(found.Location);
        if (found.Function == function && text == statement)
        {
            return found;
        }

        Verdict(false, $"the wrong statement was found: {text} in {found.Function}");
        return null;
    }
}
