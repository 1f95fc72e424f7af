namespace Fred.Core;

/// <content>Running forward: the replica in the past, the head at the live edge.</content>
internal sealed partial class Timeline
{
    /// <summary>Runs forward from where the user stands, in the past or live.</summary>
    /// <param name="request">Where to stop.</param>
    /// <param name="armed">The breakpoints that count.</param>
    /// <param name="ct">In the past: returns to where the user stood; live: pauses.</param>
    /// <returns>The stop. In the past never beyond the live edge, which ends the run with <see cref="StopReason.EndOfHistory"/> unless the request says to stop there.</returns>
    public Task<StopEvent> RunAsync(RunRequest request, BreakpointSet armed, CancellationToken ct)
    {
        if (!IsLive && At < Branch.Edge)
        {
            return RunReplicaAsync(request, armed, ct);
        }

        return Branch.HasEnded || Branch.IsHistoryOnly || Branch.Head is not { } head
            ? Task.FromResult(Branch.EdgeStop with { Reason = StopReason.EndOfHistory })
            : RunHeadAsync(head, request, armed, ct);
    }

    /// <summary>Runs the program to the first event of its child that is to be recorded in its place.</summary>
    /// <param name="stop">Where it stands.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The child's first stop, which is its end when it has no statement; the given one when no child is to be recorded.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.NoSuchChild"/>: the program has ended before, or the child cannot be recorded.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task<StopEvent> FollowAsync(StopEvent stop, CancellationToken ct)
    {
        if (Branch.Head?.Child is not { } child)
        {
            return stop;
        }

        while (!child.IsFound)
        {
            if (Branch.HasEnded || Branch.IsHistoryOnly || stop.Reason is StopReason.Exception or StopReason.Deadlock || Branch.Head?.Child != child)
            {
                throw new FredException(ErrorId.NoSuchChild, Missing(child, stop));
            }

            stop = await RunAsync(new RunRequest(Ticks.Never), BreakpointSet.Empty, ct).ConfigureAwait(false);
            ct.ThrowIfCancellationRequested();
        }

        if (!Traits.EveryTickIsAStep && stop is { Reason: StopReason.Step, Location: null })
        {
            // A native program stands in the midst of libc's fork.
            stop = await RunAsync(new RunRequest(Ticks.Never, new StepFilter(stop.Depth) { Anchor = stop.Anchor }), BreakpointSet.Empty, ct).ConfigureAwait(false);
            ct.ThrowIfCancellationRequested();
        }

        return stop.Reason == StopReason.EndOfHistory ? throw new FredException(ErrorId.NoSuchChild, Missing(child, stop)) : stop;
    }

    private static string Missing(FollowedChild child, StopEvent stop)
    {
        var made = child.Made switch { 0 => "no child", 1 => "1 child", var many => $"{many} children" };
        return stop.Reason switch
        {
            StopReason.Exit or StopReason.Signal => $"The program started {made} and ended{(stop.ExitCode is { } status ? $" with status {status}" : string.Empty)}, so there was no child {child.Number} to follow. Give --follow child:N a number that is reached; it counts the processes that the program starts itself.",
            StopReason.EndOfHistory => $"Child {child.Number} cannot be followed: {stop.Detail?.TrimEnd('.')}. Every process that the program starts counts, also one that is another program (of subprocess, of multiprocessing's start methods spawn and forkserver), which cannot be followed.",
            _ => $"Child {child.Number} was not reached: the program stopped before ({stop.Reason.ToString().ToLowerInvariant()}{(stop.Detail is { } detail ? ": " + detail.TrimEnd('.') : string.Empty)}). Run it without --follow to see why.",
        };
    }

    /// <summary>The stop at the live edge, when a movement arrives there.</summary>
    /// <param name="reason">Why, unless the program has ended there, or can never go on.</param>
    /// <returns>The stop.</returns>
    private StopEvent EdgeArrival(StopReason reason) =>
        Branch.HasEnded || Branch.EdgeStop.Reason == StopReason.Deadlock ? Branch.EdgeStop : Branch.EdgeStop with
        {
            Reason = reason,
            Breakpoints = [],

            // Why the recording cannot go on holds for every arrival; what a movement found there was that movement's.
            Detail = Branch.EdgeStop.Reason == StopReason.EndOfHistory ? Branch.EdgeStop.Detail : null,
        };

    private async Task<StopEvent> RunHeadAsync(ILiveHead head, RunRequest request, BreakpointSet armed, CancellationToken ct)
    {
        await RunHeadOnceAsync(head, request, armed, ct).ConfigureAwait(false);
        while (head.Current.Requests.Count > 0)
        {
            var (running, limit) = (head, request.Limit);
            head = await CarryOutAsync(head, ct).ConfigureAwait(false);
            if (ct.IsCancellationRequested)
            {
                return head.Current with { Reason = StopReason.Pause, Requests = [] };
            }

            // A limit was meant where the program was; where it is now, it means the next event.
            request = ReferenceEquals(head, running) || limit == Ticks.Never ? request : request with { Limit = new Ticks(head.Current.At.Value + 1) };
            await RunHeadOnceAsync(head, request, armed, ct).ConfigureAwait(false);
        }

        return head.Current;
    }

