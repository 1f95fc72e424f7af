namespace Fred.Core;

/// <content>Replays that look at an interval: closely, at samples, or for changes of memory.</content>
internal sealed partial class SampledWatch
{
    /// <summary>Looks closely at ever longer pieces before a tick where the expression is bad, newest first.</summary>
    /// <param name="first">Where the search ends.</param>
    /// <param name="bad">Where it begins.</param>
    /// <param name="nearest">Length of the first piece: each one is executed from the checkpoint before it, so many short ones cost more than one long one.</param>
    /// <param name="most">Evaluations in one piece; 0 for any number.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The last transition, or null; and the tick up to which there is none, which is the beginning unless too much changes.</returns>
    private async Task<((Ticks Good, Ticks Bad)? Pair, Ticks Bad)> LastBackwardsAsync(Ticks first, Ticks bad, long nearest, int most, CancellationToken ct)
    {
        var pieces = int.MaxValue;
        for (var reach = nearest; bad > first && pieces > 0; pieces--)
        {
            var from = await FloorAsync(new Ticks(Math.Max(first.Value, bad.Value - reach)), ct).ConfigureAwait(false);
            var matches = await ScanAsync(from, bad, 1, most, ct).ConfigureAwait(false);
            if (matches is [.., { IsBroken: true }])
            {
                // Too much changes in so long a piece: a few shorter ones are worth it.
                (reach, pieces) = pieces <= MostShortPieces ? (reach, 1) : (Math.Max(Shortest, reach / 16), MostShortPieces + 1);
                continue;
            }

            if (PairsOf(matches).TakeLast(1).ToList() is [var last])
            {
                return (last, bad);
            }

            (bad, reach) = (from, pieces <= MostShortPieces ? reach : reach * 16);
        }

        return (null, bad);
    }

    private async Task<Ticks> FloorAsync(Ticks number, CancellationToken ct) => (await timeline.ScaleAsync(number, number, ct).ConfigureAwait(false)).Floor(number);

    private async Task<IReadOnlyList<ScanMatch>> ScanAsync(Ticks from, Ticks to, long stride, int most, CancellationToken ct)
    {
        var session = await timeline.ReachAsync(from, leaveMicros: false, ct).ConfigureAwait(false);
        try
        {
            await timeline.ParkMicroAsync(session, ct).ConfigureAwait(false);
            timeline.Meter.Follow(session, from, to);
            return Noted(await session.ScanAsync(Close(to, most, stride), ct).ConfigureAwait(false));
        }
        finally
        {
            timeline.Retired.Add(session);
        }
    }

    private async Task<Transition?> ByChangesConfirmedAsync(Ticks good, Ticks bad, CancellationToken ct) =>
        await ByChangesAsync(good, bad, ct).ConfigureAwait(false) is { } exact && (await probe.ConfirmAsync([exact], ct).ConfigureAwait(false))[0] is { } confirmed
            ? await InUsersCodeAsync(confirmed, ct).ConfigureAwait(false)
            : null;

    /// <summary>Looks for the last change of the bytes that the expression reads.</summary>
    /// <returns>The tick of the instruction that made it bad; null when that does not tell.</returns>
    private async Task<Ticks?> ByChangesAsync(Ticks good, Ticks bad, CancellationToken ct)
    {
        var at = bad;
        for (var i = 0; i < MostChanges && at > good; i++)
        {
            if (await RangesAtAsync(at, ct).ConfigureAwait(false) is not { Count: > 0 } ranges || await LastChangeAsync(good, at, ranges, ct).ConfigureAwait(false) is not { } change)
            {
                return null;
            }

            var before = (await timeline.ScaleAsync(change.Previous, change, ct).ConfigureAwait(false)).Shift(change, -1);
            if (await probe.HoldsAtAsync(before, ct).ConfigureAwait(false))
            {
                return before;
            }

            at = before;
        }

        return null;
    }

    private async Task<IReadOnlyList<MemoryRange>?> RangesAtAsync(Ticks at, CancellationToken ct)
    {
        // The change before is often close by, and so are those before it: without copies on the way, each would cost a replay from the last checkpoint.
        var session = await timeline.ReachAsync(at, leaveMicros: true, ct).ConfigureAwait(false);
        try
        {
            return await timeline.LookAsync(session, inspector => inspector.GetDependenciesAsync(query.Expression, scope, ct), ct).ConfigureAwait(false);
        }
        finally
        {
            timeline.Retired.Add(session);
        }
    }

    private async Task<Ticks?> LastChangeAsync(Ticks good, Ticks limit, IReadOnlyList<MemoryRange> ranges, CancellationToken ct)
    {
        Ticks? last = null;
        await _walk.BackwardsAsync(
            limit,
            to => new ChangeScan(to, ranges),
            BreakpointSet.Empty,
            (start, matches) =>
            {
                last = matches.Count > 0 ? matches[^1].At : null;
                return last is not null || start <= good;
            },
            ct).ConfigureAwait(false);
        return last > good ? last : null;
    }
}
