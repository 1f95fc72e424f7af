using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Fred.Dap;

namespace Fred.Cli;

/// <summary><c>fred dap</c>: a debug adapter for editors, for one client.</summary>
internal static class DapVerb
{
    /// <summary>Makes the verb.</summary>
    /// <param name="host">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Build(CliHost host)
    {
        var socket = new Option<string?>("--socket") { Description = "Serve one client on a Unix socket instead of standard input and output.", HelpName = "PATH" };
        var port = new Option<int?>("--port") { Description = "Serve one client on this port of the loopback interface (0: any); prints the port and a token.", HelpName = "N" };
        var command = new Command("dap", "Serve an editor by the Debug Adapter Protocol.") { socket, port };
        command.Validators.Add(result =>
        {
            if (result.GetResult(socket) is not null && result.GetResult(port) is not null)
            {
                result.AddError("Either --socket or --port, not both.");
            }
        });
        command.SetAction(async (result, ct) =>
        {
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(ct);
            using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => End(context, ending));
            using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => End(context, ending));
            return (result.GetValue(socket), result.GetValue(port)) switch
            {
                ({ } path, _) => await ServeSocketAsync(path, host, ending.Token).ConfigureAwait(false),
                (_, { } number) => await ServePortAsync(number, host, ending.Token).ConfigureAwait(false),
                _ => await ServeAsync(host.Input, host.Output, null, host, ending.Token).ConfigureAwait(false),
            };
        });
        return command;
    }

    private static void End(PosixSignalContext context, CancellationTokenSource ending)
    {
        context.Cancel = true;
        ending.Cancel();
    }

    private static async Task<int> ServeSocketAsync(string path, CliHost host, CancellationToken ct)
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            listener.Bind(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException error)
        {
            throw new FredException(ErrorId.Usage, $"No socket can be made at '{path}': {error.Message} Choose a path that does not exist yet.", error);
        }

        try
        {
            listener.Listen(1);
            return await AcceptAsync(listener, null, host, ct).ConfigureAwait(false);
        }
        finally
        {
            File.Delete(path);
        }
    }

    // Every user of the machine can connect to a port: only who knows the token may start programs.
    private static async Task<int> ServePortAsync(int port, CliHost host, CancellationToken ct)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        }
        catch (Exception error) when (error is SocketException or ArgumentOutOfRangeException)
        {
            throw new FredException(ErrorId.Usage, $"Port {port} of 127.0.0.1 cannot be used: {error.Message} Use --port 0 for any free one.", error);
        }

        listener.Listen(1);
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        var line = string.Create(CultureInfo.InvariantCulture, $"fred dap: port {((IPEndPoint)listener.LocalEndPoint!).Port} token {token}\n");
        await host.Output.WriteAsync(System.Text.Encoding.ASCII.GetBytes(line), ct).ConfigureAwait(false);
        await host.Output.FlushAsync(ct).ConfigureAwait(false);
        return await AcceptAsync(listener, token, host, ct).ConfigureAwait(false);
    }

    private static async Task<int> AcceptAsync(Socket listener, string? token, CliHost host, CancellationToken ct)
    {
        try
        {
            using var client = await listener.AcceptAsync(ct).ConfigureAwait(false);
            var stream = new NetworkStream(client);
            await using (stream.ConfigureAwait(false))
            {
                return await ServeAsync(stream, stream, token, host, ct).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Ok;
        }
    }

    private static async Task<int> ServeAsync(Stream input, Stream output, string? token, CliHost host, CancellationToken ct)
    {
        using var server = new DapServer(input, output, new DapLauncher(), host.Time) { Token = token };
        if (await server.RunAsync(ct).ConfigureAwait(false) is not { } problem)
        {
            return ExitCode.Ok;
        }

        host.Error.Write(new Verbatim($"fred: {problem}\n", Theme.Error));
        return ExitCode.Failed;
    }
}
