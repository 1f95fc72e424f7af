namespace Fred.Dap;

/// <summary>A reverse watch as a leg: the client sees the program run meanwhile, gets the response at the end, and then always a stop.</summary>
internal static class WatchRun
{
    /// <summary>Searches.</summary>
    /// <param name="sitting">The sitting.</param>
    /// <param name="request">The request it answers; can be cancelled by its number.</param>
    /// <param name="query">What to search for.</param>
    /// <param name="respond">Makes the response's body of what was found.</param>
    /// <param name="ct">Cancelled with the request.</param>
    public static async Task<DapResult> RunAsync(Sitting sitting, DapRequest request, WatchQuery query, Func<WatchReport, object> respond, CancellationToken ct)
    {
        Leg leg = sitting.Travel.Begin("Reverse watch", request.Seq);
        sitting.Travel.SendContinued();
        DapResult result;
        Action announce;
        try
        {
            using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(ct, leg.Token);
            WatchReport report = await sitting.Session.ReverseWatchAsync(query, cancellation.Token).ConfigureAwait(false);
            result = DapResult.Of(respond(report));
            announce = () => sitting.Travel.Announce(report.Stop);
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
}
