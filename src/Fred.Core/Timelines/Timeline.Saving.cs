namespace Fred.Core;

/// <content>Keeping the history, and opening a kept one.</content>
internal sealed partial class Timeline
{
    /// <summary>Into how many parts a kept history is cut when it is first replayed: one checkpoint at the end of each makes later searches short.</summary>
    private const int Stages = 16;

    /// <summary>Below this length a stage is not worth a checkpoint.</summary>
    private const long ShortestStage = 10_000;

    /// <summary>Opens a kept history at its beginning. No branch has a live program.</summary>
    /// <param name="backend">Opened on the recordings; disposed with the timeline.</param>
    /// <param name="saved">The branches.</param>
    /// <param name="options">How checkpoints are kept.</param>
    /// <param name="time">The clock.</param>
    /// <param name="meter">Where replays report.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The timeline, on the saved branch, at tick 0.</returns>
    public static async Task<Timeline> ReopenAsync(IBackend backend, SavedSession saved, SessionOptions options, TimeProvider time, ProgressMeter meter, CancellationToken ct)
    {
        var branches = Rebuild(saved.Branches);
        if (branches.All(b => b.Id != saved.Current))
        {
            throw Broken($"there is no branch {saved.Current.Value}");
        }

        var start = await backend.ReopenAsync(ct).ConfigureAwait(false);
        var timeline = new Timeline(backend, options, time, meter, start, branches, saved.Current);
        var origin = await backend.Checkpoints.SaveAsync(start, ct).ConfigureAwait(false) ?? throw new FredException(
            ErrorId.ForkFailed, "The beginning of the recording could not be kept ready. Free memory or processes (ulimit -u) and try again.");
        timeline._table.Add(origin, BranchId.Main, CheckpointRole.Origin);
        foreach (var kept in backend.Checkpoints.Kept)
        {
            timeline._table.Add(kept, BranchId.Main, CheckpointRole.Automatic);
        }

        foreach (var branch in timeline.Branches)
        {
            timeline._proof.Observe(branch, branch.EdgeStop);
        }

        return timeline;
    }

    /// <summary>Goes to a tick of a history without checkpoints, leaving some on the way.</summary>
    /// <param name="target">The tick.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The stop there; at the end of the branch, the one that was seen there.</returns>
    public async Task<StopEvent> ReplayInStagesAsync(Ticks target, CancellationToken ct)
    {
        var scale = await ScaleAsync(Ticks.Zero, target, ct).ConfigureAwait(false);
        var stageLength = scale.Between(Ticks.Zero, target) / Stages;
        var worthwhile = _engine.Traits.CanSave && _engine.Kept.Count == 0 && stageLength >= ShortestStage;
        for (var stage = 1; worthwhile && stage < Stages; stage++)
        {
            var session = await ReachAsync(scale.Shift(Ticks.Zero, stageLength * stage), leaveMicros: false, ct).ConfigureAwait(false);
            if (await _engine.SaveAsync(session, ct).ConfigureAwait(false) is { } saved)
            {
                _table.Add(saved, Branch.Id, CheckpointRole.Automatic);
            }

            _retired.Add(session);
        }

        return await GotoAsync(target, ct).ConfigureAwait(false);
    }

    /// <summary>Has the backend keep the recordings of all branches.</summary>
    /// <param name="directory">Where.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Done when they are complete.</returns>
    public Task SaveRecordingsAsync(string directory, CancellationToken ct) => _backend.SaveRecordingsAsync(directory, [.. _branches.Select(b => b.Id)], ct);

    /// <summary>Describes the branches and where the user stands.</summary>
    /// <returns>The part of a kept sitting that is known here.</returns>
    public SavedSession Describe() =>
        new([.. _branches.Select(b => new SavedBranch(b.Id, b.Name, b.Parent?.Id, b.ForkedAt, b.EdgeStop, b.LeftAt))], Branch.Id, At);

    private static List<Branch> Rebuild(IReadOnlyList<SavedBranch> saved)
    {
        var branches = new List<Branch>();
        foreach (var each in saved)
        {
            var parent = each.Parent is { } id ? branches.FirstOrDefault(b => b.Id == id) ?? throw Broken($"branch {each.Id.Value} has no parent") : null;
            branches.Add(new Branch(each.Id, each.Name, parent, each.Edge with { At = each.Start }) { EdgeStop = each.Edge, LeftAt = each.LeftAt });
        }

        return branches.Count > 0 ? branches : throw Broken("it has no branch");
    }

    private static FredException Broken(string why) => new(ErrorId.SessionUnusable, $"The saved session is damaged: {why}.");
}
