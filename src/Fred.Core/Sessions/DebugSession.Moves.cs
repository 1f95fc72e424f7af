namespace Fred.Core;

/// <content>Commands that move or change: one at a time.</content>
public sealed partial class DebugSession
{
    private const int MostFrames = 1000;

    private Task? _command;

    /// <summary>Carries out a movement.</summary>
    /// <param name="command">Where to.</param>
    /// <param name="ct">Cancelling a movement through the past returns to the old position (<see cref="ErrorId.Cancelled"/>); cancelling a live run pauses it where it is, which is a stop.</param>
    /// <returns>Where and why it stopped.</returns>
    /// <exception cref="FredException">The command is not possible now or failed; the sitting stands where it stood, except that a lost live program (<see cref="ErrorId.HeadLost"/>) leaves it at the end of the history.</exception>
    public async Task<StopEvent> ExecuteAsync(SessionCommand command, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(command);
        CheckCount(command);
        var from = Position;
        var stop = await MoveAsync(SessionRequest.Move, StateDuring(command), JournalLog.Describe(command), token => DispatchAsync(command, token), ct).ConfigureAwait(false);
        if (command is SessionCommand.Undo undo)
        {
            foreach (var change in _journal.RemoveLast(undo.Count))
            {
                Publish(new SessionEvent.Notice($"'{change.Text}' changed the live program at tick {change.To.At} and stays done there; go to a tick before it and change something to begin another branch."));
            }
        }
        else
        {
            _journal.Add(JournalLog.Describe(command), from, Position);
        }

        return stop;
    }

    /// <summary>Runs a statement in the program: journalled at the live edge, the beginning of a new branch in the past.</summary>
    /// <param name="mutation">What and in which frame.</param>
    /// <param name="ct">Cancels before the statement starts.</param>
    /// <returns>What it displayed or raised. A branch begun for a statement that raises stays.</returns>
    public async Task<MutationResult> MutateAsync(Mutation mutation, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(mutation);
        var from = Position;
        var result = new MutationResult(false, string.Empty);
        await MoveAsync(
            SessionRequest.Mutate,
            SessionState.Travelling,
            mutation.Source,
            async token =>
            {
                if (!_timeline.IsLive)
                {
                    foreach (var loss in await _timeline.PromoteAsync(token).ConfigureAwait(false))
                    {
                        Publish(new SessionEvent.Notice(loss));
                    }

                    Publish(new SessionEvent.BranchChanged(Describe(_timeline.Branch)));
                }

                result = await _timeline.MutateAsync(mutation, token).ConfigureAwait(false);
                return _stop;
            },
            ct).ConfigureAwait(false);
        _journal.Add(mutation.Source, from, Position, changedLive: from.Branch == Position.Branch);
        return result;
    }

    /// <summary>Takes a checkpoint here that is never thinned out.</summary>
    /// <param name="ct">Cancels.</param>
    /// <returns>The checkpoint.</returns>
    public async Task<CheckpointInfo> TakeCheckpointAsync(CancellationToken ct)
    {
        CheckpointInfo? taken = null;
        await MoveAsync(
            SessionRequest.TakeCheckpoint,
            SessionState.Travelling,
            "checkpoint",
            async token =>
            {
                var entry = await _timeline.SaveHereAsync(CheckpointRole.Pinned, token).ConfigureAwait(false) ?? throw new FredException(
                    ErrorId.ForkFailed, $"No checkpoint could be taken at tick {_timeline.At}: the machine has no room for it, or the checkpointer keeps none (reexec). Free memory or processes (ulimit -u), or use a bookmark, which costs nothing.");
                taken = new CheckpointInfo(entry.Number, entry.At, true);
                Publish(new SessionEvent.CheckpointsChanged());
                return _stop;
            },
            ct).ConfigureAwait(false);
        return taken ?? throw new InvalidOperationException();
    }

