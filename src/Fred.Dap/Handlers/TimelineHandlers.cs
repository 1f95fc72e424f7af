namespace Fred.Dap;

/// <summary>Fred's own requests about the timeline that do not move (except to a checkpoint or branch).</summary>
internal sealed class TimelineHandlers
{
    private readonly Sitting _sitting;

    /// <summary>Initializes a new instance of the <see cref="TimelineHandlers"/> class.</summary>
    public TimelineHandlers(Sitting sitting)
    {
        _sitting = sitting;
    }

    /// <summary>Adds the handlers to the map.</summary>
    public void Register(Dictionary<string, RequestHandler> map)
    {
        map["timeline"] = TimelineAsync;
        map["history"] = HistoryAsync;
        map["bookmark"] = BookmarkAsync;
        map["branches"] = BranchesAsync;
        map["checkpoint"] = CheckpointAsync;
    }

    private Task<DapResult> TimelineAsync(DapRequest request, CancellationToken ct)
    {
        string state = _sitting.State.ToString();
        if (_sitting.SessionOrNull is not { } session || _sitting.State is SessionState.NotStarted or SessionState.Closed)
        {
            return Task.FromResult(DapResult.Of(new TimelineBody(_sitting.BackendName, state, null, [], [], [], [])));
        }
        Position position = session.Position;
        return Task.FromResult(DapResult.Of(new TimelineBody(
            _sitting.BackendName,
            state,
            StopAnnouncer.ToBody(position, session),
            [.. session.Checkpoints.Select(checkpoint => new TimelineCheckpoint(checkpoint.Number, checkpoint.At.Value, checkpoint.Pinned))],
            [.. session.Bookmarks.Select(mark => ToBody(mark, session))],
            _sitting.Stops.Of(position.Branch),
            FredBodies.Branches(session))));
    }

    private Task<DapResult> HistoryAsync(DapRequest request, CancellationToken ct)
    {
        DebugSession session = _sitting.Session;
        return Task.FromResult(DapResult.Of(new HistoryBody([.. session.Journal.Select(entry => new HistoryEntry(
            entry.Number, entry.Text, StopAnnouncer.ToBody(entry.From, session), StopAnnouncer.ToBody(entry.To, session)))])));
    }

    private Task<DapResult> BookmarkAsync(DapRequest request, CancellationToken ct)
    {
        string? name = request.Bind(DapJson.Default.BookmarkArguments).Name;
        if (string.IsNullOrWhiteSpace(name))
        {
            throw new DapRequestException("A bookmark needs a name.");
        }
        DebugSession session = _sitting.Session;
        return Task.FromResult(DapResult.Of(ToBody(session.AddBookmark(name), session)));
    }

    private Task<DapResult> BranchesAsync(DapRequest request, CancellationToken ct)
    {
        BranchArguments arguments = request.Bind(DapJson.Default.BranchArguments);
        DebugSession session = _sitting.Session;
        if (arguments.Rename is { Length: > 0 } name)
        {
            session.NameBranch(name);
        }
        if (arguments.SwitchTo is { Length: > 0 } target)
        {
            return session.Branches.Any(branch => branch.Name == target)
                ? Task.FromResult(_sitting.Travel.Start(
                    "Switch branch", null, leg => leg.ExecuteAsync(session, new SessionCommand.SwitchBranch(target), new SessionCommand.SwitchBranch(target)), tellContinued: true))
                : throw new FredException(ErrorId.NoSuchName, $"No branch is called '{target}'.");
        }
        return Task.FromResult(DapResult.Of(new BranchesBody(FredBodies.Branches(session))));
    }

    private async Task<DapResult> CheckpointAsync(DapRequest request, CancellationToken ct)
    {
        DebugSession session = _sitting.Session;
        if (request.Bind(DapJson.Default.CheckpointArguments).Restart is { } number)
        {
            var command = new SessionCommand.RestartCheckpoint(number);
            return session.Checkpoints.Any(checkpoint => checkpoint.Number == number)
                ? _sitting.Travel.Start("Go to checkpoint", null, leg => leg.ExecuteAsync(session, command, command), tellContinued: true)
                : throw new FredException(ErrorId.NoSuchName, $"There is no checkpoint {number}.");
        }
        CheckpointInfo taken = await session.TakeCheckpointAsync(ct).ConfigureAwait(false);
        return DapResult.Of(new TimelineCheckpoint(taken.Number, taken.At.Value, taken.Pinned));
    }

    private static TimelineBookmark ToBody(Bookmark mark, DebugSession session) => new(
        mark.Name, session.Branches.FirstOrDefault(branch => branch.Id == mark.Branch)?.Name ?? "", mark.At.Value);
}
