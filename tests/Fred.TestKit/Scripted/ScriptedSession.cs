using Fred.Core;

namespace Fred.TestKit;

/// <summary>A process of the scripted backend: the head extends its recording, a replica walks along it.</summary>
internal sealed class ScriptedSession : ILiveHead
{
    private readonly ScriptedBackend _backend;
    private BreakpointSet _armed = BreakpointSet.Empty;
    private volatile bool _pause;
    private long _progress;
    private bool _spent;
    private bool _disposed;

    public ScriptedSession(ScriptedBackend backend, ScriptedRecording recording, Ticks at, int replicaNumber)
    {
        _backend = backend;
        Recording = recording;
        ReplicaNumber = replicaNumber;
        _progress = at.Value;
        Current = Stop(at == Ticks.Zero ? StopReason.Entry : StopReason.Step, Here);
    }

    /// <inheritdoc/>
    public StopEvent Current { get; private set; }

    /// <inheritdoc/>
    public Ticks Progress => new(Interlocked.Read(ref _progress));

    /// <summary>Gets 0 for a head, else the replica's number.</summary>
    public int ReplicaNumber { get; }

    /// <summary>Gets what it extends or follows.</summary>
    public ScriptedRecording Recording { get; }

    /// <summary>Gets the event it stands at.</summary>
    public ScriptedEvent Here => Recording.Events[(int)Progress.Value];

