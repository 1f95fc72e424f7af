using Fred.Core;

namespace Fred.Backends;

/// <summary>A native program's process as Core sees it, head or replica: stops at lines, breakpoints with conditions, scans.</summary>
/// <remarks>
/// The process counts instructions; the timeline's ticks are the same, counted from the first statement of main. What is hard is that a condition may call functions of the program, so it
/// is evaluated by gdb in a throw-away copy, at every hit.
/// </remarks>
internal partial class GdbSession(NativeProcess process, GdbContext context) : IReplaySession
{
    /// <summary>Ids of addresses that are armed for steps, beyond every breakpoint's.</summary>
    private const int OurId = 1_000_000_000;

    /// <summary>The signals gdb stops at by default: all but those that programs use in the course of business (SIGALRM, SIGCHLD, SIGURG, SIGVTALRM, SIGPROF, SIGWINCH, SIGIO, real-time).</summary>
    private const ulong StopSignals = 0x7fff_ffff & ~((1ul << 13) | (1ul << 16) | (1ul << 22) | (1ul << 25) | (1ul << 26) | (1ul << 27) | (1ul << 28) | (1ul << 15));

    private readonly NativeProcess _first = process; // progress is read by a timer, also just after the session has gone
    private readonly LineRules _rules = context.Rules;
    private NativeProcess? _process = process;
    private BreakpointSet _armed = BreakpointSet.Empty;
    private StopEvent? _current;
    private (IReadOnlyList<int> Ids, string Text) _changed = ([], string.Empty);
    private IReadOnlyList<int> _holding = [];

    /// <inheritdoc/>
    public StopEvent Current => _current ?? Process.Current;

    /// <inheritdoc/>
    public Ticks Progress => _first.Progress;

    /// <summary>Gets the process behind it.</summary>
    /// <exception cref="ObjectDisposedException">It was promoted or disposed.</exception>
    public NativeProcess Process => _process ?? throw new ObjectDisposedException(nameof(GdbSession), "The replica was disposed, or has become the head of a branch.");

    /// <summary>Gets what the session shares with the others of the program.</summary>
    protected GdbContext Context => context;

    /// <summary>Whether an id is that of an address of ours.</summary>
    /// <param name="id">Reported at a stop.</param>
    /// <returns>False for the user's breakpoints.</returns>
    public static bool IsOurs(int id) => id >= OurId;

    /// <summary>Completes what is known of the present stop: place, function, depth.</summary>
    /// <returns>Done.</returns>
    public async Task LookAsync() => _current = await context.DescribeAsync(Process).ConfigureAwait(false);

    /// <inheritdoc/>
    public Task ArmAsync(BreakpointSet breakpoints, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        _armed = breakpoints;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<ObservationEnd> ObserveAsync(ObservationRequest request, Func<Observation, ValueTask> note, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(request);
        await (request switch
        {
            HitObservation hits => new GdbObserver(this, context, note).HitsAsync(hits, ct),
            CallObservation calls => new GdbObserver(this, context, note).CallsAsync(calls, ct),
            ChangeObservation change => new ChangeObserver(this, context, change, note).RunAsync(ct),
            EventObservation events => new EventObserver(this, context, events, note).RunAsync(ct),
            _ => throw new ArgumentOutOfRangeException(nameof(request)),
        }).ConfigureAwait(false);
        return new ObservationEnd(request.Limit, Current.Fingerprint, Doubt: null);
    }

    /// <inheritdoc/>
    public async Task<StopEvent> RunAsync(RunRequest request, CancellationToken ct)
    {
        long? limit = request.Limit == Ticks.Never ? null : request.Limit.Value + Process.Space.Offset;
        if (request.Step is { } filter)
        {
            await StepAsync(filter, limit, request.StopAtBreakpoints, ct).ConfigureAwait(false);
        }
        else
        {
            var run = new NativeRun { Limit = limit, Breakpoints = request.StopAtBreakpoints, StopSignals = request.StopAtBreakpoints ? StopSignals : 0 };
            await ResumeAsync(run, [], request.StopAtBreakpoints, ct).ConfigureAwait(false);
            await Process.SettleAsync().ConfigureAwait(false);
            await LookAsync().ConfigureAwait(false);
        }

        if (Current.Reason == StopReason.Breakpoint)
        {
            // Those reached whose condition is false are not met; without any left, this is just where the run was to end.
            _current = Current with { Reason = _holding.Count > 0 ? StopReason.Breakpoint : StopReason.Step, Breakpoints = _holding };
        }

        if (Current.Reason == StopReason.Watch)
        {
            // A change that does not count, just where the run was to end.
            _current = _changed.Ids.Count > 0 ? Current with { Breakpoints = _changed.Ids, Detail = _changed.Text } : Current with { Reason = StopReason.Step };
        }

        if (Current.Reason == StopReason.Pause)
        {
            ct.ThrowIfCancellationRequested();
        }

        return Current;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ScanMatch>> ScanAsync(ScanRequest request, CancellationToken ct) => request switch
    {
        EventScan scan => await ScanLinesAsync(scan, ct).ConfigureAwait(false),
        BreakpointScan scan when Watched().Count > 0 => await ScanWatchesAsync(scan, ct).ConfigureAwait(false),
        BreakpointScan scan when _armed.Enabled.Any(b => b.Condition is not null) => await ScanConditionsAsync(scan, ct).ConfigureAwait(false),
        ChangeScan scan => await ScanChangesAsync(scan, ct).ConfigureAwait(false),
        BreakpointScan scan => await ScanBreakpointsAsync(scan, ct).ConfigureAwait(false),
        ExpressionScan scan => await ScanExpressionAsync(scan, ct).ConfigureAwait(false),
        _ => throw new ArgumentOutOfRangeException(nameof(request)),
    };

    /// <inheritdoc/>
    public Task<IInspector> InspectAsync(CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        return Task.FromResult<IInspector>(new GdbInspector(this, context));
    }

    /// <inheritdoc/>
    public void RequestPause() => _process?.RequestPause();

    /// <summary>Gives the process away; this object is of no use afterwards.</summary>
    /// <returns>The process.</returns>
    public NativeProcess Release()
    {
        var released = Process;
        _process = null;
        return released;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _process, null) is { } mine)
        {
            await context.ForgetAsync(mine).ConfigureAwait(false);
            await mine.DisposeAsync().ConfigureAwait(false);
        }

        GC.SuppressFinalize(this);
    }

