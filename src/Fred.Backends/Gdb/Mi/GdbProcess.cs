using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Fred.Core;

namespace Fred.Backends;

/// <summary>A running gdb, driven by its machine interface.</summary>
/// <remarks>gdb leaves when its standard input closes, so it is gone whenever fred is gone, also after kill -9. The user's .gdbinit is not read: its commands may start programs.</remarks>
internal sealed partial class GdbProcess : IAsyncDisposable
{
    private const int Interrupt = 2;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private readonly Process _process;

    private GdbProcess(Process process)
    {
        _process = process;
        Mi = new MiConnection(process.StandardInput, process.StandardOutput, InterruptGdb);
    }

    /// <summary>Gets the way to it.</summary>
    public MiConnection Mi { get; }

    /// <summary>Gets its pid.</summary>
    public int Pid => _process.Id;

    /// <summary>Starts gdb.</summary>
    /// <param name="gdb">Its path, or a name on PATH.</param>
    /// <param name="workingDirectory">Where relative file names begin; null for fred's own.</param>
    /// <param name="ct">Cancels the start.</param>
    /// <returns>gdb, waiting for commands.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.GdbNotFound"/>.</exception>
    public static async Task<GdbProcess> StartAsync(string gdb, string? workingDirectory, CancellationToken ct)
    {
        var info = new ProcessStartInfo(gdb)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            StandardOutputEncoding = Encoding.UTF8,
            WorkingDirectory = workingDirectory ?? string.Empty,
        };
        foreach (var argument in (string[])["-nx", "-q", "--interpreter=mi3"])
        {
            info.ArgumentList.Add(argument);
        }

        // Fred's own variables would make gdb's helpers (a shell, debuginfod) part of a recording.
        info.Environment.Remove("LD_PRELOAD");
        info.Environment.Remove("DEBUGINFOD_URLS");
        var process = new Process { StartInfo = info };
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            process.Dispose();
            throw new FredException(ErrorId.GdbNotFound, $"\"{gdb}\" cannot be started: {e.Message} Install gdb 12 or newer (Debian: apt-get install gdb), or name one with --gdb PATH.", e);
        }

        process.ErrorDataReceived += static (_, _) => { };
        process.BeginErrorReadLine();
        var started = new GdbProcess(process);
        try
        {
            foreach (var command in Settings)
            {
                await started.Mi.DoAsync("-gdb-set " + command, ct).ConfigureAwait(false);
            }

            return started;
        }
        catch
        {
            await started.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Makes gdb give up what it does, as Ctrl-C would.</summary>
    public void InterruptGdb() => _ = Kill(_process.Id, Interrupt);

    /// <summary>Ends gdb and waits until it is gone.</summary>
    public async ValueTask DisposeAsync()
    {
        await Mi.DisposeAsync().ConfigureAwait(false);
        try
        {
            using var patience = new CancellationTokenSource(Patience);
            await _process.WaitForExitAsync(patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private static readonly string[] Settings =
    [
        "confirm off", "pagination off", "width 0", "height 0", "style enabled off", "breakpoint pending on", "startup-with-shell off", "debuginfod enabled off",
        "print asm-demangle on", "print thread-events off", "print inferior-events off", "stack-cache off", "code-cache off", "remotetimeout 3600",
        "unwindonsignal on", "unwind-on-terminating-exception on", "auto-solib-add on", "tcp auto-retry off", "python print-stack none",
    ];

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);
}
