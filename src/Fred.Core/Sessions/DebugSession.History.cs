namespace Fred.Core;

/// <content>Questions to the whole history. Nobody moves here.</content>
public sealed partial class DebugSession
{
    /// <summary>Gets how many intervals are replayed at once while another history is read at the same time.</summary>
    internal int JobsBesideAnother => Math.Max(1, _timeline.Replicas / 2);

    /// <summary>Notes each visit of some places in the history of this branch, with values: what print statements there would have printed.</summary>
    /// <param name="points">The places; ids differ.</param>
    /// <param name="range">Which part of the history.</param>
    /// <param name="take">Gets each visit, in time order, while the search goes on.</param>
    /// <param name="ct">Ends the search.</param>
    /// <returns>How it went.</returns>
    /// <exception cref="FredException">An expression does not parse (<see cref="ErrorId.BadExpression"/>), or a replay failed.</exception>
    public Task<HistorySummary> LogAsync(IReadOnlyList<LogPoint> points, HistoryRange range, Func<Observation, ValueTask> take, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(points);
        ArgumentNullException.ThrowIfNull(take);
        return AskHistoryAsync(
            "log",
            range,
            limit => new HitObservation(limit, points),
            async visit =>
            {
                await take(visit).ConfigureAwait(false);
                return 1;
            },
            static () => ValueTask.FromResult(0),
            ct);
    }

    /// <summary>Finds each change of an expression's value in the history of this branch.</summary>
    /// <param name="expression">In the program's language; compared by the text that is shown (bounded), evaluated at every tick.</param>
    /// <param name="scope">Whose names it uses; a frame means this very call, at any tick, or, where the expression uses nothing of it, the outermost one in which it means the same.</param>
    /// <param name="range">Which part of the history.</param>
    /// <param name="take">Gets each change, in time order; the first is that from no value to the first one.</param>
    /// <param name="ct">Ends the search.</param>
    /// <returns>How it went.</returns>
    /// <exception cref="FredException">The expression does not parse or changes the program, its frame cannot be followed, or a replay failed.</exception>
    public async Task<HistorySummary> FindChangesAsync(string expression, EvaluationScope scope, HistoryRange range, Func<ValueChange, ValueTask> take, CancellationToken ct)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(expression);
        ArgumentNullException.ThrowIfNull(take);
        var merge = new ChangeMerge();
        var fixedScope = scope is EvaluationScope.InFrame frame
            ? await ReadAsync(
                async (inspector, token) => await FollowedFrame.OutsideAsync(inspector, expression, frame, token).ConfigureAwait(false) is { Activation: { } outer }
                    ? new EvaluationScope.InActivation(outer)
                    : await FollowedFrame.OfAsync(inspector, expression, frame, token).ConfigureAwait(false),
                ct).ConfigureAwait(false)
            : scope;
        return await AskHistoryAsync(
            $"history of {expression}",
            range,
            limit => new ChangeObservation(limit, expression, fixedScope),
            async seen =>
            {
                if (merge.Take(seen) is not { } change)
                {
                    return 0;
                }

                await take(change).ConfigureAwait(false);
                return 1;
            },
            static () => ValueTask.FromResult(0),
            ct).ConfigureAwait(false);
    }

    /// <summary>Lists the calls of a function in the history of this branch.</summary>
    /// <param name="function">Its name, as in <see cref="Frame.Function"/>.</param>
    /// <param name="range">Which part of the history.</param>
    /// <param name="take">Gets each call, in the order in which they began; one that waits for its return holds up those inside of it.</param>
    /// <param name="ct">Ends the search.</param>
    /// <returns>How it went.</returns>
    /// <exception cref="FredException">A replay failed, or showing an argument changes the program.</exception>
    public Task<HistorySummary> FindCallsAsync(string function, HistoryRange range, Func<CallRecord, ValueTask> take, CancellationToken ct)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(function);
        ArgumentNullException.ThrowIfNull(range);
        ArgumentNullException.ThrowIfNull(take);
        var merge = new CallMerge();
        var given = 0L;
        async ValueTask<int> GiveAsync(bool all)
        {
            var count = 0;
            foreach (var call in merge.Complete(all).TakeWhile(_ => given < range.Most))
            {
                given++;
                count++;
                await take(call).ConfigureAwait(false);
            }

            return count;
        }

        return AskHistoryAsync(
            $"calls of {function}",
            range,
            limit => new CallObservation(limit, function),
            seen =>
            {
                merge.Take(seen);
                return GiveAsync(all: false);
            },
            () => GiveAsync(all: true),
            ct);
    }

    /// <summary>Gets a value indicating whether the program of this branch has ended, and was not stopped before.</summary>
    internal bool HasEnded => _timeline.Branch.HasEnded;

    /// <summary>Sums up the events of this branch's history: what <see cref="RunComparison"/> compares.</summary>
    /// <param name="range">Which part of the history.</param>
    /// <param name="stride">The sum is given at every event whose number is a multiple of it (see <see cref="EventObservation"/>), and at the range's last one.</param>
    /// <param name="take">Gets the sums from the range's beginning on, in time order.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>How it went.</returns>
    /// <exception cref="FredException">A replay failed.</exception>
    internal Task<HistorySummary> SumEventsAsync(HistoryRange range, long stride, Action<Observation> take, CancellationToken ct)
    {
        var before = 0L;
        var end = range.To is { } to && to < Position.Edge ? to : Position.Edge;
        return AskHistoryAsync(
            "comparison of two runs",
            range,
            limit => new EventObservation(limit, stride),
            seen =>
            {
                var sum = (before + seen.Number) & long.MaxValue;
                var isGiven = seen.Kind == ObservationKind.Event || range.IsOnePiece || (seen.At == end && end.Value % stride != 0);
                if (isGiven)
                {
                    take(seen with { Kind = ObservationKind.Event, Number = sum });
                }

                before = seen.Kind == ObservationKind.Total ? sum : before;
                return ValueTask.FromResult(isGiven ? 1 : 0);
            },
            static () => ValueTask.FromResult(0),
            ct);
    }

    /// <summary>The frame of all questions: `take` and `end` say how many answers a note has come to.</summary>
    private async Task<HistorySummary> AskHistoryAsync(
        string title, HistoryRange range, Func<Ticks, ObservationRequest> request, Func<Observation, ValueTask<int>> take, Func<ValueTask<int>> end, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(range);
        var (count, isComplete, started) = (0L, true, _time.GetTimestamp());
        var answers = new IntervalAnswers(_timeline, request);
        var reader = new HistoryReader(_timeline, answers);
        await SearchAsync(
            title,
            async token =>
            {
                await reader.ReadAsync(
                    range,
                    async seen =>
                    {
                        // One more than wanted is asked for, to know whether that is all.
                        isComplete = count < range.Most;
                        count += isComplete ? await take(seen).ConfigureAwait(false) : 0;
                        return isComplete;
                    },
                    token).ConfigureAwait(false);
                count += isComplete ? await end().ConfigureAwait(false) : 0;
            },
            ct).ConfigureAwait(false);
        return new HistorySummary(count, isComplete, reader.Intervals, answers.Forked, _time.GetElapsedTime(started));
    }
}
