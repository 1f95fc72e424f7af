using System.CommandLine;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace Fred.Cli;

/// <summary><c>fred dap-terminal SOCKET</c>: what an editor runs in a terminal for a debugged program (see <see cref="TerminalHost"/>). Not for people.</summary>
internal static class TerminalVerb
{
    /// <summary>The verb.</summary>
    public const string Name = "dap-terminal";

    /// <summary>Makes the verb.</summary>
    /// <returns>The command.</returns>
    public static Command Build()
    {
        var socket = new Argument<string>("socket");
        var command = new Command(Name, "Lends this terminal to a program that an editor debugs.") { socket };
        command.Hidden = true;
        command.SetAction((result, ct) => RunAsync(result.GetValue(socket) ?? string.Empty, ct));
        return command;
    }

    private static async Task<int> RunAsync(string path, CancellationToken ct)
    {
        using var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await connection.ConnectAsync(new UnixDomainSocketEndPoint(path), ct).ConfigureAwait(false);
            using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
            {
                context.Cancel = true;
                connection.Send("interrupt\n"u8);
            });
            var device = Console.IsInputRedirected ? string.Empty : File.ResolveLinkTarget("/proc/self/fd/0", returnFinalTarget: false)?.FullName ?? string.Empty;
            await connection.SendAsync(Encoding.UTF8.GetBytes(device + "\n"), SocketFlags.None, ct).ConfigureAwait(false);
            await connection.ReceiveAsync(new byte[1], SocketFlags.None, ct).ConfigureAwait(false);
            return ExitCode.Ok;
        }
        catch (SocketException error)
        {
            throw new FredException(ErrorId.LaunchFailed, $"The debugger that asked for this terminal cannot be reached at {path}: {error.Message}", error);
        }
    }
}
