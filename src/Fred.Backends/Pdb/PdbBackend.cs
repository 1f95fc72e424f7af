using System.Globalization;
using Fred.Core;

namespace Fred.Backends;

/// <summary>Python programs: libfred and the Python agent inside the program, pdb as its debugger.</summary>
/// <remarks>
/// The processes of a session are a tree under fred-launcher, which dies with fred and takes them along; see docs/agent-protocol.md.
/// What is hard is that any of them may end at any moment. Each connection has one way down and an explanation, and whoever waits hears it.
/// </remarks>
public sealed partial class PdbBackend : IBackend
{
    private readonly PdbOptions _options;
    private readonly ForkEngine? _forks;
    private readonly ImageEngine? _images;
    private DmtcpTools? _tools;
    private AgentHost? _host;
    private RecordedLaunch? _launch;
    private AgentSession? _head;

    /// <summary>Initializes a new instance of the <see cref="PdbBackend"/> class. Nothing is started yet.</summary>
    /// <param name="options">What to debug, and how.</param>
    /// <exception cref="FredException"><see cref="ErrorId.Usage"/>: the options contradict each other.</exception>
    public PdbBackend(PdbOptions options)
    {
        if (((string?[])[options.Program, options.Module, options.Recording]).Count(o => o is not null) != 1)
        {
            throw new FredException(ErrorId.Usage, "Name one Python program: a file, or -m and a module.");
        }

        if (options.FollowChild is not null && options.Checkpointer == "dmtcp")
        {
            throw new FredException(ErrorId.Usage, ImageEngine.NoChildren);
        }

        _options = options;
        var keptImages = options.Recording is { } recording && new KeptImages(recording).Exist;
        switch (keptImages ? "dmtcp" : options.Checkpointer)
        {
            case "fork":
                Checkpoints = _forks = new ForkEngine(Host, PdbSessions.Instance);
                break;
            case "reexec":
                Checkpoints = new ReexecEngine(PdbSessions.Instance, RestartAsync);
                break;
            case "dmtcp":
                Checkpoints = _images = new ImageEngine(Host, PdbSessions.Instance, Tools, options.ImageInterval, TimeProvider.System);
                _forks = _images.Forks;
                break;
            default:
                throw new FredException(ErrorId.Usage, $"\"{options.Checkpointer}\" is no checkpointer for Python programs. Use --checkpointer fork, reexec or dmtcp.");
        }
    }

    /// <inheritdoc/>
    public string Name => "pdb";

    /// <inheritdoc/>
    public ICheckpointEngine Checkpoints { get; }

    /// <summary>Gets what the processes of the session share; null before the start and after the end.</summary>
    internal AgentHost? CurrentHost => _host;

    /// <inheritdoc/>
    public async Task<ILiveHead> StartAsync(CancellationToken ct)
    {
        if (_options.Program is { } program)
        {
            Require(Path.Combine(_options.WorkingDirectory ?? string.Empty, program));
        }

        _tools = _images is null ? null : await DmtcpTools.RequireAsync(ct).ConfigureAwait(false);
        var python = await PythonLocator.FindAsync(_options.Python, ct).ConfigureAwait(false);
        var host = await AgentHost.StartAsync(directory => PdbLaunch.Describe(_options, python, directory), ct).ConfigureAwait(false);
        _host = host;
        try
        {
            var arrival = await SpawnAsync(host, python, ct).ConfigureAwait(false);
            var slot = host.Page.Take();
            var mode = AgentCommand.Mode(record: true, slot, host.Page.Path, host.Directory.LogPath(BranchId.Main), ModeOptions());
            var session = await AgentSession.OpenAsync(host, arrival, slot, live: true, mode, ct).ConfigureAwait(false);
            if (session.Current.Reason == StopReason.Entry)
            {
                session.HasImages = _images is not null;
                session.Child = _options.FollowChild is { } child ? new FollowedChild(child) : null;
                _launch = RecordedLaunch.Of(Name, PdbLaunch.Describe(_options, python, host.Directory), _options.Checkpointer, ModeOptions());
                _head = session;
                return new PdbHead(session, CheckpointBytes);
            }

            // Python or the agent gave up before the program's first statement.
            await session.DisposeAsync().ConfigureAwait(false);
            throw new FredException(ErrorId.HeadLost, session.Current.ExitCode is { } status ? $"It ended with status {status}." : $"It stopped before its first statement: {session.Current.Detail?.TrimEnd('.')}.");
        }
        catch (FredException e) when (e.Id is ErrorId.HeadLost or ErrorId.ForkFailed)
        {
            throw PdbLaunch.Explain(_options, python, host.Directory.StartErrorPath, e);
        }
    }

