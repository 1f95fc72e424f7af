namespace Fred.Dap;

/// <summary>Fred's own requests about the timeline that do not move (except to a checkpoint or branch).</summary>
internal sealed class TimelineHandlers
{
    /// <summary>Most hits in one answer.</summary>
    private const int MostHits = 1000;

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
        map["findHits"] = FindHitsAsync;
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
            FredBodies.Branches(session))
        {
            Extent = new TimelineExtent(0, position.Edge.Value),
            BreakpointHits = _sitting.Stops.HitsOf(position.Branch),
            Exceptions = _sitting.Stops.ExceptionsOf(position.Branch),
        }));
    }

    // Also finds what the user never stopped at: hits of breakpoints set afterwards.
    private Task<DapResult> FindHitsAsync(DapRequest request, CancellationToken ct)
    {
        int most = Math.Clamp(request.Bind(DapJson.Default.FindHitsArguments).Most ?? MostHits, 1, MostHits);
        DebugSession session = _sitting.Session;
        StopEvent here = session.Stop;
        return SearchLeg.RunAsync(_sitting, request, "Find breakpoint hits", async token =>
        {
            IReadOnlyList<ScanMatch> found = await session.FindHitsAsync(most + 1, token).ConfigureAwait(false);
            TimelineHit[] hits = [.. found.Take(most).Where(match => !_sitting.Exceptions.IsPoint(match.Breakpoint)).Select(match => ToHit(session, match))];
            Array.ForEach(hits, hit => _sitting.Stops.AddHit(session.Position.Branch, hit));
            return (new FindHitsBody(hits, found.Count <= most), here);
        }, ct);
    }

    private static TimelineHit ToHit(DebugSession session, ScanMatch match)
    {
        SourceLocation? place = session.Breakpoints.FirstOrDefault(breakpoint => breakpoint.Id == match.Breakpoint)?.Location;
        return new TimelineHit(match.At.Value, match.Breakpoint, place?.File, place?.Line);
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
