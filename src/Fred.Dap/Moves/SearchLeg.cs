namespace Fred.Dap;

/// <summary>A search as a leg: the client sees the program run meanwhile, gets the response at the end, and then always a stop.</summary>
internal static class SearchLeg
{
    /// <summary>Searches.</summary>
    /// <param name="sitting">The sitting.</param>
    /// <param name="request">The request it answers; can be cancelled by its number.</param>
    /// <param name="title">What the user asked for, in words.</param>
    /// <param name="search">Makes the response's body, and the stop at which the search leaves the user.</param>
    /// <param name="ct">Cancelled with the request.</param>
    public static async Task<DapResult> RunAsync(
        Sitting sitting, DapRequest request, string title, Func<CancellationToken, Task<(object Body, StopEvent Stop)>> search, CancellationToken ct)
    {
        Leg leg = sitting.Travel.Begin(title, request.Seq);
        sitting.Travel.SendContinued();
        DapResult result;
        Action announce;
        try
        {
            using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(ct, leg.Token);
            (object body, StopEvent stop) = await search(cancellation.Token).ConfigureAwait(false);
            result = DapResult.Of(body);
            announce = () => sitting.Travel.Announce(stop);
        }
#pragma warning disable CA1031 // The client saw the program run: whatever went wrong, it must get both its response and its stop.
        catch (Exception error)
#pragma warning restore CA1031
        {
            result = DapError.From(error);
            announce = () => sitting.Travel.AnnounceCancelled(leg);
        }
        await sitting.Travel.EndAsync(leg).ConfigureAwait(false);
        return result with { Then = announce };
    }

    /// <summary>A reverse watch.</summary>
    /// <param name="sitting">The sitting.</param>
    /// <param name="request">The request it answers.</param>
    /// <param name="query">What to search for.</param>
    /// <param name="respond">Makes the response's body of what was found.</param>
    /// <param name="ct">Cancelled with the request.</param>
    public static Task<DapResult> WatchAsync(Sitting sitting, DapRequest request, WatchQuery query, Func<WatchReport, object> respond, CancellationToken ct) =>
        RunAsync(sitting, request, "Reverse watch", async token =>
        {
            WatchReport report = await sitting.Session.ReverseWatchAsync(query, token).ConfigureAwait(false);
            return (respond(report), report.Stop);
        }, ct);
}
