using System.Collections.Concurrent;

namespace Fred.Backends;

/// <summary>How a process of the session ended, as waitpid says it.</summary>
/// <param name="Raw">The raw wait status; -1 when only another process was told (a recorded child of the program's).</param>
internal readonly record struct WaitStatus(int Raw)
{
    private const int Unknown = -1;

    private static readonly (int Number, string Name)[] Signals =
    [
        (1, "SIGHUP"), (2, "SIGINT"), (3, "SIGQUIT"), (4, "SIGILL"), (5, "SIGTRAP"), (6, "SIGABRT"), (7, "SIGBUS"), (8, "SIGFPE"),
        (9, "SIGKILL"), (11, "SIGSEGV"), (13, "SIGPIPE"), (14, "SIGALRM"), (15, "SIGTERM"), (31, "SIGSYS"),
    ];

    /// <summary>Gets the exit status; null when a signal ended the process.</summary>
    public int? ExitCode => (Raw & 0x7f) == 0 ? (Raw >> 8) & 0xff : null;

    /// <summary>Gets the number of the signal that ended the process; 0 when none did.</summary>
    public int Signal => Raw & 0x7f;

    /// <inheritdoc/>
    public override string ToString()
    {
        if (Raw == Unknown)
        {
            return "its parent in the program knows how it ended";
        }

        if (ExitCode is { } code)
        {
            return $"it exited with status {code}";
        }

        foreach (var (number, name) in Signals)
        {
            if (number == Signal)
            {
                return number == 9 ? "it was killed by SIGKILL: by someone, or by the kernel for lack of memory" : $"it was ended by {name}";
            }
        }

        return $"it was ended by signal {Signal}";
    }
}

/// <summary>Who of the session's processes has ended, and how: the launcher, parent of all, reports it.</summary>
/// <remarks>
/// Exits and questions come in either order. A process whose end the launcher can no longer report, because the launcher is gone itself, has ended with it.
/// The kernel may use a pid again; so the owner of a process, having seen its end, forgets it.
/// </remarks>
internal sealed class ProcessTable
{
    private readonly ConcurrentDictionary<int, TaskCompletionSource<WaitStatus?>> _processes = new();
    private volatile bool _closed;

    /// <summary>Waits for the end of a process.</summary>
    /// <param name="pid">A process of the session.</param>
    /// <returns>How it ended; null when the launcher ended before it could say.</returns>
    public Task<WaitStatus?> WhenExitedAsync(int pid)
    {
        var entry = Entry(pid);
        if (_closed)
        {
            entry.TrySetResult(null);
        }

        return entry.Task;
    }

    /// <summary>Whether the process is known to have ended.</summary>
    public bool HasExited(int pid) => _closed || (_processes.TryGetValue(pid, out var entry) && entry.Task.IsCompleted);

    /// <summary>Notes the end of a process.</summary>
    public void Exited(int pid, WaitStatus status) => Entry(pid).TrySetResult(status);

    /// <summary>The owner of the process has seen its end; the pid may come again.</summary>
    public void Forget(int pid) => _processes.TryRemove(pid, out _);

    /// <summary>The launcher is gone, and with it every process.</summary>
    public void Close()
    {
        _closed = true;
        foreach (var entry in _processes.Values)
        {
            entry.TrySetResult(null);
        }
    }

    private TaskCompletionSource<WaitStatus?> Entry(int pid) =>
        _processes.GetOrAdd(pid, static _ => new TaskCompletionSource<WaitStatus?>(TaskCreationOptions.RunContinuationsAsynchronously));
}
