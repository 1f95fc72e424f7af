using System.Collections.Concurrent;
using System.Globalization;
using Fred.Core;

namespace Fred.Backends;

/// <summary>What all processes of one session share: directory, socket, control page, launcher, and who is alive.</summary>
/// <remarks>Disposing ends every process and removes every file, whatever has failed before.</remarks>
internal sealed class AgentHost : IAsyncDisposable
{
    private readonly AgentListener _listener;
    private readonly TaskCompletionSource<Arrival> _launcherArrival = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<long, TaskCompletionSource<int>> _helpers = new();
    private LauncherProcess? _launcher;
    private int? _parent;
    private volatile bool _childHasEnded;

    private AgentHost(SessionDirectory directory)
    {
        Directory = directory;
        Page = new ControlPage(directory.PagePath);
        _listener = new AgentListener(directory.SocketPath, Welcome);
    }

    public SessionDirectory Directory { get; }

    public ControlPage Page { get; }

    public ProcessTable Processes { get; } = new();

    public Arrivals Arrivals { get; } = new();

    public ImageWriter Images { get; } = new();

    /// <summary>Gets the launcher's pid.</summary>
    public int LauncherPid => Launcher.Pid;

    /// <summary>Gets the directory through which the program's real standard streams can be opened again.</summary>
    public string StreamDirectory => $"/proc/{Launcher.Pid}/fd";

    private LauncherProcess Launcher => _launcher ?? throw new InvalidOperationException("The launcher has not been started.");

    /// <summary>Makes the session's directory and starts its launcher.</summary>
    /// <param name="describe">What to launch, given the directory.</param>
    /// <param name="ct">Cancels the start; nothing is left then.</param>
    /// <param name="parent">Where to make the directory; null for the temp directory.</param>
    /// <returns>The host; the caller disposes it.</returns>
    public static async Task<AgentHost> StartAsync(Func<SessionDirectory, LaunchSpec> describe, CancellationToken ct, string? parent = null)
    {
        var directory = SessionDirectory.Create(parent);
        AgentHost? host = null;
        try
        {
            host = new AgentHost(directory);
            host._launcher = await LauncherProcess.StartAsync(describe(directory), directory, host._launcherArrival.Task, host.Receive, ct).ConfigureAwait(false);
            _ = host.WatchLauncherAsync(host._launcher);
            return host;
        }
        catch
        {
            directory.Dispose();
            if (host is not null)
            {
                await host.DisposeAsync().ConfigureAwait(false);
            }

            throw;
        }
    }

    /// <summary>Starts the program once more.</summary>
    /// <param name="realStreams">Whether it gets the real standard streams.</param>
    /// <param name="ct">Cancels; the process, should it come, is ended.</param>
    /// <returns>The process, waiting for its mode.</returns>
    public Task<Arrival> SpawnAsync(bool realStreams, CancellationToken ct) => MakeAsync(token => Launcher.SpawnAsync(token, realStreams), ct);

    /// <summary>Starts the program by another command than the launcher's.</summary>
    /// <param name="words">Variables, path and arguments.</param>
    /// <param name="ct">Cancels; the process, should it come, is ended.</param>
    /// <returns>The process, waiting for its mode.</returns>
    public Task<Arrival> SpawnAsync(IReadOnlyList<string> words, CancellationToken ct) => MakeAsync(token => Launcher.StartAsync(token, realStreams: true, WriteWords(token, words)), ct);

    /// <summary>Starts a helper of the session, without standard streams. It ends with the session.</summary>
    /// <param name="words">Variables, path and arguments.</param>
    /// <param name="ct">Cancels the waiting.</param>
    /// <returns>Its pid.</returns>
    public async Task<int> StartHelperAsync(IReadOnlyList<string> words, CancellationToken ct)
    {
        var token = Arrivals.NewToken();
        var started = _helpers[token] = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        await Launcher.StartAsync(token, realStreams: false, WriteWords(token, words)).ConfigureAwait(false);
        if (await Task.WhenAny(started.Task, Launcher.Closed).WaitAsync(ct).ConfigureAwait(false) != started.Task)
        {
            throw await Launcher.Closed.ConfigureAwait(false);
        }

        return await started.Task.ConfigureAwait(false);
    }

    /// <summary>Has a stopped process fork.</summary>
    /// <param name="parent">The stopped process.</param>
    /// <param name="command">The command line for a token.</param>
    /// <param name="ct">Cancels; the child, should it come, is ended.</param>
    /// <returns>The child.</returns>
    public async Task<Arrival> ForkAsync(AgentConnection parent, Func<long, string> command, CancellationToken ct)
    {
        using var lost = new CancellationTokenSource();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, lost.Token);
        var arrival = MakeAsync(token => parent.SendAsync(command(token)), either.Token);
        if (await Task.WhenAny(arrival, parent.Closed).ConfigureAwait(false) == arrival)
        {
            return await arrival.ConfigureAwait(false);
        }

