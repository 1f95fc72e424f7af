using System.CommandLine;

namespace Fred.Cli;

/// <summary><c>fred rpc</c>: the verbs of the prompt for programs in any language.</summary>
internal static class RpcVerb
{
    /// <summary>Makes the verb.</summary>
    /// <param name="host">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Build(CliHost host)
    {
        var command = new Command("rpc", "Serve a script by JSON-RPC 2.0 over standard input and output, one message a line. See docs/rpc.md.");
        command.SetAction(async (_, _) =>
        {
            using var interrupts = new Interrupts();
            var writer = new RpcWriter(host.Output);
            var methods = new RpcMethods(host, writer);
            await using (methods.ConfigureAwait(false))
            {
                await new RpcServer(host.Input, writer, methods).RunAsync(interrupts.Lifetime).ConfigureAwait(false);
            }

            return interrupts.Lifetime.IsCancellationRequested ? ExitCode.Failed : ExitCode.Ok;
        });
        return command;
    }
}