    private static void CheckCount(SessionCommand command)
    {
        var count = command switch
        {
            SessionCommand.Step c => c.Count,
            SessionCommand.StepTicks c => c.Count,
            SessionCommand.Next c => c.Count,
            SessionCommand.Finish c => c.Count,
            SessionCommand.Continue c => c.Count,
            SessionCommand.ReverseTicks c => c.Count,
            SessionCommand.ReverseStep c => c.Count,
            SessionCommand.ReverseNext c => c.Count,
            SessionCommand.ReverseFinish c => c.Count,
            SessionCommand.ReverseContinue c => c.Count,
            SessionCommand.Undo c => c.Count,
            _ => 1,
        };
        if (count < 1)
        {
            throw new FredException(ErrorId.Usage, $"The count must be 1 or more, not {count}.");
        }
    }

    private static bool IsForward(SessionCommand command) => command
        is SessionCommand.Step or SessionCommand.StepInto or SessionCommand.StepTicks or SessionCommand.Next or SessionCommand.Finish or SessionCommand.Until or SessionCommand.RunTo or SessionCommand.Continue;

    private static async Task WaitForCommandAsync(Task? command)
    {
        if (command is not null)
        {
#pragma warning disable VSTHRD003 // A completion source of this class; it is only ever completed.
            await command.ConfigureAwait(false);
#pragma warning restore VSTHRD003
        }
    }

    private SessionState StateDuring(SessionCommand command) => IsForward(command) && _timeline.IsLive ? SessionState.Running : SessionState.Travelling;

    private async Task<StopEvent> DispatchAsync(SessionCommand command, CancellationToken ct) =>
        await DispatchAsync(command, await StandingAsync(command.Thread, ct).ConfigureAwait(false), ct).ConfigureAwait(false);

    /// <summary>The stop as it would be if this thread had made it, as far as steps need it.</summary>
    private async Task<StopEvent> StandingAsync(int thread, CancellationToken ct)
    {
        var stop = _timeline.Session.Current;
        if (thread == 0 || stop.Thread == 0 || thread == stop.Thread || !Traits.EveryTickIsAStep)
        {
            return stop;
        }

        var stack = await _timeline.LookAsync(_timeline.Session, inspector => inspector.GetStackAsync(thread, 0, MostFrames, ct), ct).ConfigureAwait(false);
        var frame = stack.Frames.FirstOrDefault(f => f.Depth is not null);
        return stop with { Thread = thread, Depth = frame?.Depth ?? 0, Location = frame?.Location, Anchor = 0, Kind = EventKind.Line };
    }

    private Task<StopEvent> DispatchAsync(SessionCommand command, StopEvent from, CancellationToken ct) => command switch
    {
        SessionCommand.Step c => _forward.StepAsync(from, c.Count, ct),
        SessionCommand.StepInto c => _forward.StepIntoAsync(c.Target, ct),
        SessionCommand.StepTicks { OverCalls: true } c when !Traits.EveryTickIsAStep => _forward.InstructionsAsync(c.Count, ct),
        SessionCommand.StepTicks c => _forward.TicksAsync(c.Count, ct),
        SessionCommand.Next c => _forward.NextAsync(from, c.Count, ct),
        SessionCommand.Finish c => _forward.FinishAsync(from, c.Count, ct),
        SessionCommand.Until c => _forward.UntilAsync(from, c.Line, ct),
        SessionCommand.RunTo c => _forward.RunToAsync(c.Filter, ct),
        SessionCommand.Continue c => _forward.ContinueAsync(c.Count, ct),
        SessionCommand.ReverseTicks c when Traits.EveryTickIsAStep => _reverse.StepAsync(from, c.Count, ct),
        SessionCommand.ReverseTicks c => new InstructionsBack(_timeline).GoAsync(c.Count, c.OverCalls, ct),
        SessionCommand.ReverseStep c => _reverse.StepAsync(from, c.Count, ct),
        SessionCommand.ReverseNext c => _reverse.NextAsync(from, c.Count, ct),
        SessionCommand.ReverseFinish c => _reverse.FinishAsync(from, c.Count, ct),
        SessionCommand.ReverseContinue c => _reverse.ContinueAsync(c, _breakpoints.Armed, ct),
        SessionCommand.Goto c => _timeline.GotoAsync(c.Target, ct),
        SessionCommand.GotoLive => _timeline.GotoAsync(_timeline.Branch.Edge, ct),
        SessionCommand.Undo c => UndoAsync(c.Count, ct),
        SessionCommand.RestartCheckpoint c => RestartAsync(c.Number, ct),
        SessionCommand.SwitchBranch c => SwitchAsync(c.Name, ct),
        _ => throw new ArgumentOutOfRangeException(nameof(command)),
    };

