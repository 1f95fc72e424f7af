using Fred.Core;

namespace Fred.Backends;

/// <content>Replays of an interval that look at everything on the way.</content>
internal partial class GdbSession
{
    /// <summary>The last stop is most often told by so many events before it; tens of thousands of them take longer than the replay.</summary>
    private const int Few = 1024;

    /// <inheritdoc/>
    public async Task<bool> FollowsAsync(string expression, EvaluationScope scope, CancellationToken ct) => await context.PredicateAsync(this, expression, scope, ct).ConfigureAwait(false) is not null;

    /// <summary>What a scan reports at a signal: this plus its number.</summary>
    private const int SignalIds = 2_000_000_000;

    private ScanMatch At(long tick, int breakpoint = 0) => breakpoint > SignalIds
        ? new ScanMatch(new Ticks(tick - Process.Space.Offset)) { Signal = NativeStop.SignalName(breakpoint - SignalIds) }
        : new ScanMatch(new Ticks(tick - Process.Space.Offset), breakpoint);

    /// <summary>Of what was found in an interval and just behind it, what counts.</summary>
    private List<ScanMatch> In(BreakpointScan scan, long start, IEnumerable<(long Tick, int Id)> found)
    {
        var limit = scan.Limit.Value + Process.Space.Offset;
        var matches = found.Where(m => m.Tick > start && m.Tick <= limit).OrderBy(m => m.Tick).Select(m => At(m.Tick, m.Id)).ToList();
        return scan.All || matches.Count == 0 ? matches : matches.FindAll(m => m.At == matches[^1].At);
    }

    private ulong StopSignals(BreakpointScan scan) => scan.Signals ? context.Signals.Mask : 0;

    private async Task<IReadOnlyList<ScanMatch>> ScanBreakpointsAsync(BreakpointScan scan, CancellationToken ct)
    {
        await Process.ArmAsync(context.Sites(_armed)).ConfigureAwait(false);
        var (start, limit) = (Process.Halt.Tick, scan.Limit.Value + Process.Space.Offset);
        var run = new NativeRun { Limit = limit, Breakpoints = true, StopSignals = StopSignals(scan), Report = scan.All ? "all" : "last" };
        var found = await Process.ScanAsync(run, ct).ConfigureAwait(false);
        if (run.StopSignals != 0)
        {
            // A signal at the limit comes after everything else at that tick.
            found = [.. found, .. await Process.ScanAsync(run with { Limit = limit + 1, Breakpoints = false }, ct).ConfigureAwait(false)];
        }

        return In(scan, start, found.SelectMany(m => m.Ids.Select(id => (m.Tick, id))));
    }

    private async Task<IReadOnlyList<ScanMatch>> ScanChangesAsync(ChangeScan scan, CancellationToken ct)
    {
        await Process.WatchAsync(scan.Ranges.Select((range, i) => new NativeWatch(i + 1, range.Address, range.Length, scan.Kind))).ConfigureAwait(false);
        var run = new NativeRun { Limit = scan.Limit.Value + Process.Space.Offset, Watches = true, Report = "last" };
        return [.. (await Process.ScanAsync(run, ct).ConfigureAwait(false)).Select(m => At(m.Tick))];
    }

