using System.Collections.Concurrent;
using System.Globalization;
using Fred.Core;

namespace Fred.Backends;

/// <summary>Native programs: libfred-native inside the program, which translates and counts its instructions, and gdb to look at it.</summary>
/// <remarks>
/// The processes are the same tree under fred-launcher as for Python; gdb hangs on fred itself and leaves when fred does. The timeline's tick 1 is the first statement of main: what comes
/// before (the dynamic linker, constructors) is not shown.
/// </remarks>
public sealed partial class GdbBackend : IBackend
{
    private const int StartId = 1;
    private readonly GdbOptions _options;
    private readonly ForkEngine? _forks;
    private readonly ImageEngine? _images;
    private readonly GdbSessions _kind;
    private readonly ConcurrentDictionary<BranchId, ITickSource> _branches = new();
    private DmtcpTools? _tools;
    private AgentHost? _host;
    private NativeSpace? _space;
    private GdbDriver? _driver;
    private GdbContext? _context;
    private RecordedLaunch? _launch;
    private NativeProcess? _head;
    private ulong _handledBefore;

    /// <summary>Initializes a new instance of the <see cref="GdbBackend"/> class. Nothing is started yet.</summary>
    /// <param name="options">What to debug, and how.</param>
    /// <exception cref="FredException"><see cref="ErrorId.Usage"/>: no such checkpointer.</exception>
    public GdbBackend(GdbOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Program is null == options.Recording is null)
        {
            throw new FredException(ErrorId.Usage, "Name one native program.");
        }

        if (options.FollowChild is not null && options.Checkpointer == "dmtcp")
        {
            throw new FredException(ErrorId.Usage, ImageEngine.NoChildren);
        }

