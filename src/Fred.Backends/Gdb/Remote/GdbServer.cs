using System.Net.Sockets;
using Fred.Core;

namespace Fred.Backends;

/// <summary>Offers a sitting with a native program to a gdb of the user's, on a unix socket: <c>target extended-remote PATH</c>.</summary>
/// <remarks>A front end like any other: it moves the sitting by its commands. One gdb after the other may connect; the sitting stays until one kills the program.</remarks>
public sealed class GdbServer : IAsyncDisposable
{
    /// <summary>A watched variable that is longer is watched by gdb itself, one instruction at a time, or not at all.</summary>
    internal const int LongestWatch = 256;

    private readonly TimelineTarget _target;
    private readonly RspServer _server;
    private readonly TaskCompletionSource _killed;

    private GdbServer(TimelineTarget target, RspServer server, TaskCompletionSource killed) => (_target, _server, _killed) = (target, server, killed);

    /// <summary>Gets a task that is done when a gdb has killed the program.</summary>
    public Task Killed => _killed.Task;

    /// <summary>Gets the socket's whole path.</summary>
    public string Path => _server.Path;

    /// <summary>Begins to listen.</summary>
    /// <param name="session">The sitting, stopped; nobody else moves it from now on.</param>
    /// <param name="path">The socket; it must not exist yet. Only the user may connect.</param>
    /// <param name="tell">Shows the user something that gdb has no way to show. Any thread.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The server; disposing it takes the socket away.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.Usage"/>: there cannot be a socket at that path; <see cref="ErrorId.Unsupported"/>: the program is no native one.</exception>
    public static async Task<GdbServer> ListenAsync(DebugSession session, string path, Action<string> tell, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(session);
        var (executable, auxiliary) = await session.LookAtMachineAsync(
            async (machine, _) =>
            {
                var view = ((GdbMachine)machine).View(0);
                await using (view.ConfigureAwait(false))
                {
                    return (view.ExecutableFile, view.ReadAuxiliaryVector());
                }
            },
            ct).ConfigureAwait(false);
        var killed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var target = new TimelineTarget(session, executable, auxiliary, tell, () => killed.TrySetResult());
        try
        {
            var server = new RspServer(System.IO.Path.GetFullPath(path), () => target)
            {
                Failed = e => tell($"{e.Message} [{e.Id}]"),
                LeftAsync = async () =>
                {
                    await target.ForgetAsync().ConfigureAwait(false);
                    if (!killed.Task.IsCompleted)
                    {
                        tell("gdb has left. Another one can connect and goes on from here; Ctrl-C ends the program.");
                    }
                },
            };
            return new GdbServer(target, server, killed);
        }
        catch (Exception e) when (e is SocketException or ArgumentException or IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new FredException(ErrorId.Usage, $"There cannot be a socket at '{path}': {e.Message} Name a file that does not exist, in a directory where you may write; a path of at most 107 bytes.", e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync().ConfigureAwait(false);
        await _target.DisposeAsync().ConfigureAwait(false);
        File.Delete(Path);
    }
}
