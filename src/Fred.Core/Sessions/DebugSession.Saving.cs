namespace Fred.Core;

/// <content>Keeping a sitting beyond its processes, and taking it up again.</content>
public sealed partial class DebugSession
{
    /// <summary>Takes up a kept sitting: every branch can be visited, none goes on by itself; changing something begins a new live branch.</summary>
    /// <param name="backend">Opened on the kept recordings; disposed with the sitting, also when this fails.</param>
    /// <param name="saved">The rest of the sitting.</param>
    /// <param name="options">How checkpoints are kept.</param>
    /// <param name="time">The clock.</param>
    /// <param name="ct">Cancels; nothing is left then.</param>
    /// <returns>The sitting, standing where it was kept.</returns>
    /// <exception cref="FredException">The recording cannot be replayed here; the id says why. A replay that is not the recorded run ends in <see cref="ErrorId.ReplayDiverged"/>.</exception>
    public static async Task<DebugSession> ResumeAsync(IBackend backend, SavedSession saved, SessionOptions options, TimeProvider time, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(saved);
        DebugSession? session = null;
        Timeline? timeline = null;
        try
        {
            var meter = new ProgressMeter(time, progress => session?.Publish(progress));
            timeline = await Timeline.ReopenAsync(backend, saved, options, time, meter, ct).ConfigureAwait(false);
            var stop = await timeline.ReplayInStagesAsync(saved.At, ct).ConfigureAwait(false);
            session = new DebugSession(timeline, time) { _shellState = saved.ShellState };
            session._journal.Restore(saved.Journal);
            session._bookmarks.AddRange(saved.Bookmarks);
            session.SetState(session.RestingState());
            session.Arrive(stop);
            session._breakpoints.Restore(saved.Breakpoints, await session.ReadAsync((inspector, token) => inspector.AdoptBreakpointsAsync(saved.Breakpoints, token), ct).ConfigureAwait(false));
            return session;
        }
        catch (Exception)
        {
            IAsyncDisposable whole = timeline is null ? backend : timeline;
            await whole.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Keeps the sitting: the backend writes its recordings, the rest is returned. The sitting goes on unchanged.</summary>
    /// <param name="directory">An empty directory for the recordings.</param>
    /// <param name="ct">Cancels; the directory then holds a part.</param>
    /// <returns>What <see cref="ResumeAsync"/> needs besides the directory.</returns>
    /// <exception cref="FredException">The recordings cannot be kept; the id says why.</exception>
    public async Task<SavedSession> SaveAsync(string directory, CancellationToken ct)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        await MoveAsync(
            SessionRequest.TakeCheckpoint,
            SessionState.Travelling,
            "save",
            async token =>
            {
                await _timeline.SaveRecordingsAsync(directory, token).ConfigureAwait(false);
                return _stop;
            },
            ct).ConfigureAwait(false);
        return _timeline.Describe() with { Breakpoints = Breakpoints, Bookmarks = Bookmarks, Journal = Journal, ShellState = _shellState };
    }
}
