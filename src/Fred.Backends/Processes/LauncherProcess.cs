using System.ComponentModel;
using System.Diagnostics;
using Fred.Core;

namespace Fred.Backends;

/// <summary>fred-launcher: the only operating-system process that C# starts, parent of every other one of the session.</summary>
/// <remarks>
/// Its life is the session's: when its socket closes, also by kill -9 of fred, it kills all its descendants and removes the session's directory.
/// It inherits fred's standard streams and passes them on to the program. Its messages, exits included, go to the handler.
/// </remarks>
internal sealed class LauncherProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly Process _process;
    private readonly AgentConnection _connection;

    private LauncherProcess(Process process, AgentConnection connection)
    {
        _process = process;
        _connection = connection;
    }

    /// <summary>Gets the launcher's pid; its streams 0 to 2 are what the program got.</summary>
    public int Pid => _process.Id;

    /// <summary>Gets the reason when the launcher is gone.</summary>
    public Task<FredException> Closed => _connection.Closed;

    /// <summary>Starts the launcher.</summary>
    /// <param name="spec">What it will start.</param>
    /// <param name="directory">The session's.</param>
    /// <param name="connected">The launcher's connection, once the listener has it.</param>
    /// <param name="handler">Gets its messages.</param>
    /// <param name="ct">Cancels the start.</param>
    /// <returns>The launcher, connected.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.LaunchFailed"/>.</exception>
    public static async Task<LauncherProcess> StartAsync(LaunchSpec spec, SessionDirectory directory, Task<Arrival> connected, Action<AgentMessage> handler, CancellationToken ct)
    {
        var process = new Process { StartInfo = StartInfo(spec, directory) };
        try
        {
            process.Start();
        }
        catch (Exception e) when (e is Win32Exception or IOException)
        {
            process.Dispose();
            throw new FredException(ErrorId.LaunchFailed, $"{spec.Launcher} cannot be started: {e.Message} Build fred again; its native part needs a C compiler.", e);
        }

        try
        {
            var exited = process.WaitForExitAsync(ct);
            if (await Task.WhenAny(connected, exited).ConfigureAwait(false) == exited)
            {
                ct.ThrowIfCancellationRequested();
                throw new FredException(ErrorId.LaunchFailed, $"fred-launcher ended at once with status {process.ExitCode}. What it wrote to standard error says why.");
            }

            var arrival = await connected.ConfigureAwait(false);
            return new LauncherProcess(process, new AgentConnection(arrival.Lines, handler, () => ExplainAsync(process), greeting: false));
        }
        catch
        {
            await EndAsync(process).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Asks for the program to be started.</summary>
    /// <param name="token">Comes back in the answer.</param>
    /// <param name="realStreams">Whether it gets the real standard streams; a re-execution gets none.</param>
    public Task SpawnAsync(long token, bool realStreams) => _connection.SendAsync(AgentCommand.Spawn(token, realStreams));

    /// <summary>Asks for another program to be started.</summary>
    /// <param name="token">Comes back in the answer.</param>
    /// <param name="realStreams">Whether it gets the real standard streams.</param>
    /// <param name="words">A file with its variables, path and arguments.</param>
    public Task StartAsync(long token, bool realStreams, string words) => _connection.SendAsync(AgentCommand.Start(token, realStreams, words));

    /// <summary>Kills one of the session's processes. Returns at once; its end is reported.</summary>
    public void Kill(int pid) => _ = _connection.SendAsync(AgentCommand.Kill(pid));

    /// <summary>Sends a signal to one of the session's processes. Returns at once.</summary>
    public void Signal(int pid, int signal) => _ = _connection.SendAsync(AgentCommand.Signal(pid, signal));

    /// <summary>Tells of a process of the session that is another one's child: it can be killed and signalled, and its end is reported. Returns at once.</summary>
    public void Adopt(int pid) => _ = _connection.SendAsync(AgentCommand.Adopt(pid));

    /// <summary>Ends the launcher and with it every process of the session; waits until they are gone.</summary>
    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync().ConfigureAwait(false);
        await EndAsync(_process).ConfigureAwait(false);
    }

    private static async Task<FredException> ExplainAsync(Process process)
    {
        await EndAsync(process).ConfigureAwait(false);
        return new FredException(ErrorId.HeadLost, "fred-launcher, the parent of all processes of the session, has ended, and they with it. The session is over; start it again.");
    }

    private static async Task EndAsync(Process process)
    {
        try
        {
            using var patience = new CancellationTokenSource(Patience);
            await process.WaitForExitAsync(patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
        }
        catch (InvalidOperationException)
        {
            // Ended and forgotten: disposed before.
        }
    }

    private static ProcessStartInfo StartInfo(LaunchSpec spec, SessionDirectory directory)
    {
        var info = new ProcessStartInfo(spec.Launcher) { UseShellExecute = false, WorkingDirectory = spec.WorkingDirectory ?? string.Empty };
        var arguments = info.ArgumentList;
        Option("--socket", directory.SocketPath);
        Option("--cleanup", directory.Path);
        Option("--environment", spec.EnvironmentFile);
        Option("--stdin", spec.StandardInput);
        Option("--stdout", spec.StandardOutput);
        Option("--stderr", spec.StandardError);
        if (spec.OutputToError)
        {
            arguments.Add("--stdout-to-stderr");
        }

        arguments.Add("--");
        foreach (var (name, value) in spec.Environment)
        {
            arguments.Add($"{name}={value}");
        }

        arguments.Add(spec.Program);
        foreach (var argument in spec.Arguments)
        {
            arguments.Add(argument);
        }

        return info;

        void Option(string name, string? value)
        {
            if (value is not null)
            {
                arguments.Add(name);
                arguments.Add(value);
            }
        }
    }
}
