namespace Fred.Dap;

/// <summary>Movement into the past and about in it.</summary>
internal sealed class ReverseHandlers
{
    private readonly Sitting _sitting;
    private readonly Mover _mover;

    /// <summary>Initializes a new instance of the <see cref="ReverseHandlers"/> class.</summary>
    public ReverseHandlers(Sitting sitting, Mover mover)
    {
        _sitting = sitting;
        _mover = mover;
    }

    /// <summary>Adds the handlers to the map.</summary>
    public void Register(Dictionary<string, RequestHandler> map)
    {
        map["stepBack"] = StepBackAsync;
        map["reverseContinue"] = (request, _) => Task.FromResult(_sitting.Travel.Start(
            "Reverse", null, leg => _mover.MoveAsync(leg, new SessionCommand.ReverseContinue(Count(request)))));
        map["reverseStepIn"] = (request, _) => StartAsync(
            "Step back in", ByInstruction(request) ? new SessionCommand.ReverseTicks(Count(request)) : new SessionCommand.ReverseStep(Count(request)) { Thread = ThreadOf(request) });
        map["reverseStepOut"] = (request, _) => StartAsync("Step back out", new SessionCommand.ReverseFinish(Count(request)) { Thread = ThreadOf(request) });
        map["restartFrame"] = RestartFrameAsync;
        map["gotoTick"] = GotoTickAsync;
        map["undo"] = UndoAsync;
        map["reverseWatch"] = ReverseWatchAsync;
    }

    private static int Count(DapRequest request) => Math.Max(1, request.Bind(DapJson.Default.MoveArguments).Count ?? 1);

    private static int ThreadOf(DapRequest request) => request.Bind(DapJson.Default.MoveArguments).ThreadId ?? 0;

    private Task<DapResult> StartAsync(string title, SessionCommand command) =>
        Task.FromResult(_sitting.Travel.Start(title, null, leg => _mover.MoveAsync(leg, command), tellContinued: true));

    // Editors draw stepBack as "over". By instruction it is the mirror of next, and reverseStepIn that of stepIn; where every event is a step there is nothing smaller than the event before.
    private Task<DapResult> StepBackAsync(DapRequest request, CancellationToken ct)
    {
        SessionCommand command = ByInstruction(request) ? new SessionCommand.ReverseTicks(Count(request)) { OverCalls = true } : new SessionCommand.ReverseNext(Count(request)) { Thread = ThreadOf(request) };
        return Task.FromResult(_sitting.Travel.Start("Step back", null, leg => _mover.MoveAsync(leg, command)));
    }

    private static bool ByInstruction(DapRequest request) => request.Bind(DapJson.Default.MoveArguments).Granularity == "instruction";

    private Task<DapResult> RestartFrameAsync(DapRequest request, CancellationToken ct)
    {
        FrameHandle frame = _sitting.Handles.Frame(request.Bind(DapJson.Default.FrameArguments).FrameId);
        if (frame.Entry is not { } entry)
        {
            throw new DapRequestException("When this frame was entered is not known; use reverseStepOut to go to its call.");
        }
        return Task.FromResult(_sitting.Travel.Start("Restart frame", null, leg => _mover.MoveAsync(leg, new SessionCommand.Goto(entry))));
    }

    private Task<DapResult> GotoTickAsync(DapRequest request, CancellationToken ct)
    {
        GotoTickArguments arguments = request.Bind(DapJson.Default.GotoTickArguments);
        SessionCommand command = arguments switch
        {
            { Live: true } => new SessionCommand.GotoLive(),
            { Bookmark: { } name } => new SessionCommand.Goto(FindBookmark(name)),
            { Tick: { } tick } => new SessionCommand.Goto(new Ticks(CheckTick(tick))),
            _ => throw new DapRequestException("Say where to go: one of tick, bookmark, live."),
        };
        return StartAsync(command is SessionCommand.GotoLive ? "Return to live" : "Go to tick", command);
    }

