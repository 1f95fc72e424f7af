namespace Fred.Core;

/// <content>Replays that look at every event.</content>
/// <remarks>
/// What is hard: evaluating in a replica leaves traces there (memory is taken and given back), and a program may depend on them: the order of a set of objects is that of their addresses. Such a replica leaves
/// the recording sooner or later, by its own fault. A clean one then goes on from the middle of the interval, so what the program had made up to there is as recorded.
/// </remarks>
internal sealed partial class Timeline
{
    /// <summary>Replays an interval once, looking at every event.</summary>
    /// <param name="from">The interval starts at the newest usable checkpoint at or before this tick.</param>
    /// <param name="request">What to look for, and the interval's end.</param>
    /// <param name="armed">The breakpoints that count.</param>
    /// <param name="ct">Stops the scan.</param>
    /// <returns>Where the interval really started, and what was found in (start, limit].</returns>
    public async Task<(Ticks Start, IReadOnlyList<ScanMatch> Matches)> ScanAsync(Ticks from, ScanRequest request, BreakpointSet armed, CancellationToken ct)
    {
        var start = from;
        try
        {
            return await FromCheckpointAsync(
                from,
                async (session, token) =>
                {
                    start = session.Current.At;
                    await session.ArmAsync(armed, token).ConfigureAwait(false);
                    _meter.Follow(session, start, request.Limit);
                    return (start, await session.ScanAsync(request, token).ConfigureAwait(false));
                },
                keep: false,
                ct).ConfigureAwait(false);
        }
        catch (FredException error) when (error.Id == ErrorId.ReplayDiverged && MayStray(request, armed) && request.Limit - start > 1)
        {
            return (start, await ScanHalvesAsync(start, request, armed, ct).ConfigureAwait(false));
        }
    }

    /// <summary>The same from a given tick on. Several of these may be under way at once.</summary>
    /// <param name="start">Where the interval starts.</param>
    /// <param name="request">What to look for, and the interval's end.</param>
    /// <param name="armed">The breakpoints that count.</param>
    /// <param name="ct">Stops the scan.</param>
    /// <returns>What was found in (start, limit].</returns>
    public async Task<IReadOnlyList<ScanMatch>> ScanBesideAsync(Ticks start, ScanRequest request, BreakpointSet armed, CancellationToken ct)
    {
        var begun = false;
        try
        {
            return await BesideAsync(
                start,
                request.Limit,
                async (session, token) =>
                {
                    begun = true;
                    await session.ArmAsync(armed, token).ConfigureAwait(false);
                    return await session.ScanAsync(request, token).ConfigureAwait(false);
                },
                ct).ConfigureAwait(false);
        }
        catch (FredException error) when (error.Id == ErrorId.ReplayDiverged && begun && MayStray(request, armed) && request.Limit - start > 1)
        {
            return await ScanHalvesAsync(start, request, armed, ct).ConfigureAwait(false);
        }
    }

    private static bool MayStray(ScanRequest request, BreakpointSet armed) => request switch
    {
        ExpressionScan => true,
        BreakpointScan => armed.Enabled.Any(breakpoint => breakpoint.Condition is not null),
        _ => false,
    };

    private async Task<IReadOnlyList<ScanMatch>> ScanHalvesAsync(Ticks start, ScanRequest request, BreakpointSet armed, CancellationToken ct)
    {
        var middle = new Ticks(start.Value + ((request.Limit - start) / 2));
        var first = await ScanBesideAsync(start, request with { Limit = middle }, armed, ct).ConfigureAwait(false);
        var second = await ScanBesideAsync(middle, request, armed, ct).ConfigureAwait(false);
        return request switch
        {
            BreakpointScan { All: false } => second.Count > 0 ? second : first,
            ExpressionScan when first.Count > 0 && second.Count > 0 && first[^1].Truth == second[0].Truth => [.. first, .. second.Skip(1)], // no change
            _ => [.. first, .. second],
        };
    }
}