    /// <inheritdoc/>
    public async Task<(ILiveHead Head, IReadOnlyList<string> Losses)> PromoteAsync(IReplaySession replica, BranchId branch, CancellationToken ct)
    {
        if (replica is not PdbReplica own)
        {
            throw new ArgumentException("Only a replica of this backend can become a head.", nameof(replica));
        }

        var losses = await own.Session.PromoteAsync(Host().Directory.LogPath(branch), ct).ConfigureAwait(false);
        _head = own.Session;
        return (new PdbHead(own.Release(), CheckpointBytes), losses);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _host, null) is { } host)
        {
            // Ending the launcher ends every process at once; what the engine holds is then only to be forgotten.
            await host.DisposeAsync().ConfigureAwait(false);
            await Checkpoints.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<Arrival> SpawnAsync(AgentHost host, PythonInterpreter python, CancellationToken ct)
    {
        if (_tools is not { } tools)
        {
            return await host.SpawnAsync(realStreams: true, ct).ConfigureAwait(false);
        }

        var port = await Coordinator.StartAsync(host, tools, ct).ConfigureAwait(false);
        return await host.SpawnAsync(tools.Run(PdbLaunch.Describe(_options, python, host.Directory), port, host.Directory, "FRED_BEGIN=main"), ct).ConfigureAwait(false);
    }

    private DmtcpTools Tools() => _tools ?? throw new FredException(ErrorId.NotNow, "The program has not been started.");

    private static void Require(string program)
    {
        try
        {
            if (Directory.Exists(program))
            {
                return;
            }

            using var file = File.OpenRead(program);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FredException(ErrorId.ProgramNotFound, $"The program {program} cannot be read: {e.Message} Check the path; to run a module, use -m.", e);
        }
    }

    private AgentHost Host() => _host ?? throw new FredException(ErrorId.NotNow, "The program has not been started, or the session is over.");

    /// <summary>Starts the program again, answered by the log of a branch.</summary>
    private async Task<IReplaySession> RestartAsync(BranchId branch, CancellationToken ct)
    {
        var host = Host();
        var arrival = await host.SpawnAsync(realStreams: false, ct).ConfigureAwait(false);
        var slot = host.Page.Take();
        var mode = AgentCommand.Mode(record: false, slot, host.Page.Path, host.Directory.LogPath(branch), ModeOptions());
        return new PdbReplica(await AgentSession.OpenAsync(host, arrival, slot, live: false, mode, ct).ConfigureAwait(false));
    }

    private long CheckpointBytes() => _forks?.MeasureBytes() ?? 0;

    private List<string> ModeOptions()
    {
        var options = new List<string>();
        if (_options.FreezeAtCheckpoints is { } freeze)
        {
            options.Add(freeze ? "gc=freeze" : "gc=normal");
        }

        if (_options.Populate is { } populate)
        {
            options.Add(populate ? "populate=1" : "populate=0");
        }

        if (_options.RandomSchedule is { } seed)
        {
            options.Add(string.Create(CultureInfo.InvariantCulture, $"schedule=random:{seed}"));
        }

        if (_options.FollowChild is { } child)
        {
            options.Add(string.Create(CultureInfo.InvariantCulture, $"follow={child}"));
        }

        if (_options.LogLimit is { } limit)
        {
            options.Add(string.Create(CultureInfo.InvariantCulture, $"log-max={limit}"));
        }

        return options;
    }
}