    private async Task StepAsync(StepFilter filter, long? limit, bool stopAtBreakpoints, CancellationToken ct)
    {
        if (filter.IsInstruction)
        {
            await StepInstructionAsync(filter.Depth != int.MaxValue, limit, stopAtBreakpoints, ct).ConfigureAwait(false);
            return;
        }

        var kind = filter.ReturnOnly ? StepKind.Out : filter.Depth == int.MaxValue ? StepKind.Into : StepKind.Over;
        var thread = Process.Halt.Thread;
        Task<AgentMessage.Halted> GoOnAsync(NativeRun run, IReadOnlyList<ulong> ours) => ResumeAsync(run with { StopSignals = StopSignals, Thread = thread }, ours, stopAtBreakpoints, ct);
        while (true)
        {
            var before = Process.Halt.Tick;
            var (left, function) = kind == StepKind.Out
                ? (await FrameFinder.InnermostAsync(Process).ConfigureAwait(false), Process.Space.Modules.Find(Process.Halt.Pc, Process.Pid).Function)
                : default;
            var calls = Process is { IsLive: true, Ticks.IsCounted: false } ? new LongCall(Process, floor => FindCalleeAsync(floor, ct), GoOnAsync) : null;
            var stepper = new Stepper(Process, _rules, calls, GoOnAsync);
            var halt = await stepper.StepAsync(kind, limit).ConfigureAwait(false);
            await Process.SettleAsync().ConfigureAwait(false);
            await LookAsync().ConfigureAwait(false);
            if (halt.Reason == "line" && _current is { } arrived)
            {
                _current = arrived with { Reason = StopReason.Step, Breakpoints = Process.Halt.Reason == "breakpoint" ? _holding : await HoldingAsync(UserIds(Process.Halt), ct).ConfigureAwait(false) };
                if (function is { } returned && Process.Halt.Pc == left.ReturnTo && Process.Halt.Sp == left.Address)
                {
                    _current = _current with { Detail = await ReturnedAsync(returned.Start, ct).ConfigureAwait(false) };
                }

                if (kind == StepKind.Over && !filter.Matches(arrived.Depth, arrived.Location?.Line ?? 0, arrived.Kind) && Process.Halt.Tick > before)
                {
                    continue; // until: an earlier line of the same function
                }
            }

            return;
        }
    }

