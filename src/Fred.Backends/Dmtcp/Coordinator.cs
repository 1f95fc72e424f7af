using System.Globalization;
using System.Runtime.InteropServices;
using Fred.Core;

namespace Fred.Backends;

/// <summary>DMTCP's coordinator of one session: a child of its launcher, on a port of its own.</summary>
/// <remarks>
/// It answers in small messages that wait for each other for 40 ms each, because it does not switch that off. The sockets it accepts inherit the switch from the one it listens on, so that one is
/// reached from outside before anyone connects; where that is not allowed, checkpoints are slower. Its port comes through a named pipe, so nobody waits by looking again and again.
/// </remarks>
internal static partial class Coordinator
{
    private const long PidfdOpen = 434;
    private const long PidfdGetFd = 438;
    private const int Tcp = 6;
    private const int NoDelay = 1;
    private const uint PipeMode = 0x180; // 0600

    /// <summary>Starts one.</summary>
    /// <param name="host">The session.</param>
    /// <param name="tools">DMTCP.</param>
    /// <param name="ct">Cancels; it is then ended with the session.</param>
    /// <returns>Its port.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.DmtcpFailed"/>: it did not start.</exception>
    public static async Task<int> StartAsync(AgentHost host, DmtcpTools tools, CancellationToken ct)
    {
        var directory = host.Directory.Path;
        var (pipe, log) = (Path.Combine(directory, "port"), Path.Combine(directory, "coordinator.log"));
        if (MakePipe(pipe, PipeMode) != 0)
        {
            throw new FredException(ErrorId.DmtcpFailed, $"No named pipe could be made in {directory}: {Marshal.GetLastPInvokeErrorMessage()}.");
        }

        var port = Task.Run(() => File.ReadAllText(pipe), ct);
        var pid = await host.StartHelperAsync(
            [$"JALIB_STDERR_PATH={log}", $"DMTCP_TMPDIR={directory}", tools.Coordinator, "-q", "-q", "--exit-on-last", "-p", "0", "--port-file", pipe, "--ckptdir", directory, "--tmpdir", directory, "--stale-timeout", "60", "--coord-logfile", log], ct).ConfigureAwait(false);
        var exited = host.Processes.WhenExitedAsync(pid);
        if (await Task.WhenAny(port, exited).ConfigureAwait(false) != port)
        {
            // The reader waits for someone who opens the pipe.
            await File.WriteAllTextAsync(pipe, string.Empty, CancellationToken.None).ConfigureAwait(false);
        }

        var text = await port.ConfigureAwait(false);
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            var status = await exited.ConfigureAwait(false);
            throw new FredException(ErrorId.DmtcpFailed, $"DMTCP's coordinator did not start: {status?.ToString() ?? "the session ended"}. {Tail(log)}");
        }

        SendAtOnce(pid);
        return number;
    }

    private static string Tail(string log)
    {
        try
        {
            var text = File.ReadAllText(log).Trim();
            return text.Length > 0 ? $"It said: {text[^Math.Min(text.Length, 300)..]}" : string.Empty;
        }
        catch (IOException)
        {
            return string.Empty;
        }
    }

    private static void SendAtOnce(int pid)
    {
        var process = (int)Call(PidfdOpen, pid, 0, 0);
        if (process < 0)
        {
            return;
        }

        foreach (var entry in Directory.EnumerateFiles($"/proc/{pid}/fd"))
        {
            var isSocket = new FileInfo(entry).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) == true;
            var copy = isSocket ? (int)Call(PidfdGetFd, process, int.Parse(Path.GetFileName(entry), CultureInfo.InvariantCulture), 0) : -1;
            if (copy >= 0)
            {
                var on = 1;
                _ = SetOption(copy, Tcp, NoDelay, ref on, sizeof(int));
                _ = Close(copy);
            }
        }

        _ = Close(process);
    }

    [LibraryImport("libc", EntryPoint = "mkfifo", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakePipe(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial long Call(long number, long first, long second, long third);

    [LibraryImport("libc", EntryPoint = "setsockopt")]
    private static partial int SetOption(int descriptor, int level, int name, ref int value, uint length);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
