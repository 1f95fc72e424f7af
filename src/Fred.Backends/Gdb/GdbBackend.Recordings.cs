using Fred.Core;

namespace Fred.Backends;

/// <content>Keeping recordings beyond the session, and replaying kept ones.</content>
public sealed partial class GdbBackend
{
    /// <inheritdoc/>
    public async Task SaveRecordingsAsync(string directory, IReadOnlyList<BranchId> branches, CancellationToken ct)
    {
        var launch = _launch ?? throw new FredException(ErrorId.NotNow, "The program has not been started.");
        var holes = new Dictionary<int, IReadOnlyList<TickHole>>();
        foreach (var branch in branches)
        {
            // Without them the numbers of ticks would mean nothing: what has not been counted yet is counted now.
            holes[branch.Value] = await _branches[branch].CountAllAsync(ct).ConfigureAwait(false);
        }

        var native = new RecordedTicks(_space!.Offset, _branches[BranchId.Main] is LocatedTicks, holes, ProcessorIdentity.Read()) { Handled = Handled };
        await new RecordingFolder(directory).WriteAsync(Host(), launch with { Native = native }, Host().AnyOf(_head, _forks), branches, ct).ConfigureAwait(false);
        if (_images is { Images.Count: > 0 } images)
        {
            new KeptImages(directory).Write(images.Images);
        }
    }

    /// <inheritdoc/>
    public async Task<IReplaySession> ReopenAsync(CancellationToken ct)
    {
        var path = _options.Recording ?? throw new FredException(ErrorId.Usage, "There is no recording to open: this backend starts a program.");
        var folder = new RecordingFolder(path);
        var launch = folder.Open(Name);
        var recorded = launch.Native ?? throw new FredException(ErrorId.SessionUnusable, $"The recording in {path} is damaged: it does not say what its ticks mean.");
        ProcessorIdentity.Require(recorded.Processor);
        (_launch, _handledBefore) = (launch, recorded.Handled ?? ulong.MaxValue);
        _tools = _images is null ? null : await DmtcpTools.RequireAsync(ct).ConfigureAwait(false);
        var host = await folder.StartHostAsync(directory => GdbLaunch.Describe(_options, launch, folder, directory), ct).ConfigureAwait(false);
        (_host, _space) = (host, new NativeSpace(host.Directory.Path) { Offset = recorded.Offset });
        foreach (var (branch, holes) in recorded.Holes)
        {
            _branches[new BranchId(branch)] = recorded.NativeHead ? new LocatedTicks(host, _space, _kind, new BranchId(branch), holes) : CountedTicks.Instance;
        }

        try
        {
            _driver = await GdbDriver.StartAsync(_options.Gdb, launch.Program, _options.WorkingDirectory, host.Directory.Path, ct).ConfigureAwait(false);
            _context = new GdbContext(_space, _driver);
            if (_images is { } images)
            {
                return await RestartMainAsync(images, images.Adopt(new KeptImages(path).Read(), path), ct).ConfigureAwait(false);
            }

            var process = await RestartAsync(BranchId.Main, ct).ConfigureAwait(false);
            _space.Modules.Refresh(process.Pid);
            _space.MainFrame = await FrameFinder.InnermostAsync(process).ConfigureAwait(false);
            return await FollowAsync(process, BranchId.Main).ConfigureAwait(false);
        }
        catch (FredException e) when (e.Id is ErrorId.ReplicaLost or ErrorId.ReplayDiverged or ErrorId.CheckpointLost)
        {
            throw new FredException(ErrorId.SessionUnusable, $"The recording in {path} cannot be replayed here: {e.Message}", e);
        }
    }

    /// <summary>Restarts the image of where the timeline begins.</summary>
    private async Task<GdbSession> RestartMainAsync(ImageEngine images, Checkpoint origin, CancellationToken ct)
    {
        var session = (GdbSession)await images.RestoreAsync(origin, BranchId.Main, ct).ConfigureAwait(false);
        Context().Space.Modules.Refresh(session.Process.Pid);
        Context().Space.MainFrame = await FrameFinder.InnermostAsync(session.Process).ConfigureAwait(false);
        await session.LookAsync().ConfigureAwait(false);
        return session;
    }

    private async Task<IReplaySession> ReplayAsync(BranchId branch, CancellationToken ct) =>
        await FollowAsync(await RestartAsync(branch, ct).ConfigureAwait(false), branch).ConfigureAwait(false);

    private async Task<GdbSession> FollowAsync(NativeProcess process, BranchId branch)
    {
        process.Ticks = _branches[branch];
        var session = new GdbSession(process, Context());
        await session.LookAsync().ConfigureAwait(false);
        return session;
    }

    /// <summary>Starts the program again, answered by the log, and brings it to where the timeline begins.</summary>
    private async Task<NativeProcess> RestartAsync(BranchId branch, CancellationToken ct)
    {
        var (host, space) = (Host(), Context().Space);
        var arrival = await host.SpawnAsync(realStreams: false, ct).ConfigureAwait(false);
        var slot = host.Page.Take();
        var mode = NativeCommand.Mode(record: false, slot, host.Page.Path, host.Directory.LogPath(branch), _launch!.ModeOptions);
        var process = await NativeProcess.OpenAsync(space, host, arrival, slot, live: false, mode, ct).ConfigureAwait(false);
        try
        {
            var halt = await process.RunAsync(new NativeRun { Limit = space.Offset }, ct).ConfigureAwait(false);
            return halt.Tick == space.Offset
                ? process
                : throw new FredException(ErrorId.ReplayDiverged, $"the replay stopped before main: {process.Current.Detail ?? halt.Reason}.");
        }
        catch
        {
            await process.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
