namespace Fred.Core;

/// <summary>Goes back by instructions, in backends whose ticks these are.</summary>
/// <remarks>
/// One instruction back is a tick. Over calls, what is hard is the call that has just returned: the instruction that made it is the last one that wrote the return address, which lies just below
/// where the stack ends now, and whatever the functions called have done meanwhile is below that.
/// </remarks>
internal sealed class InstructionsBack(Timeline timeline)
{
    /// <summary>Who else has touched a return address (an unwinder, say) is passed over; more of them than this make no sense.</summary>
    private const int MostAccesses = 100;

    private readonly IntervalWalk _walk = new(timeline);

    /// <summary>Goes back.</summary>
    /// <param name="count">How many instructions.</param>
    /// <param name="overCalls">Whether a call that has returned counts as one.</param>
    /// <param name="ct">Cancels; the user then stands where he stood.</param>
    /// <returns>The stop; start-of-history when there are fewer.</returns>
    public async Task<StopEvent> GoAsync(int count, bool overCalls, CancellationToken ct)
    {
        var from = timeline.At;
        try
        {
            if (!overCalls)
            {
                return await BackAsync(from, count, ct).ConfigureAwait(false);
            }

            var stop = timeline.Session.Current;
            for (var i = 0; i < count && stop.Reason != StopReason.StartOfHistory; i++)
            {
                stop = await OverAsync(stop, ct).ConfigureAwait(false);
            }

            return stop;
        }
        catch (Exception error) when (error is FredException or OperationCanceledException)
        {
            // With a count the user may be half way by now.
            await timeline.GotoAsync(from, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<StopEvent> BackAsync(Ticks from, long count, CancellationToken ct)
    {
        var least = new Ticks(Math.Max(0, from.Value - count));
        var target = (await timeline.ScaleAsync(least, from, ct).ConfigureAwait(false)).Shift(from, -count);
        return target >= Timeline.FirstEvent ? await timeline.GotoAsync(target, ct).ConfigureAwait(false)
            : await timeline.GotoAsync(from < Timeline.FirstEvent ? from : Timeline.FirstEvent, ct).ConfigureAwait(false) with { Reason = StopReason.StartOfHistory };
    }

    private async Task<StopEvent> OverAsync(StopEvent now, CancellationToken ct)
    {
        var stop = await BackAsync(now.At, 1, ct).ConfigureAwait(false);
        if (stop.Reason == StopReason.StartOfHistory || stop.Anchor >= now.Anchor || await FindReturnAsync(ct).ConfigureAwait(false) is not { } slot)
        {
            return stop;
        }

        var limit = stop.At;
        for (var i = 0; i < MostAccesses && await LastAccessAsync(slot, limit, ct).ConfigureAwait(false) is { } seen; i++)
        {
            var call = await BackAsync(seen, 1, ct).ConfigureAwait(false);
            if (call.Anchor == (long)slot + sizeof(ulong))
            {
                return call;
            }

            limit = call.At;
        }

        // It was called before the history began, or is no function that was called: then the instruction before it is.
        return await timeline.GotoAsync(stop.At, ct).ConfigureAwait(false);
    }

    private Task<ulong?> FindReturnAsync(CancellationToken ct) =>
        timeline.LookAsync(timeline.Session, inspector => inspector.Machine?.FindReturnAsync(ct) ?? Task.FromResult<ulong?>(null), ct);

    private async Task<Ticks?> LastAccessAsync(ulong slot, Ticks limit, CancellationToken ct)
    {
        Ticks? last = null;
        await _walk.BackwardsAsync(
            limit,
            to => new ChangeScan(to, [new MemoryRange(slot, sizeof(ulong))]) { Kind = WatchKind.Access },
            BreakpointSet.Empty,
            (_, matches) => (last = matches.Count > 0 ? matches[^1].At : null) is not null,
            ct).ConfigureAwait(false);
        return last;
    }
}