        _options = options;
        _kind = new GdbSessions(Context, _branches);
        var keptImages = options.Recording is { } recording && new KeptImages(recording).Exist;
        Checkpoints = (keptImages ? "dmtcp" : options.Checkpointer) switch
        {
            "fork" => _forks = new ForkEngine(Host, _kind),
            "reexec" => new ReexecEngine(_kind, ReplayAsync),
            "dmtcp" => _images = new ImageEngine(Host, _kind, Tools, options.ImageInterval, TimeProvider.System),
            _ => throw new FredException(ErrorId.Usage, $"\"{options.Checkpointer}\" is no checkpointer for native programs. Use --checkpointer fork, reexec or dmtcp."),
        };
        _forks ??= _images?.Forks;
    }

    /// <inheritdoc/>
    public string Name => "gdb";

    /// <inheritdoc/>
    public BackendTraits Traits => BackendTraits.Instructions;

    /// <inheritdoc/>
    public ICheckpointEngine Checkpoints { get; }

    /// <summary>Gets what the processes of the session share; null before the start and after the end.</summary>
    internal AgentHost? CurrentHost => _host;

    /// <inheritdoc/>
    public bool MeetsSignals => _context is { } context && (Handled & context.Signals.Mask) != 0;

    /// <summary>The signals for which the program has entered handlers.</summary>
    private ulong Handled => _handledBefore | (_host?.Page.ReadHandled() ?? 0);

    /// <summary>Whether the head runs at full speed: it can only be located from checkpoints.</summary>
    private bool NativeHead => _options.NativeHead && _forks is not null;

    /// <inheritdoc/>
    public async Task<ILiveHead> StartAsync(CancellationToken ct)
    {
        var program = NativeProgram.Find(_options.Program ?? throw new FredException(ErrorId.Usage, "There is no program to start: this backend opens a recording."), _options.WorkingDirectory);
        _tools = _images is null ? null : await DmtcpTools.RequireAsync(ct).ConfigureAwait(false);
        _host = await AgentHost.StartAsync(directory => GdbLaunch.Describe(_options, program, directory), ct).ConfigureAwait(false);
        _space = new NativeSpace(_host.Directory.Path);
        var driver = GdbDriver.StartAsync(_options.Gdb, program, _options.WorkingDirectory, _host.Directory.Path, ct);
        NativeProcess? process = null;
        try
        {
            process = await SpawnAsync(program, ct).ConfigureAwait(false);
            process.HasImages = _images is not null;
            _branches[BranchId.Main] = process.Ticks = NativeHead ? new LocatedTicks(_host, _space, _kind, BranchId.Main) : CountedTicks.Instance;
            _driver = await driver.ConfigureAwait(false);
            _context = new GdbContext(_space, _driver);
            await RunToMainAsync(process, program, ct).ConfigureAwait(false);
            (_launch, _head) = (RecordedLaunch.Of(Name, GdbLaunch.Describe(_options, program, _host.Directory), _options.Checkpointer, ModeOptions()), process);
            process.Child = _options.FollowChild is { } child ? new FollowedChild(child) : null;
            var head = new GdbHead(process, _context, _forks);
            await head.LookAsync().ConfigureAwait(false);
            return head;
        }
        catch
        {
            if (_driver is null)
            {
                await DropAsync(driver).ConfigureAwait(false);
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<(ILiveHead Head, IReadOnlyList<string> Losses)> PromoteAsync(IReplaySession replica, BranchId branch, CancellationToken ct)
    {
        if (replica is not GdbSession own)
        {
            throw new ArgumentException("Only a replica of this backend can become a head.", nameof(replica));
        }

        var losses = await own.Process.PromoteAsync(Host().Directory.LogPath(branch), ct).ConfigureAwait(false);
        _head = own.Process;
        _branches[branch] = own.Process.Ticks = await own.Process.Ticks.BranchAsync(own.Process, branch, CancellationToken.None).ConfigureAwait(false);
        var head = new GdbHead(own.Release(), Context(), _forks);
        await head.LookAsync().ConfigureAwait(false);
        return (head, losses);
    }

    /// <inheritdoc/>
    public ValueTask<TickScale> ScaleAsync(BranchId branch, Ticks from, Ticks to, CancellationToken ct) => _branches[branch].ScaleAsync(from, to, ct);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _host, null) is not { } host)
        {
            return;
        }

        foreach (var ticks in _branches.Values)
        {
            await ticks.DisposeAsync().ConfigureAwait(false);
        }

        // Ending the launcher ends every process at once; what the engine holds is then only to be forgotten.
        if (_driver is not null)
        {
            await _driver.DisposeAsync().ConfigureAwait(false);
        }

        await host.DisposeAsync().ConfigureAwait(false);
        await Checkpoints.DisposeAsync().ConfigureAwait(false);
        _space?.Dispose();
    }

    private static async Task DropAsync(Task<GdbDriver> starting)
    {
        try
        {
            await (await starting.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is FredException or OperationCanceledException)
        {
            // It never came to be.
        }
    }

    private AgentHost Host() => _host ?? throw new FredException(ErrorId.NotNow, "The program has not been started, or the session is over.");

    private GdbContext Context() => _context ?? throw new FredException(ErrorId.NotNow, "The program has not been started, or the session is over.");

    private async Task<NativeProcess> SpawnAsync(string program, CancellationToken ct)
    {
        var host = Host();
        try
        {
            var arrival = await ArriveAsync(host, program, ct).ConfigureAwait(false);
            var slot = host.Page.Take();
            var mode = NativeCommand.Mode(record: true, slot, host.Page.Path, host.Directory.LogPath(BranchId.Main), ModeOptions());
            return await NativeProcess.OpenAsync(_space!, host, arrival, slot, live: true, mode, ct).ConfigureAwait(false);
        }
        catch (FredException e) when (e.Id is ErrorId.HeadLost or ErrorId.ForkFailed or ErrorId.BadExpression)
        {
            throw new FredException(ErrorId.LaunchFailed, $"{program} could not be started: {e.Message} What it wrote to standard error may say more; `fred doctor` checks this machine.", e);
        }
    }

    private async Task<Arrival> ArriveAsync(AgentHost host, string program, CancellationToken ct)
    {
        if (_tools is not { } tools)
        {
            return await host.SpawnAsync(realStreams: true, ct).ConfigureAwait(false);
        }

        // The option has DMTCP's library named in a variable, not preloaded: libfred loads it, out of the program's way.
        var port = await Coordinator.StartAsync(host, tools, ct).ConfigureAwait(false);
        return await host.SpawnAsync(tools.Run(GdbLaunch.Describe(_options, program, host.Directory), port, host.Directory, $"FRED_IMAGES={host.Directory.DmtcpLogPath}", "--kernel-loader"), ct).ConfigureAwait(false);
    }

    private DmtcpTools Tools() => _tools ?? throw new FredException(ErrorId.NotNow, "The program has not been started.");

    private List<string> ModeOptions()
    {
        List<string> options = _options.LogLimit is { } limit ? [string.Create(CultureInfo.InvariantCulture, $"log-max={limit}")] : [];
        if (_options.RandomSchedule is { } seed)
        {
            options.Add(string.Create(CultureInfo.InvariantCulture, $"schedule=random:{seed}"));
        }

        if (_options.FollowChild is { } child)
        {
            options.Add(string.Create(CultureInfo.InvariantCulture, $"follow={child}"));
        }

        if (NativeHead)
        {
            options.Add("head=native");
        }

        return options;
    }

    /// <summary>Runs to the instruction before the first statement of main, which is where the timeline begins.</summary>
    private async Task RunToMainAsync(NativeProcess process, string program, CancellationToken ct)
    {
        var space = _space!;
        space.Modules.Refresh(process.Pid);
        var module = space.Modules.Modules.FirstOrDefault(m => m.Path == program) ?? space.Modules.Find(process.Halt.Pc, process.Pid).Module;
        var main = module?.Functions.FirstOrDefault(f => f.Name == "main") ?? default;
        if (module is null || main.Start == 0)
        {
            throw new FredException(ErrorId.NoDebugInfo, $"{program} has no symbol 'main', so it is not known where it begins. Do not strip it.");
        }

        var entry = main with { Start = main.Start + module.Bias, End = main.End + module.Bias };
        var stop = await RunToAsync(process, entry.Start, ct).ConfigureAwait(false);
        if (stop.Pc == entry.Start && ModuleMap.AfterPrologue(module, entry) is { } body && body != entry.Start)
        {
            // How many instructions the prologue has is counted in a copy, because the program itself cannot go back.
            var copy = await process.DivertAsync(ct).ConfigureAwait(false);
            await using (copy.ConfigureAwait(false))
            {
                var arrived = await RunToAsync(copy, body, ct).ConfigureAwait(false);
                var length = arrived.Pc == body ? arrived.Tick - stop.Tick : 1;
                if (length > 1)
                {
                    await process.RunAsync(new NativeRun { Steps = length - 1 }, ct).ConfigureAwait(false);
                }
            }
        }

        space.Modules.Refresh(process.Pid);
        space.Offset = process.Halt.Tick;
        space.MainFrame = await FrameFinder.InnermostAsync(process).ConfigureAwait(false);
        process.Restate();
    }

    private static async Task<AgentMessage.Halted> RunToAsync(NativeProcess process, ulong address, CancellationToken ct)
    {
        await process.ArmAsync([(StartId, address)]).ConfigureAwait(false);
        return await process.RunAsync(new NativeRun { Breakpoints = true, Counted = true }, ct).ConfigureAwait(false);
    }
}