    private async Task RunHeadOnceAsync(ILiveHead head, RunRequest request, BreakpointSet armed, CancellationToken ct)
    {
        await head.ArmAsync(armed, ct).ConfigureAwait(false);
        using var running = new CancellationTokenSource();
        var pacing = _pacer.RunAsync(Branch, head, running.Token);
        try
        {
            await head.RunAsync(request, ct).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The head stands where it paused; that is the result.
        }
        catch (FredException error)
        {
            await running.CancelAsync().ConfigureAwait(false);
            await pacing.ConfigureAwait(false);
            await LoseHeadAsync(head).ConfigureAwait(false);
            throw new FredException(error.Id, $"{error.Message} The history up to tick {Branch.Edge} is still there: reverse-step, reverse-watch and goto work.", error);
        }
        finally
        {
            await running.CancelAsync().ConfigureAwait(false);
            await pacing.ConfigureAwait(false);
        }

        Told(head.TakeNotices());
        Branch.EdgeStop = head.Current;
        _proof.Observe(Branch, head.Current);
        if (head.TakeNear() is { Count: > 0 } left)
        {
            foreach (var near in left)
            {
                _table.Add(near, Branch.Id, CheckpointRole.Micro);
            }

            ThinMicros(head.Current.At);
        }
    }

    private async Task<StopEvent> RunReplicaAsync(RunRequest request, BreakpointSet armed, CancellationToken ct)
    {
        var (from, edge) = (At, Branch.Edge);
        var limit = request.Limit < edge ? request.Limit : edge;
        if (_engine.Traits.CanSave && limit - from > Traits.ShortReplay)
        {
            // The way back, should the run be cancelled or the replica die.
            await ParkMicroAsync(Session, ct).ConfigureAwait(false);
        }

        StopEvent stop;
        for (var deaths = 0; ;)
        {
            try
            {
                await Session.ArmAsync(armed, ct).ConfigureAwait(false);
                _meter.Follow(Session, from, limit);
                stop = await Session.RunAsync(request with { Limit = limit }, ct).ConfigureAwait(false);
                _proof.Check(Branch, stop);
                if (stop.At < edge && armed.Enabled.Any(b => b.Condition is not null))
                {
                    stop = await ReplaceBySoundAsync(stop, ct).ConfigureAwait(false);
                }

                break;
            }
            catch (Exception error) when (error is FredException or OperationCanceledException)
            {
                await ReturnAsync(from).ConfigureAwait(false);
                if (error is not FredException { Id: ErrorId.ReplicaLost } || ++deaths >= MaxReplicaDeaths)
                {
                    throw;
                }
            }
        }

        return stop.At < edge ? stop : ReachEdge(request, stop);
    }

    /// <summary>Conditions were evaluated in the replica itself, which may have shifted its memory: what is shown is a clean replay to the same tick.</summary>
    private async Task<StopEvent> ReplaceBySoundAsync(StopEvent stop, CancellationToken ct)
    {
        var clean = await ReachAsync(stop.At, leaveMicros: true, ct).ConfigureAwait(false);
        Show(clean);
        return clean.Current with { Reason = stop.Reason, Breakpoints = stop.Breakpoints, Detail = stop.Detail ?? clean.Current.Detail };
    }

    /// <summary>A run has spent the replica the user looked at: back to where he stood, or, when nothing leads there any more, to the live program.</summary>
    private async Task ReturnAsync(Ticks from)
    {
        try
        {
            Show(await ReachAsync(from, leaveMicros: false, CancellationToken.None).ConfigureAwait(false));
        }
        catch (FredException) when (Branch.Head is not null)
        {
            Show(Branch.Head);
            throw;
        }
    }

    /// <summary>The replica has come to the live edge: the live program takes over.</summary>
    private StopEvent ReachEdge(RunRequest request, StopEvent stop)
    {
        if (Branch.Head is { } head)
        {
            Show(head);
        }

        var wanted = stop.Reason is StopReason.Breakpoint or StopReason.Watch || stop.At == request.Limit || request.Step?.Matches(stop.Depth, stop.Location?.Line ?? 0, stop.Kind) == true;
        if (!wanted)
        {
            return EdgeArrival(StopReason.EndOfHistory);
        }

        var arrival = EdgeArrival(stop.Reason);
        return arrival with { Breakpoints = stop.Reason is StopReason.Breakpoint or StopReason.Watch ? stop.Breakpoints : [], Detail = Branch.HasEnded ? arrival.Detail : stop.Detail ?? arrival.Detail };
    }

    /// <summary>The live program is gone: the history ends at the last tick that can still be reached.</summary>
    private async Task LoseHeadAsync(ILiveHead head)
    {
        var last = head.Progress > Branch.Edge ? head.Progress : Branch.Edge;
        Branch.Head = null;
        Branch.EdgeStop = Branch.EdgeStop with { At = last };
        var session = await TryReachAsync(last).ConfigureAwait(false)
            ?? (_table.Nearest(Branch, last) is { } newest ? await TryReachAsync(newest.At).ConfigureAwait(false) : null);
        if (session is null)
        {
            _retired.Add(head);
            return;
        }

        Branch.EdgeStop = session.Current with { Reason = StopReason.EndOfHistory };
        Show(session);
    }

    private async Task<IReplaySession?> TryReachAsync(Ticks target)
    {
        try
        {
            return await ReachAsync(target, leaveMicros: true, CancellationToken.None).ConfigureAwait(false);
        }
        catch (FredException)
        {
            return null;
        }
    }
}
