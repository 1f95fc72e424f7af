namespace Fred.Dap;

/// <summary>Forward movement.</summary>
internal sealed class ForwardHandlers
{
    private readonly Sitting _sitting;
    private readonly Mover _mover;

    /// <summary>Initializes a new instance of the <see cref="ForwardHandlers"/> class.</summary>
    public ForwardHandlers(Sitting sitting, Mover mover)
    {
        _sitting = sitting;
        _mover = mover;
    }

    /// <summary>Adds the handlers to the map.</summary>
    public void Register(Dictionary<string, RequestHandler> map)
    {
        map["continue"] = ContinueAsync;
        map["next"] = (request, _) => StepAsync(request, "Step over", (count, byInstruction) =>
            byInstruction ? new SessionCommand.StepTicks(count) { OverCalls = true } : new SessionCommand.Next(count));
        map["stepIn"] = StepInAsync;
        map["stepInTargets"] = StepInTargetsAsync;
        map["stepOut"] = (request, _) => StepAsync(request, "Step out", (count, _) => new SessionCommand.Finish(count));
    }

    private Task<DapResult> ContinueAsync(DapRequest request, CancellationToken ct)
    {
        request.Bind(DapJson.Default.MoveArguments);
        DebugSession session = _sitting.Session;
        var body = new ContinueBody(true);
        bool ended = session.Position.IsLive && (session.Stop.ExitCode is not null || session.Stop.Reason is StopReason.Exit or StopReason.Exception);
        return Task.FromResult(ended
            ? DapResult.Of(body) with { Then = _sitting.Travel.AnnounceEnd }
            : _sitting.Travel.Start("Continue", body, leg => _mover.MoveAsync(leg, new SessionCommand.Continue())));
    }

    private Task<DapResult> StepInAsync(DapRequest request, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        StepInArguments arguments = request.Bind(DapJson.Default.StepInArguments);
        if (arguments.TargetId is not { } id)
        {
            return StepAsync(request, "Step in", (count, byInstruction) => byInstruction ? new SessionCommand.StepTicks(count) : new SessionCommand.Step(count));
        }
        CallTarget target = _sitting.Handles.Calls.TryGet(id, out CallTarget? found)
            ? found
            : throw new DapRequestException($"No call {id} at this stop. Ask for the targets again.");
        return Task.FromResult(_sitting.Travel.Start($"Step into {target.Label}", null, leg => _mover.MoveAsync(leg, new SessionCommand.StepInto(target))));
    }

    // Only the innermost frame has a statement that runs next; those further out are in the middle of theirs.
    private async Task<DapResult> StepInTargetsAsync(DapRequest request, CancellationToken ct)
    {
        FrameArguments arguments = request.Bind(DapJson.Default.FrameArguments);
        IReadOnlyList<CallTarget> targets = _sitting.Handles.Frame(arguments.FrameId).Index == 0 ? await _sitting.Session.GetCallTargetsAsync(ct).ConfigureAwait(false) : [];
        return DapResult.Of(new StepInTargetsBody([.. targets.Select(t => new StepInTarget(_sitting.Handles.Calls.Add(t), t.Label, t.Span.Line, t.Column))]));
    }

    // Instructions are smaller than statements in native programs only.
    private Task<DapResult> StepAsync(DapRequest request, string title, Func<int, bool, SessionCommand> command)
    {
        MoveArguments arguments = request.Bind(DapJson.Default.MoveArguments);
        bool byInstruction = arguments.Granularity == "instruction" && !_sitting.Session.Traits.EveryTickIsAStep;
        SessionCommand step = command(Math.Max(1, arguments.Count ?? 1), byInstruction) with { Thread = arguments.ThreadId ?? 0 };
        return Task.FromResult(_sitting.Travel.Start(title, null, leg => _mover.MoveAsync(leg, step)));
    }
}
