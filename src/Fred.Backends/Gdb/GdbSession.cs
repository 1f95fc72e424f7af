using Fred.Core;

namespace Fred.Backends;

/// <summary>A native program's process as Core sees it, head or replica: stops at lines, breakpoints with conditions, scans.</summary>
/// <remarks>
/// The process counts instructions; the timeline's ticks are the same, counted from the first statement of main. What is hard is that a condition may call functions of the program, so it
/// is evaluated by gdb in a throw-away copy, at every hit.
/// </remarks>
internal class GdbSession(NativeProcess process, GdbContext context) : IReplaySession
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
    public Task<ObservationEnd> ObserveAsync(ObservationRequest request, Func<Observation, ValueTask> note, CancellationToken ct) => throw new FredException(
        ErrorId.NativeUnsupported, "log, history-of and calls do not work on native programs yet. A breakpoint and reverse-continue visit each hit; reverse-watch finds the last change.");

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
        BreakpointScan scan when _armed.Enabled.Any(b => b.Condition is not null) => await ScanConditionsAsync(scan, ct).ConfigureAwait(false),
        ChangeScan scan => await ScanChangesAsync(scan, ct).ConfigureAwait(false),
        BreakpointScan scan => await ScanBreakpointsAsync(scan, ct).ConfigureAwait(false),
        _ => throw new NotSupportedException("Native programs are sampled, not scanned, for expressions."),
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
        var kind = filter.ReturnOnly ? StepKind.Out : filter.Depth == int.MaxValue ? StepKind.Into : StepKind.Over;
        while (true)
        {
            var before = Process.Halt.Tick;
            var stepper = new Stepper(Process, _rules, (run, ours) => ResumeAsync(run with { StopSignals = StopSignals }, ours, stopAtBreakpoints, ct));
            var halt = await stepper.StepAsync(kind, limit).ConfigureAwait(false);
            await Process.SettleAsync().ConfigureAwait(false);
            await LookAsync().ConfigureAwait(false);
            if (halt.Reason == "line" && _current is { } arrived)
            {
                _current = arrived with { Reason = StopReason.Step, Breakpoints = UserIds(Process.Halt) };
                if (kind == StepKind.Over && !filter.Matches(arrived.Depth, arrived.Location?.Line ?? 0, arrived.Kind) && Process.Halt.Tick > before)
                {
                    continue; // until: an earlier line of the same function
                }
            }

            return;
        }
    }

    private static IReadOnlyList<int> UserIds(AgentMessage.Halted halt) => [.. halt.Ids.Where(id => !IsOurs(id))];

    /// <summary>Runs with the user's breakpoints and some addresses of ours; passes breakpoints whose condition is false.</summary>
    private async Task<AgentMessage.Halted> ResumeAsync(NativeRun run, IReadOnlyList<ulong> ours, bool stopAtBreakpoints, CancellationToken ct)
    {
        var armed = stopAtBreakpoints ? context.Sites(_armed) : [];
        if (run.Breakpoints)
        {
            await Process.ArmAsync([.. armed, .. ours.Select((address, i) => (OurId + i, address))]).ConfigureAwait(false);
        }

        while (true)
        {
            var halt = await Process.RunAsync(run, ct).ConfigureAwait(false);
            if (halt.Reason != "breakpoint" || halt.Ids.Any(IsOurs) || (await HoldingAsync(halt.Ids, ct).ConfigureAwait(false)).Count > 0 || halt.Tick == run.Limit)
            {
                return halt;
            }
        }
    }

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

    private ScanMatch At(long tick, int breakpoint = 0) => new(new Ticks(tick - Process.Space.Offset), breakpoint);

    private async Task<IReadOnlyList<ScanMatch>> ScanBreakpointsAsync(BreakpointScan scan, CancellationToken ct)
    {
        await Process.ArmAsync(context.Sites(_armed)).ConfigureAwait(false);
        var run = new NativeRun { Limit = scan.Limit.Value + Process.Space.Offset, Breakpoints = true, Report = scan.All ? "all" : "last" };
        return [.. (await Process.ScanAsync(run, ct).ConfigureAwait(false)).SelectMany(m => m.Ids.Select(id => At(m.Tick, id)))];
    }

    private async Task<IReadOnlyList<ScanMatch>> ScanChangesAsync(ChangeScan scan, CancellationToken ct)
    {
        await Process.WatchAsync(scan.Ranges.Select((range, i) => (i + 1, range.Address, range.Length))).ConfigureAwait(false);
        var run = new NativeRun { Limit = scan.Limit.Value + Process.Space.Offset, Watches = true, Report = "last" };
        return [.. (await Process.ScanAsync(run, ct).ConfigureAwait(false)).Select(m => At(m.Tick))];
    }

    private async Task<IReadOnlyList<ScanMatch>> ScanConditionsAsync(BreakpointScan scan, CancellationToken ct)
    {
        await Process.ArmAsync(context.Sites(_armed)).ConfigureAwait(false);
        var run = new NativeRun { Limit = scan.Limit.Value + Process.Space.Offset, Breakpoints = true };
        var matches = new List<ScanMatch>();
        while (true)
        {
            var halt = await Process.RunAsync(run, ct).ConfigureAwait(false);
            if (halt.Reason != "breakpoint")
            {
                return scan.All || matches.Count == 0 ? matches : [.. matches.Where(m => m.At == matches[^1].At)];
            }

            await LookAsync().ConfigureAwait(false);
            matches.AddRange((await HoldingAsync(halt.Ids, ct).ConfigureAwait(false)).Select(id => At(halt.Tick, id)));
            if (halt.Tick >= run.Limit)
            {
                run = run with { Limit = halt.Tick };
            }
        }
    }

    /// <summary>The last stop of gdb's step in the interval; see <see cref="StepLog"/>.</summary>
    private async Task<IReadOnlyList<ScanMatch>> ScanLinesAsync(EventScan scan, CancellationToken ct)
    {
        var space = Process.Space;
        var (start, limit) = (Process.Halt.Tick, scan.Limit.Value + space.Offset);
        var floor = FloorOf(scan.Filter);
        LineEvent[] events;
        bool complete;
        await space.RingTurn.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            // An event is logged when its instruction is executed.
            await Process.RunAsync(new NativeRun { Limit = limit + 1, Lines = true, LineStack = floor }, ct).ConfigureAwait(false);
            events = Process.ReadLineEvents(out complete);
        }
        finally
        {
            space.RingTurn.Release();
        }

        var stops = StepLog.Stops(events, pc => _rules.At(pc, Process.Pid), fromStart: complete && start == space.Offset, Process.Halt.Sp, LineOfCall);
        for (var i = stops.Count - 1; i >= 0; i--)
        {
            if (stops[i].Tick > start && stops[i].Tick <= limit)
            {
                return [At(stops[i].Tick)];
            }
        }

        return [];
    }

    private long? LineOfCall(ulong at) => Process.Memory.ReadWord(at) is { } back and > 0 ? _rules.LineOf(back - 1, Process.Pid) : null;

    /// <summary>The least stack pointer of the events that can match: see <see cref="StepFilter"/>.</summary>
    private ulong FloorOf(StepFilter filter) => filter.Depth == int.MaxValue ? 0
        : filter.Anchor != 0 ? (ulong)filter.Anchor
        : FrameFinder.AddressOf(Process.Space, filter.Depth + 1);
}
