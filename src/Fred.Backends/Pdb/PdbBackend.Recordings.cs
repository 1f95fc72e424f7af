using Fred.Core;

namespace Fred.Backends;

/// <content>Keeping recordings beyond the session, and replaying kept ones.</content>
public sealed partial class PdbBackend
{
    /// <inheritdoc/>
    public async Task SaveRecordingsAsync(string directory, IReadOnlyList<BranchId> branches, CancellationToken ct)
    {
        var launch = _launch ?? throw new FredException(ErrorId.NotNow, "The program has not been started.");
        await new RecordingFolder(directory).WriteAsync(Host(), launch, Host().AnyOf(_head, _forks), branches, ct).ConfigureAwait(false);
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
        _launch = folder.Open(Name);
        _tools = _images is null ? null : await DmtcpTools.RequireAsync(ct).ConfigureAwait(false);
        var host = await folder.StartHostAsync(directory => PdbLaunch.Describe(_options, _launch, folder, directory), ct).ConfigureAwait(false);
        _host = host;
        try
        {
            if (_images is not null)
            {
                return await _images.RestoreAsync(_images.Adopt(new KeptImages(path).Read(), path), BranchId.Main, ct).ConfigureAwait(false);
            }

            var arrival = await host.SpawnAsync(realStreams: false, ct).ConfigureAwait(false);
            var slot = host.Page.Take();
            var mode = AgentCommand.Mode(record: false, slot, host.Page.Path, host.Directory.LogPath(BranchId.Main), _launch.ModeOptions);
            return new PdbReplica(await AgentSession.OpenAsync(host, arrival, slot, live: false, mode, ct).ConfigureAwait(false));
        }
        catch (FredException e) when (e.Id is ErrorId.ReplicaLost or ErrorId.ReplayDiverged or ErrorId.CheckpointLost)
        {
            throw new FredException(ErrorId.SessionUnusable, $"The recording in {path} cannot be replayed here: {e.Message}", e);
        }
    }
}
