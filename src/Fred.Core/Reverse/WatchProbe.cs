namespace Fred.Core;

/// <summary>Evaluates the watched expression in clean replicas: the only answers of a reverse watch that count.</summary>
internal sealed class WatchProbe(Timeline timeline, string expression, EvaluationScope scope, TruthLog log)
{
    private int _evaluations;

    /// <summary>Gets how many evaluations there were.</summary>
    public int Evaluations => _evaluations;

    /// <summary>Gets a value indicating whether nobody goes to what is found.</summary>
    public bool Stays { get; init; }

    /// <summary>Evaluates at a tick. At a checkpoint nothing is executed.</summary>
    /// <param name="at">The tick.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The value there.</returns>
    public async Task<Evaluation> AtAsync(Ticks at, CancellationToken ct)
    {
        var session = await timeline.ReachAsync(at, leaveMicros: false, ct).ConfigureAwait(false);
        try
        {
            return await InAsync(session, ct).ConfigureAwait(false);
        }
        finally
        {
            timeline.Retired.Add(session);
        }
    }

    /// <summary>Evaluates where a search begins, and leaves a copy there: the search's replays start from it.</summary>
    /// <param name="at">The tick.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The value there.</returns>
    public async Task<Truth> BeginAtAsync(Ticks at, CancellationToken ct)
    {
        var session = await timeline.ReachAsync(at, leaveMicros: false, ct).ConfigureAwait(false);
        try
        {
            await timeline.ParkMicroAsync(session, ct).ConfigureAwait(false);
            return (await InAsync(session, ct).ConfigureAwait(false)).Truth;
        }
        finally
        {
            timeline.Retired.Add(session);
        }
    }

    /// <summary>Whether the invariant is not broken at a tick.</summary>
    /// <param name="at">The tick.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>True when it holds or cannot be evaluated.</returns>
    public async Task<bool> HoldsAtAsync(Ticks at, CancellationToken ct) => (await AtAsync(at, ct).ConfigureAwait(false)).Truth != Truth.Bad;

    /// <summary>The same, evaluated by a replica that is of no further use: a fork less, where the tick is close behind a checkpoint.</summary>
    /// <param name="at">The tick.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>True when it holds or cannot be evaluated.</returns>
    public async Task<bool> HoldsByScanAsync(Ticks at, CancellationToken ct)
    {
        var (_, matches) = await timeline.ScanAsync(at.Previous, new ExpressionScan(at, expression, scope), BreakpointSet.Empty, ct).ConfigureAwait(false);
        Interlocked.Increment(ref _evaluations);
        var truth = matches.Count == 0 ? Truth.NotEvaluable : matches[^1].Truth;
        log.Add(at, truth);
        return truth != Truth.Bad;
    }

    /// <summary>Like <see cref="HoldsAtAsync"/>, and where it holds a copy stays: the next replays start from it.</summary>
    /// <param name="at">The tick.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>True when it holds or cannot be evaluated.</returns>
    public async Task<bool> HoldsAndStaysAsync(Ticks at, CancellationToken ct)
    {
        var session = await timeline.ReachAsync(at, leaveMicros: false, ct).ConfigureAwait(false);
        try
        {
            var holds = (await InAsync(session, ct).ConfigureAwait(false)).Truth != Truth.Bad;
            if (holds)
            {
                await timeline.ParkMicroAsync(session, ct).ConfigureAwait(false);
            }

            return holds;
        }
        finally
        {
            timeline.Retired.Add(session);
        }
    }

    /// <summary>Visits transitions in time order with one clean replica, and keeps those that prove true.</summary>
    /// <param name="claimed">Ticks whose statement is said to break the invariant; in time order.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>For each: the transition, or null when a clean replay does not show it.</returns>
    public async Task<IReadOnlyList<Transition?>> ConfirmAsync(IReadOnlyList<Ticks> claimed, CancellationToken ct)
    {
        var session = await timeline.ReachAsync(claimed[0], leaveMicros: false, ct).ConfigureAwait(false);
        try
        {
            return await ConfirmAsync(claimed, session, ct).ConfigureAwait(false);
        }
        finally
        {
            timeline.Retired.Add(session);
        }
    }

    /// <summary>The same with a clean replica that is there already.</summary>
    /// <param name="claimed">Ticks whose statement is said to break the invariant; in time order.</param>
    /// <param name="session">At the first of them or before.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>For each: the transition, or null when a clean replay does not show it.</returns>
    public async Task<IReadOnlyList<Transition?>> ConfirmAsync(IReadOnlyList<Ticks> claimed, IReplaySession session, CancellationToken ct)
    {
        var confirmed = new List<Transition?>();
        foreach (var at in claimed)
        {
            await timeline.ReplayToAsync(session, at, leaveMicros: false, ct).ConfigureAwait(false);
            var stop = session.Current;
            var looking = await StartLookAsync(session, ct).ConfigureAwait(false);
            if (at == claimed[^1] && !Stays)
            {
                // The user will be shown this very state: a copy saves executing the way there again.
                await timeline.ParkMicroAsync(session, ct).ConfigureAwait(false);
            }

            var next = (await timeline.ScaleAsync(at, at.Next, ct).ConfigureAwait(false)).Shift(at, 1);
            var after = stop.ThreadsStarted > 1 || !timeline.Traits.ScansExpressions ? null : await AfterAsync(session, next, ct).ConfigureAwait(false);
            var (before, stack, moment) = await looking.ConfigureAwait(false);
            var maker = moment is not null && before.Truth != Truth.Bad ? await new TurnSearch(this).FindAsync(session, next, ct).ConfigureAwait(false) : stop.Thread;
            after ??= await AfterAsync(session, next, ct).ConfigureAwait(false);
            var transition = Made(stop, before, after, stack);
            confirmed.Add(before.Truth == Truth.Bad || after.Truth != Truth.Bad ? null : moment is null ? transition : TurnSearch.Describe(transition, moment, stop.Thread, maker));
        }

        return confirmed;
    }

