using System.Security.Cryptography;
using System.Text;

namespace Fred.Dap;

/// <summary>From initialize to the first run, and restarts.</summary>
internal sealed class LifecycleHandlers : IEditorTerminal
{
    private readonly Sitting _sitting;
    private readonly DapConnection _connection;
    private readonly IDebuggeeLauncher _launcher;
    private readonly Mover _mover;
    private readonly TaskCompletionSource _configured = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string? _token;
    private LaunchArguments? _launch;

    /// <summary>Initializes a new instance of the <see cref="LifecycleHandlers"/> class.</summary>
    public LifecycleHandlers(Sitting sitting, DapConnection connection, IDebuggeeLauncher launcher, Mover mover, string? token)
    {
        _sitting = sitting;
        _connection = connection;
        _launcher = launcher;
        _mover = mover;
        _token = token;
    }

    /// <summary>Adds the handlers to the map.</summary>
    public void Register(Dictionary<string, RequestHandler> map)
    {
        map["initialize"] = InitializeAsync;
        map["launch"] = LaunchAsync;
        map["configurationDone"] = ConfigurationDoneAsync;
        map["restart"] = RestartAsync;
        map["threads"] = ThreadsAsync;
    }

    /// <inheritdoc/>
    async Task IEditorTerminal.RunAsync(string title, string directory, IReadOnlyList<string> arguments, CancellationToken ct)
    {
        string kind = _sitting.Settings?.Console == LaunchConsole.ExternalTerminal ? "external" : "integrated";
        DapClientResponse answer = await _connection.AskAsync("runInTerminal", new RunInTerminalArguments(kind, title, directory, arguments), ct).ConfigureAwait(false);
        if (!answer.Success)
        {
            throw new FredException(
                ErrorId.LaunchFailed, $"The editor could not open a terminal for the program: {answer.Message ?? "no reason given"}. Set \"console\" to internalConsole to do without.");
        }
    }

    /// <inheritdoc/>
    void IEditorTerminal.Interrupt() => _sitting.Travel.Cancel();

    private Task<DapResult> InitializeAsync(DapRequest request, CancellationToken ct)
    {
        _sitting.Client = request.Bind(DapJson.Default.InitializeArguments);
        if (_sitting.Client is { LinesStartAt1: false })
        {
            throw new DapRequestException("Fred counts lines from 1; set linesStartAt1 to true.");
        }
        return Task.FromResult(DapResult.Of(ServerCapabilities.AtStart));
    }

    // Answered only when the client is done with its configuration: the program's first statement must not run before the breakpoints are set.
    private async Task<DapResult> LaunchAsync(DapRequest request, CancellationToken ct)
    {
        if (_launch is not null)
        {
            throw new FredException(ErrorId.NotNow, "A program is being launched already.");
        }
        try
        {
            await OpenAsync(_launch = request.Bind(DapJson.Default.LaunchArguments), ct).ConfigureAwait(false);
            _connection.SendEvent("initialized", null);
            await _configured.Task.WaitAsync(ct).ConfigureAwait(false);
            return FirstRun();
        }
        catch
        {
            await _sitting.CloseAsync().ConfigureAwait(false);
            _launch = null;
            throw;
        }
    }

    private Task<DapResult> ConfigurationDoneAsync(DapRequest request, CancellationToken ct)
    {
        _configured.TrySetResult();
        return Task.FromResult(DapResult.Ok);
    }

    private async Task<DapResult> RestartAsync(DapRequest request, CancellationToken ct)
    {
        RestartArguments arguments = request.Bind(DapJson.Default.RestartArguments);
        if (arguments.Arguments is { ValueKind: System.Text.Json.JsonValueKind.Object } fresh)
        {
            _launch = new DapRequest(request.Seq, "launch", fresh).Bind(DapJson.Default.LaunchArguments);
        }
        await _sitting.CloseAsync().ConfigureAwait(false);
        try
        {
            await OpenAsync(_launch ?? throw new FredException(ErrorId.NotNow, "Nothing has been launched that could be started again."), ct).ConfigureAwait(false);
        }
        catch
        {
            _connection.SendEvent("terminated", null);
            throw;
        }
        return FirstRun();
    }

    private async Task OpenAsync(LaunchArguments arguments, CancellationToken ct)
    {
        if (_token is not null && !CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(_token), Encoding.UTF8.GetBytes(arguments.Token ?? "")))
        {
            throw new FredException(ErrorId.Usage, "This server wants the token it printed when it started: put it into the launch configuration as \"token\".");
        }
        LaunchSettings settings = LaunchSettingsReader.Read(arguments);
        IEditorTerminal? terminal = _sitting.Client.SupportsRunInTerminalRequest == true && settings.Console != LaunchConsole.Internal ? this : null;
        _sitting.Settings = settings;
        Debuggee debuggee = await _launcher.LaunchAsync(settings, terminal, ct).ConfigureAwait(false);
        await _sitting.OpenAsync(debuggee, ct).ConfigureAwait(false);
        _connection.SendEvent("capabilities", new CapabilitiesBody(ServerCapabilities.Of(_sitting.BackendName)));
        if (!settings.NoDebug)
        {
            await _sitting.Breakpoints.StartAsync().ConfigureAwait(false);
        }
    }

    private DapResult FirstRun() => _sitting.Settings is { StopOnEntry: true, NoDebug: false }
        ? new DapResult(true) { Then = AnnounceEntry }
        : _sitting.Travel.Start("Run", null, _mover.RunFromStartAsync);

    // A client that did not wait for the answer may have ended the session meanwhile.
    private void AnnounceEntry()
    {
        if (_sitting.SessionOrNull is { } session)
        {
            _sitting.Travel.Announce(session.Stop);
        }
    }

    // While the program runs, or before it is there, only its first thread is sure.
    private async Task<DapResult> ThreadsAsync(DapRequest request, CancellationToken ct)
    {
        IReadOnlyList<ThreadInfo> threads = [];
        if (_sitting.SessionOrNull is { State: SessionState.Stopped or SessionState.HistoryOnly, Stop.ThreadsStarted: > 1 } session)
        {
            try
            {
                threads = await session.GetThreadsAsync(ct).ConfigureAwait(false);
            }
            catch (FredException)
            {
                // It has moved on meanwhile; the client asks again at the next stop.
            }
        }
        return DapResult.Of(new ThreadsBody(threads.Count == 0
            ? [new DapThread(StopAnnouncer.MainThread, "MainThread")]
            : [.. threads.Select(thread => new DapThread(thread.Number, thread.Name))]));
    }
}
