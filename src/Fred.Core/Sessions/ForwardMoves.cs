namespace Fred.Core;

/// <summary>The forward verbs, the same in the past and live: runs of the timeline plus counts and the breakpoints' forward semantics.</summary>
internal sealed class ForwardMoves(Timeline timeline, BreakpointTable breakpoints)
{
    private const int MostSingleSteps = 1000;

    /// <summary>To the next event.</summary>
    /// <param name="from">Where the thread that steps stands.</param>
    /// <param name="count">How many times; a breakpoint on the way ends it.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The stop.</returns>
    public Task<StopEvent> StepAsync(StopEvent from, int count, CancellationToken ct) =>
        timeline.Traits.EveryTickIsAStep && from.Thread == 0
            ? TicksAsync(count, ct)
            : RepeatAsync(from, count, static (stop, _) => StepFilter.Any with { Thread = stop.Thread }, ct);

    /// <summary>Into one call of the statement that runs next.</summary>
    /// <param name="target">The call.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The stop: in the call, or where a breakpoint, an exception or the statement's end came first.</returns>
    public async Task<StopEvent> StepIntoAsync(CallTarget target, CancellationToken ct)
    {
        // Between two calls of one statement its own frame has no event: each call has to be entered and left to see the next.
        var (home, thread) = (timeline.Session.Current.Depth, timeline.Session.Current.Thread);
        while (true)
        {
            var stop = await StepAsync(timeline.Session.Current, 1, ct).ConfigureAwait(false);
            if (stop.Reason != StopReason.Step || stop.Depth <= home || stop.Thread != thread
                || await timeline.LookAsync(timeline.Session, inspector => inspector.IsInCallAsync(target, ct), ct).ConfigureAwait(false))
            {
                return stop;
            }

            stop = stop.Kind == EventKind.Return ? stop : await FinishAsync(stop, 1, ct).ConfigureAwait(false);
            if (stop.Reason != StopReason.Step || stop.Depth <= home)
            {
                return stop;
            }
        }
    }

    /// <summary>Some ticks further.</summary>
    /// <param name="count">How many; a breakpoint on the way ends it.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The stop.</returns>
    public async Task<StopEvent> TicksAsync(long count, CancellationToken ct)
    {
        if (!timeline.Traits.EveryTickIsAStep && timeline.Session.Current.ThreadsStarted > 1 && count <= MostSingleSteps)
        {
            // The ticks between are other threads'.
            return await RepeatAsync(timeline.Session.Current, (int)count, static (stop, _) => StepFilter.Any with { IsInstruction = true, Thread = stop.Thread }, ct).ConfigureAwait(false);
        }

        // Every tick matches, so any number of them is one run to a limit.
        var (at, limit) = (timeline.At, Ticks.Never);
        if (at.Value <= long.MaxValue - count)
        {
            limit = (await timeline.ScaleAsync(at, new Ticks(at.Value + count), ct).ConfigureAwait(false)).Shift(at, count);
        }

        return await AdvanceAsync(new RunRequest(limit, null, StopAtBreakpoints: true), ct).ConfigureAwait(false);
    }

    /// <summary>Some instructions further, calls being one with all that they call.</summary>
    /// <param name="count">How many; a breakpoint on the way ends it.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The stop.</returns>
    public Task<StopEvent> InstructionsAsync(int count, CancellationToken ct) => RepeatAsync(timeline.Session.Current, count, static (stop, _) => new StepFilter(stop.Depth) { IsInstruction = true }, ct);

    /// <summary>To the next event that is not deeper.</summary>
    /// <param name="from">Where the thread that steps stands.</param>
    /// <param name="count">How many times.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The stop.</returns>
    public Task<StopEvent> NextAsync(StopEvent from, int count, CancellationToken ct) => RepeatAsync(from, count, static (stop, _) => new StepFilter(stop.Depth) { Anchor = stop.Anchor, Thread = stop.Thread }, ct);

    /// <summary>To where this function is about to return.</summary>
    /// <param name="from">Where the thread that steps stands.</param>
    /// <param name="count">How many functions.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The stop.</returns>
    public Task<StopEvent> FinishAsync(StopEvent from, int count, CancellationToken ct) =>
        RepeatAsync(from, count, static (stop, i) => new StepFilter(i > 0 && stop.Kind == EventKind.Return ? stop.Depth - 1 : stop.Depth, 0, ReturnOnly: true) { Thread = stop.Thread }, ct);

    /// <summary>To a line at or below a given one in this function.</summary>
    /// <param name="from">Where the thread that steps stands.</param>
    /// <param name="line">1-based; null for the next greater one.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The stop.</returns>
    public Task<StopEvent> UntilAsync(StopEvent from, int? line, CancellationToken ct) =>
        RepeatAsync(from, 1, (stop, _) => new StepFilter(stop.Depth, line ?? ((stop.Location?.Line ?? 0) + 1)) { Thread = stop.Thread }, ct);

    /// <summary>To the first event that matches.</summary>
    /// <param name="filter">What matches.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The stop.</returns>
    public Task<StopEvent> RunToAsync(StepFilter filter, CancellationToken ct) => RepeatAsync(timeline.Session.Current, 1, (_, _) => filter, ct);

    /// <summary>To a breakpoint, the live edge or the end.</summary>
    /// <param name="count">The count-th hit.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The stop.</returns>
    public async Task<StopEvent> ContinueAsync(int count, CancellationToken ct)
    {
        StopEvent stop;
        do
        {
            stop = await AdvanceAsync(new RunRequest(Ticks.Never, null, StopAtBreakpoints: true), ct).ConfigureAwait(false);
        }
        while (--count > 0 && stop.Reason == StopReason.Breakpoint);

        return stop;
    }

    private async Task<StopEvent> RepeatAsync(StopEvent from, int count, Func<StopEvent, int, StepFilter> filterAt, CancellationToken ct)
    {
        var stop = from;
        for (var i = 0; i < count; i++)
        {
            stop = await AdvanceAsync(new RunRequest(Ticks.Never, filterAt(stop, i), StopAtBreakpoints: true), ct).ConfigureAwait(false);
            if (stop.Reason != StopReason.Step)
            {
                break;
            }
        }

        return stop;
    }

    private async Task<StopEvent> AdvanceAsync(RunRequest request, CancellationToken ct)
    {
        while (true)
        {
            var stop = await timeline.RunAsync(request, breakpoints.Armed, ct).ConfigureAwait(false);
            if (stop.Breakpoints.Count == 0 || stop.Reason == StopReason.EndOfHistory)
            {
                return stop;
            }

            var stopping = breakpoints.Hit(stop.Breakpoints);
            if (stopping.Count > 0 || stop.Reason != StopReason.Breakpoint)
            {
                return stop with { Breakpoints = stopping };
            }

            if (stop.At == request.Limit || (request.Step is { } step && (step.Thread == 0 || step.Thread == stop.Thread) && step.Matches(stop.Depth, stop.Location?.Line ?? 0, stop.Kind)))
            {
                return stop with { Reason = StopReason.Step, Breakpoints = [] };
            }
        }
    }
}