    /// <summary>Describes a transition from the beginning of its statement.</summary>
    /// <param name="at">Where the statement begins.</param>
    /// <param name="found">The transition, somewhere in what the statement calls.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The transition; null when the expression is bad at the beginning, too.</returns>
    public async Task<Transition?> BeforeAsync(Ticks at, Transition found, CancellationToken ct)
    {
        var session = await timeline.ReachAsync(at, leaveMicros: false, ct).ConfigureAwait(false);
        try
        {
            await timeline.ParkMicroAsync(session, ct).ConfigureAwait(false);
            var (before, stack, _) = await LookAsync(session, ct).ConfigureAwait(false);
            return before.Truth == Truth.Bad ? null : found with { At = at, Location = session.Current.Location, Function = session.Current.Function, Before = before, Stack = stack };
        }
        finally
        {
            timeline.Retired.Add(session);
        }
    }

    /// <summary>Describes a statement whose effect only the end of the program shows: it raised.</summary>
    /// <param name="at">Its tick.</param>
    /// <param name="after">The value at the end.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The transition.</returns>
    public async Task<Transition> RaisingAsync(Ticks at, Evaluation after, CancellationToken ct)
    {
        var session = await timeline.ReachAsync(at, leaveMicros: false, ct).ConfigureAwait(false);
        try
        {
            var (before, stack, moment) = await LookAsync(session, ct).ConfigureAwait(false);
            return Made(session.Current, before, after, stack) with { Thread = moment?.Threads.FirstOrDefault(each => each.IsCurrent) };
        }
        finally
        {
            timeline.Retired.Add(session);
        }
    }

    /// <summary>Evaluates where a session stands.</summary>
    /// <param name="session">The session; it is left as it was.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The value there.</returns>
    public Task<Evaluation> InAsync(IReplaySession session, CancellationToken ct) =>
        timeline.LookAsync(session, inspector => EvaluateAsync(inspector, session.Current.At, ct), ct);

    /// <summary>
    /// Where a function is about to return, its value is worked out already: what comes next is the rest of the statement that called it. Where a library does it that has no source, the
    /// statement is the user's that called it, too.
    /// </summary>
    private static Transition Made(StopEvent stop, Evaluation before, Evaluation after, IReadOnlyList<Frame> stack)
    {
        if (stop.Location is null && stack.FirstOrDefault(f => f is { IsUserCode: true, Location: not null }) is { } place)
        {
            return new Transition(stop.At, place.Location, place.Function, before, after, stack) { IsInUsersCode = false };
        }

        var caller = stop.Kind == EventKind.Return ? stack.Skip(1).FirstOrDefault(f => f.IsUserCode) : null;
        return caller is null
            ? new Transition(stop.At, stop.Location, stop.Function, before, after, stack)
            : new Transition(stop.At, caller.Location, caller.Function, before, after, [.. stack.SkipWhile(f => f != caller)]);
    }

    private async Task<Evaluation> AfterAsync(IReplaySession session, Ticks next, CancellationToken ct)
    {
        if (session.Current.IsTurn)
        {
            await session.RunAsync(new RunRequest(next), ct).ConfigureAwait(false);
        }

        await timeline.ReplayToAsync(session, next, leaveMicros: false, ct).ConfigureAwait(false);
        return await InAsync(session, ct).ConfigureAwait(false);
    }

    private async Task<(Evaluation Value, IReadOnlyList<Frame> Stack, TurnSearch.Moment? Threads)> LookAsync(IReplaySession session, CancellationToken ct) =>
        await (await StartLookAsync(session, ct).ConfigureAwait(false)).ConfigureAwait(false);

    /// <summary>Begins to look, see <see cref="Timeline.StartLookAsync"/>.</summary>
    private Task<Task<(Evaluation Value, IReadOnlyList<Frame> Stack, TurnSearch.Moment? Threads)>> StartLookAsync(IReplaySession session, CancellationToken ct)
    {
        var stop = session.Current;
        return timeline.StartLookAsync(
            session,
            async inspector =>
            {
                var value = await EvaluateAsync(inspector, stop.At, ct).ConfigureAwait(false);
                var stack = (await inspector.GetStackAsync(0, 0, ct).ConfigureAwait(false)).Frames;
                return (value, stack, stop.ThreadsStarted > 1 ? await TurnSearch.ReadAsync(inspector, ct).ConfigureAwait(false) : null);
            },
            ct);
    }

    private async Task<Evaluation> EvaluateAsync(IInspector inspector, Ticks at, CancellationToken ct)
    {
        Interlocked.Increment(ref _evaluations);
        var value = await inspector.EvaluateAsync(expression, scope, ct).ConfigureAwait(false);
        log.Add(at, value.Truth);
        return value;
    }
}