    private async Task<StopEvent> UndoAsync(int count, CancellationToken ct)
    {
        var target = _journal.Before(count);
        return await SwitchAsync(_timeline.Branches.Single(b => b.Id == target.Branch), target.At, ct).ConfigureAwait(false);
    }

    private Task<StopEvent> RestartAsync(int number, CancellationToken ct)
    {
        var checkpoint = _timeline.FindCheckpoint(number);
        var branch = _timeline.Branch.Sees(checkpoint.Branch, checkpoint.At) ? _timeline.Branch : _timeline.Branches.Single(b => b.Id == checkpoint.Branch);
        return SwitchAsync(branch, checkpoint.At, ct);
    }

    private Task<StopEvent> SwitchAsync(string name, CancellationToken ct)
    {
        var branch = _timeline.FindBranch(name);
        return SwitchAsync(branch, ReferenceEquals(branch, _timeline.Branch) ? _timeline.At : branch.LeftAt, ct);
    }

    private async Task<StopEvent> SwitchAsync(Branch branch, Ticks target, CancellationToken ct)
    {
        var old = _timeline.Branch;
        var stop = await _timeline.SwitchAsync(branch, target, ct).ConfigureAwait(false);
        if (!ReferenceEquals(old, branch))
        {
            Publish(new SessionEvent.BranchChanged(Describe(branch)));
        }

        return stop;
    }

    /// <summary>The frame of every command: one at a time, cancellable, and at rest again whatever happens.</summary>
    private async Task<StopEvent> MoveAsync(SessionRequest request, SessionState during, string title, Func<CancellationToken, Task<StopEvent>> move, CancellationToken ct)
    {
        using var moving = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var done = Begin(request, during, moving);
        var before = _timeline.At;
        StopEvent? stop = null;
        try
        {
            await _inspectors.CloseAsync().ConfigureAwait(false);
            _timeline.Meter.Begin(title, 0);
            stop = await move(moving.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException error)
        {
            throw new FredException(ErrorId.Cancelled, $"Cancelled; you are still at tick {_timeline.At}.", error);
        }
        finally
        {
            _timeline.Meter.End();
            End(stop, before);
            done.SetResult();
        }

        return _stop;
    }

    private TaskCompletionSource Begin(SessionRequest request, SessionState during, CancellationTokenSource moving)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (RequestGate.Refusal(request, _state) is { } refusal)
            {
                throw new FredException(ErrorId.NotNow, refusal);
            }

            (_state, _moving, _command) = (during, moving, done.Task);
        }

        Publish(new SessionEvent.StateChanged(during));
        return done;
    }

    private void End(StopEvent? stop, Ticks before)
    {
        lock (_lock)
        {
            _moving = null;
            if (_state == SessionState.Closed)
            {
                return;
            }
        }

        SetState(RestingState());
        if (stop is null && _timeline.At == before)
        {
            _inspectors.Look(_timeline.Session);
        }
        else if (ReferenceEquals(stop, _stop))
        {
            // Something was done here, but nobody moved.
            _stop = _stop with { Live = _timeline.IsLive };
            _inspectors.Look(_timeline.Session);
        }
        else
        {
            // Without a stop the live program was lost: the sitting stands at the end of what is left.
            Arrive(stop ?? (_timeline.Branch.IsHistoryOnly ? _timeline.Branch.EdgeStop : _timeline.Session.Current));
        }
    }
}
