namespace Fred.Core;

/// <content>Exceptions in the history, and all hits of the breakpoints. Nobody moves here.</content>
/// <remarks>
/// Breakpoints of the kinds raise and handler stop where exceptions can be met. One raised by a `raise` is met before it exists. Any other is met at the first
/// handler it comes to, or at the end of the program; from there the statement that it came from is found by going back.
/// </remarks>
public sealed partial class DebugSession
{
    /// <summary>Says which exception is met at this stop.</summary>
    /// <param name="ct">Ends the reading.</param>
    /// <returns>The exception; null when none is.</returns>
    public Task<ExceptionMet?> GetExceptionAsync(CancellationToken ct) => ReadAsync((inspector, token) => inspector.GetExceptionAsync(token), ct);

    /// <summary>Lists where in a file breakpoints can stop.</summary>
    /// <param name="file">The file's path.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>1-based lines, sorted.</returns>
    public Task<IReadOnlyList<int>> GetLinesAsync(string file, CancellationToken ct) => ReadAsync((inspector, token) => inspector.GetLinesAsync(file, token), ct);

    /// <summary>Finds where the exception that is met at this stop was raised.</summary>
    /// <param name="ct">Stops the search.</param>
    /// <returns>The tick at which the raising statement is next; null when no exception is met, or it never was in code that ticks.</returns>
    public async Task<Ticks?> FindRaiseAsync(CancellationToken ct)
    {
        Ticks? found = null;
        await SearchAsync(
            "find the raise",
            async token =>
            {
                var met = await _timeline.LookAsync(_timeline.Session, inspector => inspector.GetExceptionAsync(token), token).ConfigureAwait(false);
                found = met is { Role: ExceptionRole.Raise } ? _timeline.At
                    : met?.Origin is { } origin ? await _reverse.LastAtAsync(origin, token).ConfigureAwait(false)
                    : null;
            },
            ct).ConfigureAwait(false);
        return found;
    }

    /// <summary>Finds the hits of the breakpoints in the whole history of this branch, those included that nobody has stopped at.</summary>
    /// <param name="most">How many at most, from 1; the oldest come first.</param>
    /// <param name="ct">Stops the search.</param>
    /// <returns>The hits, in time order.</returns>
    public async Task<IReadOnlyList<ScanMatch>> FindHitsAsync(int most, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(most);
        IReadOnlyList<ScanMatch> hits = [];
        await SearchAsync("find breakpoint hits", async token => hits = await _reverse.AllAsync(most, _breakpoints.Armed, token).ConfigureAwait(false), ct).ConfigureAwait(false);
        return hits;
    }

    private async Task SearchAsync(string title, Func<CancellationToken, Task> search, CancellationToken ct) =>
        await MoveAsync(
            SessionRequest.Watch,
            SessionState.Travelling,
            title,
            async token =>
            {
                await search(token).ConfigureAwait(false);
                return _stop;
            },
            ct).ConfigureAwait(false);
}
