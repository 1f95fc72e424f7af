using Fred.Backends;
using Spectre.Console;

namespace Fred.Cli;

/// <summary>A sitting that a gdb of the user's moves, instead of commands at a prompt.</summary>
internal static class GdbListener
{
    /// <summary>Listens until a gdb kills the program, or Ctrl-C ends it. While the program runs, Ctrl-C pauses it, as in gdb.</summary>
    /// <param name="session">Stopped.</param>
    /// <param name="socket">Where gdb connects.</param>
    /// <param name="console">Where to say so.</param>
    /// <param name="interrupts">Ctrl-C.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(DebugSession session, string socket, IAnsiConsole console, Interrupts interrupts)
    {
        var gate = new Lock();
        var told = TellEventsAsync(session, Tell);
        var server = await GdbServer.ListenAsync(session, socket, Tell, interrupts.Lifetime).ConfigureAwait(false);
        await using (server.ConfigureAwait(false))
        {
            Tell($"Waiting for gdb: target remote {server.Path}");
            while (true)
            {
                using var interrupt = interrupts.Begin();
                var pressed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                using var noted = interrupt.Token.Register(() => pressed.TrySetResult());
                await Task.WhenAny(server.Killed, pressed.Task).ConfigureAwait(false);
                if (server.Killed.IsCompleted || interrupts.Lifetime.IsCancellationRequested || session.State is not (SessionState.Running or SessionState.Travelling))
                {
                    break;
                }

                session.Pause();
            }
        }

        await session.DisposeAsync().ConfigureAwait(false);
        await told.ConfigureAwait(false);
        return ExitCode.Ok;

        void Tell(string text)
        {
            lock (gate)
            {
                console.Write(new Verbatim($"fred: {text}\n"));
            }
        }
    }

    /// <summary>Shows what the sitting has to say, until it is over.</summary>
    private static async Task TellEventsAsync(DebugSession session, Action<string> tell)
    {
        await foreach (var happened in session.Events.ReadAllAsync().ConfigureAwait(false))
        {
            switch (happened)
            {
                case SessionEvent.Notice notice:
                    tell(notice.Text);
                    break;
                case SessionEvent.BranchChanged changed when changed.Branch.Parent is not null:
                    tell($"The past was changed: {changed.Branch.Name} begins here.");
                    break;
            }
        }
    }
}
