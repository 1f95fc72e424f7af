namespace Fred.Backends;

/// <summary>The right and duty to end one process of the session. Its end is asked for once, however many want it.</summary>
/// <remarks>When it is gone its pid is forgotten, because the kernel may give it to another process of the session.</remarks>
/// <param name="pid">The process.</param>
/// <param name="retire">Kills a process, waits until it is gone, and forgets its pid.</param>
internal sealed class OwnedProcess(int pid, Func<int, Task<WaitStatus?>> retire)
{
    private readonly Lock _gate = new();
    private Task<WaitStatus?>? _ending;

    /// <summary>Gets the process's pid.</summary>
    public int Pid => pid;

    /// <summary>Kills the process and waits until it is gone.</summary>
    /// <returns>How it ended; null when the launcher ended first.</returns>
    public Task<WaitStatus?> EndAsync()
    {
        lock (_gate)
        {
            return _ending ??= retire(pid);
        }
    }
}