    /// <summary>One instruction; one that calls, with all that it calls.</summary>
    private async Task StepInstructionAsync(bool overCalls, long? limit, bool stopAtBreakpoints, CancellationToken ct)
    {
        var (pc, sp, thread) = (Process.Halt.Pc, Process.Halt.Sp, Process.Halt.Thread);
        var halt = await ResumeAsync(new NativeRun { Limit = limit, Steps = 1, StopSignals = StopSignals, Thread = thread }, [], stopAtBreakpoints, ct).ConfigureAwait(false);
        if (overCalls && halt.Reason == "limit" && halt.Sp == sp - 8 && Process.Memory.ReadWord(halt.Sp) is { } back && back > pc && back - pc <= 15)
        {
            do
            {
                // A recursive call may come back to the same place further down.
                halt = await ResumeAsync(new NativeRun { Limit = limit, Breakpoints = true, StopSignals = StopSignals, Thread = thread }, [back], stopAtBreakpoints, ct).ConfigureAwait(false);
            }
            while (halt.Reason == "breakpoint" && halt.Ids.All(IsOurs) && halt.Sp < sp);
            await Process.SettleAsync().ConfigureAwait(false);
        }

        await LookAsync().ConfigureAwait(false);
        if (_current is { Reason: StopReason.Breakpoint } arrived && UserIds(Process.Halt).Count == 0)
        {
            _current = arrived with { Reason = StopReason.Step, Breakpoints = [] };
        }
    }

    private static IReadOnlyList<int> UserIds(AgentMessage.Halted halt) => [.. halt.Ids.Where(id => !IsOurs(id))];

    /// <summary>Runs with the user's breakpoints and some addresses of ours; passes breakpoints whose condition is false.</summary>
    private async Task<AgentMessage.Halted> ResumeAsync(NativeRun run, IReadOnlyList<ulong> ours, bool stopAtBreakpoints, CancellationToken ct)
    {
        var armed = stopAtBreakpoints ? context.Sites(_armed) : [];
        var watchpoints = new Watchpoints(this, context, stopAtBreakpoints ? Watched() : []);
        if (watchpoints.Any)
        {
            await watchpoints.ArmAsync(ct).ConfigureAwait(false);
            run = run with { Watches = true };
        }

        if (run.Breakpoints)
        {
            await Process.ArmAsync([.. armed, .. ours.Select((address, i) => (OurId + i, address))]).ConfigureAwait(false);
        }

        while (true)
        {
            var halt = await Process.RunAsync(run, ct).ConfigureAwait(false);
            if (halt.Reason == "watch")
            {
                _changed = await watchpoints.ChangedAsync(halt.Ids, ct).ConfigureAwait(false);
                if (_changed.Ids.Count > 0 || halt.Tick == run.Limit)
                {
                    return halt;
                }

                continue;
            }

            var isOurs = halt.Ids.Any(IsOurs) && (run.Thread == 0 || run.Thread == halt.Thread);
            var holding = halt.Reason == "breakpoint" ? await HoldingAsync(halt.Ids, ct).ConfigureAwait(false) : [];
            if (halt.Reason != "breakpoint" || isOurs || holding.Count > 0 || halt.Tick == run.Limit)
            {
                // Who steps need not ask again: what a false condition holds back is not among the ids.
                _holding = [.. holding.Where(id => !IsOurs(id))];
                return halt.Reason == "breakpoint" ? halt with { Ids = holding } : halt;
            }
        }
    }

    /// <summary>What gdb's finish says of the function that the instruction before has left.</summary>
    private async Task<string?> ReturnedAsync(ulong function, CancellationToken ct)
    {
        var inspector = new GdbInspector(this, context);
        await using (inspector.ConfigureAwait(false))
        {
            return await inspector.ReadReturnedAsync(function, ct).ConfigureAwait(false) is { } value ? $"Value returned is {value.Number} = {value.Value}" : null;
        }
    }

    private async Task<NativeFrame?> FindCalleeAsync(ulong stack, CancellationToken ct)
    {
        var inspector = new GdbInspector(this, context);
        await using (inspector.ConfigureAwait(false))
        {
            return await inspector.FindCalleeAsync(stack, ct).ConfigureAwait(false);
        }
    }

    private IReadOnlyList<Breakpoint> Watched() => [.. _armed.Enabled.Where(b => b.Watched is not null)];

    /// <summary>Of the breakpoints reached, those whose condition holds or cannot be evaluated.</summary>
    private async Task<IReadOnlyList<int>> HoldingAsync(IReadOnlyList<int> ids, CancellationToken ct)
    {
        var holding = new List<int>();
        foreach (var id in ids)
        {
            var condition = _armed.Enabled.FirstOrDefault(b => b.Id == id)?.Condition;
            if (condition is null || await GdbContext.HoldsAsync(this, condition, ct).ConfigureAwait(false))
            {
                holding.Add(id);
            }
        }

        return holding;
    }
}