    /// <summary>Breakpoints and watchpoints. A change counts where it is about to happen, one tick before it is seen.</summary>
    private async Task<IReadOnlyList<ScanMatch>> ScanWatchesAsync(BreakpointScan scan, CancellationToken ct)
    {
        var (start, limit) = (Process.Halt.Tick, scan.Limit.Value + Process.Space.Offset);
        var watchpoints = new Watchpoints(this, context, Watched());
        await Process.ArmAsync(context.Sites(_armed)).ConfigureAwait(false);
        await watchpoints.ArmAsync(ct).ConfigureAwait(false);
        var found = watchpoints.AreFixed && !_armed.Enabled.Any(b => b.Condition is not null)
            ? await FixedAsync().ConfigureAwait(false)
            : await StoppingAsync().ConfigureAwait(false);
        return In(scan, start, found);

        async Task<List<(long Tick, int Id)>> FixedAsync()
        {
            // What the instruction at the limit changes is seen one tick later, where breakpoints do not count any more.
            var run = new NativeRun { Limit = limit, Breakpoints = true, Watches = true, StopSignals = StopSignals(scan), Report = scan.All ? "all" : "last" };
            var seen = (await Process.ScanAsync(run, ct).ConfigureAwait(false)).Concat(await Process.ScanAsync(run with { Limit = limit + 1, Breakpoints = false }, ct).ConfigureAwait(false));
            return [.. seen.SelectMany(m => m.Ids.Select(id => watchpoints.PointOf(id) is { } point ? (m.Tick - 1, point) : (m.Tick, id)))];
        }

        async Task<List<(long Tick, int Id)>> StoppingAsync()
        {
            var hits = new List<(long, int)>();
            var run = new NativeRun { Limit = limit + 1, Breakpoints = true, Watches = true, StopSignals = StopSignals(scan) };
            while (await Process.RunAsync(run, ct).ConfigureAwait(false) is { Reason: "breakpoint" or "watch" or "signal" } halt && !NativeStop.IsFatal(halt))
            {
                if (halt.Reason == "signal")
                {
                    hits.Add((halt.Tick, SignalIds + halt.Signal));
                }
                else if (halt.Reason == "watch")
                {
                    hits.AddRange((await watchpoints.ChangedAsync(halt.Ids, ct).ConfigureAwait(false)).Ids.Select(id => (halt.Tick - 1, id)));
                }
                else
                {
                    await LookAsync().ConfigureAwait(false);
                    hits.AddRange((await HoldingAsync(halt.Ids, ct).ConfigureAwait(false)).Select(id => (halt.Tick, id)));
                }

                if (halt.Tick > limit)
                {
                    break;
                }
            }

            return hits;
        }
    }

    private async Task<IReadOnlyList<ScanMatch>> ScanConditionsAsync(BreakpointScan scan, CancellationToken ct)
    {
        await Process.ArmAsync(context.Sites(_armed)).ConfigureAwait(false);
        var (start, limit) = (Process.Halt.Tick, scan.Limit.Value + Process.Space.Offset);
        var run = new NativeRun { Limit = scan.Signals ? limit + 1 : limit, Breakpoints = true, StopSignals = StopSignals(scan) };
        var found = new List<(long Tick, int Id)>();
        while (true)
        {
            var halt = await Process.RunAsync(run, ct).ConfigureAwait(false);
            if (halt.Reason == "signal" && !NativeStop.IsFatal(halt))
            {
                found.Add((halt.Tick, SignalIds + halt.Signal));
                continue;
            }

            if (halt.Reason != "breakpoint" || halt.Tick > limit)
            {
                return In(scan, start, found);
            }

            await LookAsync().ConfigureAwait(false);
            found.AddRange((await HoldingAsync(halt.Ids, ct).ConfigureAwait(false)).Select(id => (halt.Tick, id)));
            if (halt.Tick >= run.Limit)
            {
                run = run with { Limit = halt.Tick };
            }
        }
    }

    private async Task<IReadOnlyList<ScanMatch>> ScanExpressionAsync(ExpressionScan scan, CancellationToken ct)
    {
        // Only whether it holds is wanted, which often depends on less memory than what is shown of it.
        var question = $"({scan.Expression}) ? 1 : 0";
        var (limit, offset) = (scan.Limit.Value + Process.Space.Offset, Process.Space.Offset);
        var matches = new List<ScanMatch>();
        void See(ObservedValue value, long tick, long since)
        {
            var truth = !value.HasValue ? Truth.NotEvaluable : value.Text == "0" ? Truth.Bad : Truth.Good;
            if (matches.Count == 0 || matches[^1].Truth != truth)
            {
                matches.Add(new ScanMatch(new Ticks(tick - offset), 0, truth) { Since = new Ticks(Math.Max(0, since - offset)) });
            }
        }

        if (scan.Stride == 1)
        {
            _current = null;
            if (!scan.ByDebugger && await context.PredicateAsync(this, scan.Expression, scan.Scope, ct).ConfigureAwait(false) is { } predicate
                && await new PredicateScan(this, context, predicate, scan).RunAsync(ct).ConfigureAwait(false) is { } seen)
            {
                return seen;
            }

            var walk = new ValueWalk(this, context, question, scan.Scope);
            var looks = 0;
            await walk.WalkAsync(
                limit,
                (look, _) =>
                {
                    See(look.Value, look.Tick, look.Since);
                    if (++looks == scan.MostLooks && look.Tick < limit)
                    {
                        matches.Add(matches[^1] with { At = new Ticks(look.Tick - offset), IsBroken = true });
                        return Task.FromResult(false);
                    }

                    return Task.FromResult(!(scan.OnlyFirst && matches is [.., { Truth: not Truth.Bad }, { Truth: Truth.Bad }]));
                },
                ct).ConfigureAwait(false);
            return matches;
        }

        for (var since = Process.Halt.Tick; ;)
        {
            var inspector = new GdbInspector(this, context);
            await using (inspector.ConfigureAwait(false))
            {
                See((await inspector.LookAtAsync(question, scan.Scope, ct).ConfigureAwait(false)).Value, Process.Halt.Tick, since);
            }

            since = Process.Halt.Tick;
            if (since >= limit)
            {
                return matches;
            }

            var next = offset + (((since - offset) / scan.Stride) + 1) * scan.Stride;
            var halt = await Process.RunAsync(new NativeRun { Limit = Math.Min(limit, next) }, ct).ConfigureAwait(false);
            if (halt.Tick == since)
            {
                return matches;
            }
        }
    }