    private long CheckTick(long tick)
    {
        long edge = _sitting.Session.Position.Edge.Value;
        return tick >= 0 && tick <= edge ? tick
            : throw new FredException(ErrorId.TickOutOfRange, $"Tick {tick} is outside the history, which goes from 0 to {edge}.");
    }

    private Ticks FindBookmark(string name)
    {
        Bookmark bookmark = _sitting.Session.Bookmarks.LastOrDefault(mark => mark.Name == name)
            ?? throw new FredException(ErrorId.NoSuchName, $"No bookmark is called '{name}'.");
        return bookmark.Branch == _sitting.Session.Position.Branch ? bookmark.At
            : throw new FredException(ErrorId.NotNow, $"The bookmark '{name}' is on another branch. Switch to that branch first.");
    }

    private Task<DapResult> UndoAsync(DapRequest request, CancellationToken ct)
    {
        int moves = Math.Max(1, request.Bind(DapJson.Default.UndoArguments).Count ?? 1);
        int length = _sitting.Session.Journal.Count;
        int entries = Math.Min(length, _sitting.Travel.UndoMarks.CountEntries(moves, length));
        return entries == 0
            ? throw new FredException(ErrorId.NotNow, "There is nothing to undo.")
            : StartAsync("Undo", new SessionCommand.Undo(entries));
    }

    private Task<DapResult> ReverseWatchAsync(DapRequest request, CancellationToken ct)
    {
        ReverseWatchArguments arguments = request.Bind(DapJson.Default.ReverseWatchArguments);
        FrameHandle frame = _sitting.Handles.Frame(arguments.FrameId);
        WatchQuery query = ToQuery(arguments, frame);
        return arguments.Mode switch
        {
            null or "invariant" => SearchLeg.WatchAsync(_sitting, request, query, report => FredBodies.Of(query.Expression, report, _sitting.Session), ct),
            "change" => WatchChangeAsync(request, query, frame, ct),
            _ => throw new DapRequestException($"'mode' is '{arguments.Mode}'; known are invariant and change."),
        };
    }

    // The value is another one until the statement that is searched for: that is the invariant. Changed to and fro, the last change counts, so the search is exact.
    private async Task<DapResult> WatchChangeAsync(DapRequest request, WatchQuery query, FrameHandle frame, CancellationToken ct)
    {
        DebugSession session = _sitting.Session;
        ValueNow now = await ValueNow.TakeAsync(session, _sitting.BackendName, query.Expression, query.Scope, ct).ConfigureAwait(false)
            ?? throw new FredException(ErrorId.BadExpression, $"{query.Expression} has no value here, so nothing can have given it one.");
        EvaluationScope there = frame.Activation is { } activation ? new EvaluationScope.InActivation(activation) : new EvaluationScope.InFrame(0);
        return await SearchLeg.RunAsync(_sitting, request, "Reverse watch", async token =>
        {
            WatchReport report = await session.ReverseWatchAsync(query with { Expression = now.IsOther, Exact = true }, token).ConfigureAwait(false);
            Evaluation before = await session.EvaluateAsync(query.Expression, there, token).ConfigureAwait(false);
            return (FredBodies.OfChange(query.Expression, report, session, before, now), report.Stop);
        }, ct).ConfigureAwait(false);
    }

    private static WatchQuery ToQuery(ReverseWatchArguments arguments, FrameHandle frame)
    {
        if (string.IsNullOrWhiteSpace(arguments.Expression))
        {
            throw new DapRequestException("reverseWatch needs an expression.");
        }
        WhichTransition which = arguments.Which switch
        {
            null or "last" => WhichTransition.Last,
            "first" => WhichTransition.First,
            "all" => WhichTransition.All,
            _ => throw new DapRequestException($"'which' is '{arguments.Which}'; known are last, first and all."),
        };
        return new WatchQuery(arguments.Expression, frame.Names, which);
    }
}
