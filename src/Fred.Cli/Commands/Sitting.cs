namespace Fred.Cli;

/// <summary>One run of a verb with a prompt: starts or resumes a program, runs the prompt, ends everything.</summary>
internal static class Sitting
{
    /// <summary>Runs a sitting with a program of its own.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="host">The world around.</param>
    /// <returns>The exit code.</returns>
    public static Task<int> RunAsync(PythonArguments arguments, CliHost host) =>
        RunAsync(arguments, host, async (program, ct) => (await StartAsync(program, host, ct).ConfigureAwait(false), SessionVerb.ProgramText(program)), static () => { });

    /// <summary>Runs a sitting.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="host">The world around.</param>
    /// <param name="start">Makes the sitting and says in a line what it debugs.</param>
    /// <param name="after">What is to be done when it is over or could not be made.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(
        PythonArguments arguments, CliHost host, Func<PythonArguments, CancellationToken, Task<(DebugSession Session, string Program)>> start, Action after)
    {
        using var json = arguments.JsonLines ? new JsonLinesView(host.Output) : null;
        IReplView view = json is not null ? json : new ConsoleView(host.Console);
        using var interrupts = new Interrupts { IgnoresIdle = host.IsTerminal && !arguments.JsonLines };
        try
        {
            if (arguments.Listen is not null && (arguments.JsonLines || arguments.Interactive || arguments.CommandFile is not null || arguments.Commands.Count > 0))
            {
                throw new FredException(ErrorId.Usage, "With --listen the commands are those of the gdb that connects; -x, -ex, -i and --jsonl are for the prompt.");
            }

            IReadOnlyList<string> fromFile = arguments.CommandFile is { } file ? ScriptFile.Read(file) : [];
            string[]? script = arguments.CommandFile is null && arguments.Commands.Count == 0 ? null : [.. arguments.Commands, .. fromFile];
            var (session, program) = await start(arguments, interrupts.Lifetime).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                if (arguments.Listen is { } socket)
                {
                    return await GdbListener.RunAsync(session, socket, host.Console, interrupts).ConfigureAwait(false);
                }

                var context = new ReplContext(session, view.Console, new SourceCache()) { Program = program, Store = host.Sessions, Time = host.Time };
                return await ReplLoop.RunAsync(context, view, Sources(session, script, arguments, host), interrupts).ConfigureAwait(false);
            }
        }
        catch (FredException e) when (arguments.JsonLines)
        {
            view.Complete(new CommandOutcome(string.Empty, null, new CommandError(e.Id, e.Message)));
            return e.Id == ErrorId.Usage ? ExitCode.Usage : ExitCode.Failed;
        }
        catch (OperationCanceledException) when (interrupts.Lifetime.IsCancellationRequested)
        {
            return ExitCode.Failed;
        }
        finally
        {
            after();
        }
    }

    /// <summary>Starts a program; nothing is left of it when that fails.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="host">The world around.</param>
    /// <param name="ct">Ends the start.</param>
    /// <returns>The sitting at its entry stop; the caller disposes it, and the program with it.</returns>
    public static Task<DebugSession> StartAsync(PythonArguments arguments, CliHost host, CancellationToken ct) =>
        DebugSession.StartAsync(host.MakeBackend(arguments), new SessionOptions { Interval = arguments.Interval, Replicas = Environment.ProcessorCount }, host.Time, ct);

    private static List<ICommandSource> Sources(DebugSession session, IReadOnlyList<string>? script, PythonArguments arguments, CliHost host)
    {
        List<ICommandSource> sources = script is null ? [] : [new ScriptSource(script)];
        if (script is null || arguments.Interactive)
        {
            sources.Add(host.IsTerminal && !arguments.JsonLines
                ? new TerminalSource(session, new HistoryFile(host.HistoryPath), host.Input, host.Console.Profile.Out.Writer)
                : new StreamSource(host.Input));
        }

        return sources;
    }
}
