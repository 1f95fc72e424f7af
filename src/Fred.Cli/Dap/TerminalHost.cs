using System.Net.Sockets;
using System.Text;
using Fred.Dap;

namespace Fred.Cli;

/// <summary>A terminal of the editor for a debugged program, seen from the server.</summary>
/// <remarks>
/// The editor can only run a command in its terminal, but the program has to be the launcher's child. So the command is <c>fred dap-terminal</c>: it says the
/// terminal's name and then holds the terminal until the server closes the connection. The program opens the terminal by name: it reads what the
/// user types and is never in the terminal's job control.
/// </remarks>
internal sealed class TerminalHost : IAsyncDisposable
{
    // The editor has said that the command runs. Then it is a matter of the start of a process on a busy machine.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly StreamReader _reader;
    private readonly Task _listening;

    private TerminalHost(Socket connection, StreamReader reader, string device, IEditorTerminal terminal)
    {
        (_reader, Device) = (reader, device);
        _listening = Task.Run(() => ListenAsync(connection, reader, terminal));
    }

    /// <summary>Gets the terminal's name, such as /dev/pts/3.</summary>
    public string Device { get; }

    /// <summary>Opens a terminal in the editor.</summary>
    /// <param name="terminal">The editor's terminals.</param>
    /// <param name="settings">What is to run there.</param>
    /// <param name="ct">Stops waiting for the terminal.</param>
    /// <returns>The terminal; disposing lets go of it.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.LaunchFailed"/>: there is none.</exception>
    public static async Task<TerminalHost> OpenAsync(IEditorTerminal terminal, LaunchSettings settings, CancellationToken ct)
    {
        var directory = Directory.CreateTempSubdirectory("fred-terminal-");
        try
        {
            var path = Path.Combine(directory.FullName, "socket");
            using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            listener.Bind(new UnixDomainSocketEndPoint(path));
            listener.Listen(1);
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
            patience.CancelAfter(Patience);
            var fred = Environment.ProcessPath ?? throw new FredException(ErrorId.LaunchFailed, "fred does not know its own path, which the editor's terminal has to run.");
            await terminal.RunAsync("Fred", settings.Directory ?? Environment.CurrentDirectory, [fred, TerminalVerb.Name, path], ct).ConfigureAwait(false);
            return await AcceptAsync(listener, terminal, patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (!ct.IsCancellationRequested)
        {
            throw new FredException(
                ErrorId.LaunchFailed, $"The editor's terminal did not report within {Patience.TotalSeconds} s. Is it open? Set \"console\" to internalConsole to do without.", error);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _reader.Dispose();
#pragma warning disable VSTHRD003 // Started by this class.
        await _listening.ConfigureAwait(false);
#pragma warning restore VSTHRD003
    }

    private static async Task<TerminalHost> AcceptAsync(Socket listener, IEditorTerminal terminal, CancellationToken ct)
    {
        var connection = await listener.AcceptAsync(ct).ConfigureAwait(false);
        var reader = new StreamReader(new NetworkStream(connection, ownsSocket: true), Encoding.UTF8);
        try
        {
            return await reader.ReadLineAsync(ct).ConfigureAwait(false) is { Length: > 0 } device
                ? new TerminalHost(connection, reader, device, terminal)
                : throw new FredException(ErrorId.LaunchFailed, "What the editor opened is no terminal. Set \"console\" to internalConsole to do without.");
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    private static async Task ListenAsync(Socket connection, StreamReader reader, IEditorTerminal terminal)
    {
        try
        {
            while (await reader.ReadLineAsync().ConfigureAwait(false) is not null)
            {
                terminal.Interrupt();
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // Let go of.
        }

        connection.Dispose();
    }
}