        await lost.CancelAsync().ConfigureAwait(false);
        await arrival.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default).ConfigureAwait(false);
        throw await parent.Closed.ConfigureAwait(false);
    }

    /// <summary>Gets what a process's messages that answer no request mean to the session as a whole.</summary>
    public void Receive(AgentMessage message)
    {
        switch (message)
        {
            case AgentMessage.Imaged image:
                Images.Done(image.Token, image.Status);
                break;
            case AgentMessage.Spawned made when _helpers.TryRemove(made.Token, out var helper):
                helper.TrySetResult(made.Pid);
                break;
            case AgentMessage.Failed failed when _helpers.TryRemove(failed.Token, out var helper):
                helper.TrySetException(new FredException(ErrorId.LaunchFailed, $"A program that the session needs could not be started ({Errno.Name(failed.Errno)})."));
                break;
            case AgentMessage.Spawned made:
                Arrivals.Made(made.Token, made.Pid);
                break;
            case AgentMessage.Forked made:
                Arrivals.Made(made.Token, made.Pid);
                break;
            case AgentMessage.Failed failed:
                Arrivals.Failed(failed.Token, failed.Errno);
                break;
            case AgentMessage.Exited exited:
                Arrivals.Exited(exited.Pid, new WaitStatus(exited.Status));
                Processes.Exited(exited.Pid, new WaitStatus(exited.Status));
                break;
        }
    }

    /// <summary>Interrupts a system call of a process.</summary>
    public void Interrupt(int pid) => Launcher.Signal(pid, PauseSignal);

    /// <summary>Finds a process of the program that has its memory.</summary>
    /// <param name="head">The head; null when there is none.</param>
    /// <param name="forks">Its parked forks, for when it was killed; null when there are none.</param>
    /// <returns>Its pid.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.HeadLost"/>: none is left.</exception>
    public int AnyOf(SessionProcess? head, ForkEngine? forks) => head is not null && File.Exists($"/proc/{head.Pid}/environ") && !Processes.HasExited(head.Pid)
        ? head.Pid
        : forks?.AnyPid() ?? throw new FredException(ErrorId.HeadLost, "No process of the program is left, so that its recording cannot be kept.");

    /// <summary>Takes charge of a process.</summary>
    public OwnedProcess Own(int pid) => new(pid, RetireAsync);

    /// <summary>The program's recording goes on in another process: a child of the program's, or the copy that one leaves when it ends.</summary>
    /// <param name="from">The process so far.</param>
    /// <param name="to">The process from now on.</param>
    /// <param name="isCopy">Whether it is a copy.</param>
    public void Follow(int from, int to, bool isCopy)
    {
        Launcher.Adopt(to);
        if (isCopy)
        {
            _childHasEnded = true;
        }
        else
        {
            _parent = from;
        }
    }

    /// <summary>Ends the parent of a recorded child that is about to be killed, so that it does nothing on account of that.</summary>
    public void EndParent()
    {
        if (!_childHasEnded && _parent is { } parent)
        {
            Launcher.Kill(parent);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await WaitForParentAsync().ConfigureAwait(false);
        if (_launcher is not null)
        {
            await _launcher.DisposeAsync().ConfigureAwait(false);
        }

        Processes.Close();
        Arrivals.Close(new FredException(ErrorId.NotNow, "The session is over."));
        await _listener.DisposeAsync().ConfigureAwait(false);
        Page.Dispose();
        Directory.Dispose();
    }

    // What a program still has to do when its child, whose recording was of interest, has ended.
    private static readonly TimeSpan ParentsTime = TimeSpan.FromSeconds(5);

    private async Task WaitForParentAsync()
    {
        if (!_childHasEnded || _parent is not { } parent)
        {
            return;
        }

        try
        {
            await Processes.WhenExitedAsync(parent).WaitAsync(ParentsTime).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // It is ended with the session.
        }
    }

    // SIGSTKFLT: nothing else uses it.
    private const int PauseSignal = 16;

    private void Welcome(Arrival arrival)
    {
        if (arrival.Hello.Role != AgentRole.Launcher)
        {
            Arrivals.Arrived(arrival);
        }
        else if (!_launcherArrival.TrySetResult(arrival))
        {
            arrival.Lines.Dispose();
        }
    }

    private string WriteWords(long token, IReadOnlyList<string> words)
    {
        var path = Path.Combine(Directory.Path, string.Create(CultureInfo.InvariantCulture, $"start-{token}"));
        File.WriteAllText(path, string.Concat(words.Select(word => word + "\0")));
        return path;
    }

    private async Task<WaitStatus?> RetireAsync(int pid)
    {
        if (!Processes.HasExited(pid))
        {
            Launcher.Kill(pid);
        }

        var status = await Processes.WhenExitedAsync(pid).ConfigureAwait(false);
        Processes.Forget(pid);
        return status;
    }

    private async Task WatchLauncherAsync(LauncherProcess launcher)
    {
        var reason = await launcher.Closed.ConfigureAwait(false);
        Processes.Close();
        Arrivals.Close(reason);
    }

    private async Task<Arrival> MakeAsync(Func<long, Task> ask, CancellationToken ct)
    {
        var (token, arrival) = Arrivals.Expect();
        await using var cancelled = ct.Register(() => Arrivals.Withdraw(token)).ConfigureAwait(false);
        try
        {
            await ask(token).ConfigureAwait(false);
            return await arrival.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            throw new OperationCanceledException(ct);
        }
        catch
        {
            Arrivals.Withdraw(token);
            throw;
        }
    }
}