    /// <summary>The last stop of gdb's step in the interval; see <see cref="StepLog"/>.</summary>
    private async Task<IReadOnlyList<ScanMatch>> ScanLinesAsync(EventScan scan, CancellationToken ct)
    {
        var space = Process.Space;
        var (start, limit) = (Process.Halt.Tick, scan.Limit.Value + space.Offset);
        var thread = scan.Filter.Thread;

        // A thread that begins in this interval goes back to the one that started it.
        var begins = thread > Process.Halt.Threads;
        var floor = begins ? 0 : FloorOf(scan.Filter);
        LineEvent[] events;
        bool complete;
        await space.RingTurn.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            // An event is logged when its instruction is executed.
            await Process.RunAsync(new NativeRun { Limit = limit + 1, Lines = true, LineStack = floor, Thread = begins ? 0 : thread }, ct).ConfigureAwait(false);
            if (!begins && LastStop(Process.ReadLineEvents(out complete, Few), StepLogStart.Unknown, floor, start, limit) is { } near)
            {
                return [At(near)];
            }

            events = Process.ReadLineEvents(out complete);
        }
        finally
        {
            space.RingTurn.Release();
        }

        StepLogStart First(bool isBeginning) => !complete ? StepLogStart.Overwritten : isBeginning ? StepLogStart.OfHistory : StepLogStart.Unknown;
        var found = LastStop(begins ? Array.FindAll(events, e => e.Thread == thread) : events, First(begins || start == space.Offset), FloorOf(scan.Filter), start, limit);
        if (found is null && begins && (await Process.ReadThreadsAsync().ConfigureAwait(false)).FirstOrDefault(t => t.Number == thread) is { } child)
        {
            found = LastStop(Array.FindAll(events, e => e.Thread == child.Parent), First(start == space.Offset), 0, start, child.Born);
        }

        return found is { } tick ? [At(tick)] : [];
    }

    private long? LastStop(LineEvent[] events, StepLogStart first, ulong floor, long start, long limit)
    {
        var seen = floor == 0 ? events : Array.FindAll(events, e => e.Sp >= floor);
        var finalSp = seen.Length > 0 && seen[^1].Thread != Process.Halt.Thread ? seen[^1].Sp : Process.Halt.Sp;
        var stops = StepLog.Stops(seen, pc => _rules.At(pc, Process.Pid), first, finalSp, LineOfCall);
        for (var i = stops.Count - 1; i >= 0; i--)
        {
            // Going forward nothing stops at the opening brace with which a thread begins.
            var isBrace = i == 0 && first == StepLogStart.OfHistory && _rules.At(stops[i].Pc, Process.Pid) is { IsEntry: true, IsBody: false };
            if (stops[i].Tick > start && stops[i].Tick <= limit && !isBrace)
            {
                return stops[i].Tick;
            }
        }

        return null;
    }

    private long? LineOfCall(ulong at) => Process.Memory.ReadWord(at) is { } back and > 0 ? _rules.LineOf(back - 1, Process.Pid) : null;

    /// <summary>The least stack pointer of the events that can match: see <see cref="StepFilter"/>.</summary>
    private ulong FloorOf(StepFilter filter) => filter.Depth == int.MaxValue ? 0
        : filter.Anchor != 0 ? (ulong)filter.Anchor
        : FrameFinder.AddressOf(Process.Space, filter.Depth + 1);
}
