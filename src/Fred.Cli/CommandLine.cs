using System.CommandLine;
using System.CommandLine.Invocation;

namespace Fred.Cli;

/// <summary>The command line: verbs, options, exit codes.</summary>
internal static class CommandLine
{
    /// <summary>Runs fred.</summary>
    /// <param name="args">Without the program's own name.</param>
    /// <param name="host">The world around.</param>
    /// <returns>The exit code, see <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, CliHost host)
    {
        try
        {
            return await InvokeAsync(args, host).ConfigureAwait(false);
        }
        catch (FredException e)
        {
            host.Error.Write(new Verbatim($"fred: {e.Message} [{e.Id}]\n", Theme.Error));
            return e.Id == ErrorId.Usage ? ExitCode.Usage : ExitCode.Failed;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            host.Error.Write(new Verbatim($"fred: this is an error in fred itself, please report it: {e}\n", Theme.Error));
            return ExitCode.Failed;
        }
    }

    private static async Task<int> InvokeAsync(IReadOnlyList<string> args, CliHost host)
    {
        if (args.Count > 0 && args[0] == WorkspaceVerb.Name)
        {
            return await WorkspaceVerb.RunAsync([.. args.Skip(1)], CancellationToken.None).ConfigureAwait(false);
        }

        var (python, gdb) = (new PythonVerb(), new GdbVerb());
        var root = new RootCommand("Fred, a debugger that also goes backwards.")
        {
            python.Build(host),
            gdb.Build(host),
            BisectVerb.Build(host),
            DiffVerb.Build(host),
            SessionVerb.Build(host),
            WorkspaceVerb.Build(),
            DapVerb.Build(host),
            RpcVerb.Build(host),
            PythonPathVerb.Build(host),
            TerminalVerb.Build(),
            DoctorVerb.Build(host),
            DemoVerb.Build(host),
        };
        foreach (var verb in HistoryVerb.Build(host))
        {
            root.Subcommands.Add(verb);
        }

        var result = root.Parse(gdb.SeparateProgram(python.SeparateProgram(args)), new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (result.Action is ParseErrorAction || (result.Action is null && result.Errors.Count > 0))
        {
            foreach (var error in result.Errors)
            {
                host.Error.Write(new Verbatim($"fred: {error.Message}\n", Theme.Error));
            }

            host.Error.Write(new Verbatim($"Try 'fred {(args.Count > 0 && args[0] is "python" or "gdb" or "bisect" or "log" or "history-of" or "calls" or "diff" ? args[0] + " " : string.Empty)}--help'.\n"));
            return ExitCode.Usage;
        }

        // Signals belong to the sitting, which knows what a Ctrl-C stops.
        var configuration = new InvocationConfiguration
        {
            ProcessTerminationTimeout = null,
            EnableDefaultExceptionHandler = false,
            Output = host.Console.Profile.Out.Writer,
            Error = host.Error.Profile.Out.Writer,
        };
        return await result.InvokeAsync(configuration).ConfigureAwait(false);
    }
}