    /// <inheritdoc/>
    public Task ArmAsync(BreakpointSet breakpoints, CancellationToken ct)
    {
        CheckUsable();
        _armed = breakpoints;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<StopEvent> RunAsync(RunRequest request, CancellationToken ct)
    {
        CheckUsable();
        _pause = false;
        while (Progress < request.Limit)
        {
            if (_pause)
            {
                return Current = Stop(StopReason.Pause, Here);
            }

            if (!await AdvanceAsync(ct))
            {
                return Current;
            }

            if (ReplicaNumber == 0 && _backend.Faults.HeadStopsInside(Progress))
            {
                return Current = Stop(StopReason.Pause, Here) with { Kind = EventKind.None, Fingerprint = default };
            }

            if (Here.Kind == EventKind.End)
            {
                return Current = Stop(Here.Exception is null ? StopReason.Exit : StopReason.Exception, Here);
            }

            if (request.StopAtBreakpoints && Hits() is { Count: > 0 } hits)
            {
                return Current = Stop(StopReason.Breakpoint, Here) with { Breakpoints = hits };
            }

            if (request.Step is { } filter && filter.Matches(Here.Depth, Here.Line, Here.Kind))
            {
                break;
            }
        }

        return Current = Stop(StopReason.Step, Here);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ScanMatch>> ScanAsync(ScanRequest request, CancellationToken ct)
    {
        CheckUsable();
        _spent = true;
        var (begun, matches) = (Progress, new List<ScanMatch>());
        while (Progress < request.Limit && await AdvanceAsync(ct))
        {
            if (_backend.Faults.ScanDiverges(begun, Progress))
            {
                throw new FredException(ErrorId.ReplayDiverged, $"Replica {ReplicaNumber} left the recording at tick {Progress}.");
            }

            matches.AddRange(request switch
            {
                EventScan scan => scan.Filter.Matches(Here.Depth, Here.Line, Here.Kind) ? [new ScanMatch(Progress)] : [],
                BreakpointScan => Hits().Select(id => new ScanMatch(Progress, id)),
                ExpressionScan scan => Sample(scan, matches),
                _ => throw new ArgumentOutOfRangeException(nameof(request)),
            });
        }

        return request is ExpressionScan or BreakpointScan { All: true } || matches.Count == 0 ? matches : [.. matches.Where(m => m.At == matches[^1].At)];
    }

    /// <inheritdoc/>
    public async Task<ObservationEnd> ObserveAsync(ObservationRequest request, Func<Observation, ValueTask> note, CancellationToken ct)
    {
        CheckUsable();
        _spent = true;
        var observer = new ScriptedObserver(_backend, request, Recording);
        var doubtful = 0;
        while (Progress < request.Limit && doubtful < _backend.Faults.MostDoubtful && await AdvanceAsync(ct))
        {
            foreach (var seen in observer.Look(Here))
            {
                await note(seen);
                doubtful += seen.IsDoubtful ? 1 : 0;
            }

            if (observer.IsTouched && _backend.Faults.ObservationDiverges(Progress))
            {
                throw new FredException(ErrorId.ReplayDiverged, $"Replica {ReplicaNumber} left the recording at tick {Progress}.");
            }
        }

        var doubt = $"digest {Progress}{(_backend.Faults.DigestDiffers(Progress) ? " changed" : string.Empty)}";
        return new ObservationEnd(Progress, Stop(StopReason.Step, Here).Fingerprint, observer.IsTouched ? doubt : null);
    }

    /// <inheritdoc/>
    public Task<IInspector> InspectAsync(CancellationToken ct)
    {
        CheckUsable();
        ct.ThrowIfCancellationRequested();
        var lies = ReplicaNumber > 0 && _backend.Faults.ValuesDiffer(ReplicaNumber, Progress);
        return Task.FromResult<IInspector>(new ScriptedInspector(_backend, Here, Recording, lies));
    }

    /// <inheritdoc/>
    public void RequestPause() => _pause = true;

    /// <inheritdoc/>
    public Task<MutationResult> MutateAsync(Mutation mutation, CancellationToken ct)
    {
        CheckUsable();
        if (ReplicaNumber > 0)
        {
            throw new InvalidOperationException("Only the head can be changed.");
        }

        try
        {
            Recording.Mutate(mutation);
            return Task.FromResult(new MutationResult(true, string.Empty));
        }
        catch (ScriptException error)
        {
            return Task.FromResult(new MutationResult(false, error.Message));
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> TakeNotices() => _backend.Faults.Notices();

    /// <inheritdoc/>
    public IReadOnlyList<Checkpoint> TakeNear() => _backend.Faults.LeavesNear is { } before ? [_backend.Engine.Leave(Recording.Events[(int)Progress.Value - before])] : [];

    /// <inheritdoc/>
    public HeadUsage Measure() => _backend.Faults.Usage();

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        if (!_disposed)
        {
            _disposed = true;
            _backend.Ended(this);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Ends the life of a replica that has become a head.</summary>
    public void BecameHead() => _spent = true;

    /// <summary>Throws when the session may not be used any more.</summary>
    public void CheckUsable()
    {
        if (_disposed || _spent)
        {
            throw new InvalidOperationException($"This session is {(_disposed ? "disposed" : "spent")}.");
        }
    }

    private async ValueTask<bool> AdvanceAsync(CancellationToken ct)
    {
        var faults = _backend.Faults;
        var isHead = ReplicaNumber == 0;
        var gate = faults.Before(isHead, Progress);
        if (!gate.IsCompletedSuccessfully || ct.IsCancellationRequested)
        {
            await WaitAsync(gate, ct);
        }

        if (isHead ? Recording.Advance() is null : Progress.Value >= Recording.Events.Count - 1)
        {
            Current = Stop(Here.Exception is null ? StopReason.Exit : StopReason.Exception, Here);
            return false;
        }

        Interlocked.Increment(ref _progress);
        if (isHead && faults.HeadDies(Progress))
        {
            _spent = true;
            throw new FredException(ErrorId.HeadLost, $"The program was killed at tick {Progress}.");
        }

        if (!isHead)
        {
            _backend.Counters.Executed(Progress);
            if (faults.ReplicaDies(ReplicaNumber, Progress))
            {
                _spent = true;
                throw new FredException(ErrorId.ReplicaLost, $"Replica {ReplicaNumber} died at tick {Progress}.");
            }
        }

        return true;
    }

    private async Task WaitAsync(Task gate, CancellationToken ct)
    {
        try
        {
            await gate.WaitAsync(ct);
            ct.ThrowIfCancellationRequested();
        }
        catch (OperationCanceledException)
        {
            _spent = ReplicaNumber > 0;
            Current = Stop(StopReason.Pause, Here);
            throw;
        }
    }

    private List<int> Hits() => Here.Kind != EventKind.Line ? [] :
    [
        .. _armed.Enabled.Where(b => b.Enabled && b.Location.Line == Here.Line && b.Location.File == _backend.Program.File && Holds(b.Condition)).Select(b => b.Id),
    ];

    private bool Holds(string? condition)
    {
        try
        {
            return condition is null || ScriptValue.IsTrue(Here.Evaluate(condition));
        }
        catch (ScriptException)
        {
            return true; // As pdb does: a condition that cannot be evaluated stops.
        }
    }

    private IEnumerable<ScanMatch> Sample(ExpressionScan scan, List<ScanMatch> before)
    {
        if (Progress.Value % scan.Stride != 0 && Progress != scan.Limit)
        {
            return [];
        }

        var truth = _backend.Faults.PerturbScan(Progress, Here.TruthOf(scan.Expression, scan.Scope));
        return before.Count > 0 && before[^1].Truth == truth ? [] : [new ScanMatch(Progress, 0, truth)];
    }

    private StopEvent Stop(StopReason reason, ScriptedEvent at) => new()
    {
        Reason = reason,
        At = at.At,
        Kind = at.Kind,
        Location = at.Stack.IsEmpty ? null : new SourceLocation(_backend.Program.File, at.Line),
        Function = at.Function,
        Depth = at.Depth,
        Detail = at.Exception,
        ExitCode = at.Kind == EventKind.End && at.Exception is null ? at.ExitCode : null,
        Fingerprint = new Fingerprint(
            ReplicaNumber > 0 && _backend.Faults.ReplicaDiverges(ReplicaNumber, at.At) ? -1 : (at.Line * 10) + (int)at.Kind, at.LogPosition, at.Depth),
    };
}
