using System.CommandLine;

namespace Fred.Cli;

/// <summary><c>fred demo</c>: Fred finds a bug in a real program, with comments.</summary>
internal static class DemoVerb
{
    /// <summary>Makes the verb.</summary>
    /// <param name="host">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Build(CliHost host)
    {
        var command = new Command("demo", "Watch Fred find the statement that broke a program's data, hundreds of thousands of statements before it failed.");
        command.SetAction(async (_, _) =>
        {
            using var interrupts = new Interrupts();
            try
            {
                return await RunAsync(host, interrupts).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (interrupts.Lifetime.IsCancellationRequested)
            {
                return ExitCode.Failed;
            }
        });
        return command;
    }

    private static async Task<int> RunAsync(CliHost host, Interrupts interrupts)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "examples", Demo.Program);
        var session = await Sitting.StartAsync(new PythonArguments { Script = program }, host, interrupts.Lifetime).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            var view = new ConsoleView(host.Console);
            var demo = new Demo(new ReplContext(session, view.Console, new SourceCache()), view, host.Time);
            return await demo.RunAsync(interrupts).ConfigureAwait(false) ? ExitCode.Ok : ExitCode.Failed;
        }
    }
}
