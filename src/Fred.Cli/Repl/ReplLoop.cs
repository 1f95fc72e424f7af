namespace Fred.Cli;

/// <summary>Reads lines and has them carried out until quit or the end of the input.</summary>
internal static class ReplLoop
{
    /// <summary>Runs a sitting.</summary>
    /// <param name="context">The sitting.</param>
    /// <param name="view">Where it is shown.</param>
    /// <param name="sources">Inputs, read one after the other.</param>
    /// <param name="interrupts">Ctrl-C and the end of the terminal.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(ReplContext context, IReplView view, IReadOnlyList<ICommandSource> sources, Interrupts interrupts)
    {
        var engine = new ReplEngine(context, view);
        using (var start = interrupts.Begin())
        {
            view.Complete(await engine.StartAsync(start.Token).ConfigureAwait(false));
        }

        foreach (var source in sources)
        {
            while (await ReadAsync(context, view, engine.Prompt, source, interrupts.Lifetime).ConfigureAwait(false) is { } line)
            {
                using var command = interrupts.Begin();
                var outcome = await engine.ExecuteAsync(line, command.Token).ConfigureAwait(false);
                view.Complete(outcome);
                if (outcome.Quit)
                {
                    return context.Session.State == SessionState.Closed ? ExitCode.Failed : ExitCode.Ok;
                }
            }

            context.BreakpointCommands.Close();
        }

        return ExitCode.Ok;
    }

    private static async Task<string?> ReadAsync(ReplContext context, IReplView view, string prompt, ICommandSource source, CancellationToken ct)
    {
        var injected = context.Injected.Count > 0;
        var echo = injected || !source.ShowsInput;
        if (echo)
        {
            view.Echo(prompt);
        }

        var line = injected ? context.Injected.Dequeue() : await source.ReadLineAsync(prompt, ct).ConfigureAwait(false);
        if (echo)
        {
            view.Echo((line ?? string.Empty) + "\n");
        }

        return line;
    }
}
