using System.Collections.Frozen;

namespace Fred.Core;

/// <summary>Which request is allowed in which state, as one table. Every front end goes through it, so no handler has to think of states.</summary>
internal static class RequestGate
{
    private const string Finished = "The sitting is over; start a new one.";
    private const string NotStarted = "The program has not been started.";
    private const string Busy = "A command is under way: wait for its stop, or interrupt it (Ctrl-C, pause).";

    private static readonly FrozenDictionary<(SessionRequest, SessionState), string?> Table = Build();

    /// <summary>Checks a request.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="state">What the sitting is doing.</param>
    /// <returns>Null when it is allowed, else why not.</returns>
    public static string? Refusal(SessionRequest request, SessionState state) => Table[(request, state)];

    private static FrozenDictionary<(SessionRequest, SessionState), string?> Build()
    {
        // Rows: requests. Columns: NotStarted, Stopped, Running, Travelling, HistoryOnly, Closed. Null: allowed.
        var rows = new Dictionary<SessionRequest, string?[]>
        {
            [SessionRequest.Move] = [NotStarted, null, Busy, Busy, null, Finished],
            [SessionRequest.Watch] = [NotStarted, null, Busy, Busy, null, Finished],
            [SessionRequest.Mutate] = [NotStarted, null, Busy, Busy, null, Finished],
            [SessionRequest.Read] = [NotStarted, null, Busy, Busy, null, Finished],
            [SessionRequest.TakeCheckpoint] = [NotStarted, null, Busy, Busy, null, Finished],
            [SessionRequest.Annotate] = [NotStarted, null, Busy, Busy, null, Finished],
            [SessionRequest.SetBreakpoints] = [null, null, null, null, null, Finished],
            [SessionRequest.Pause] = [null, null, null, null, null, null],
        };
        var states = Enum.GetValues<SessionState>();
        return rows.SelectMany(row => states.Select((state, column) => KeyValuePair.Create((row.Key, state), row.Value[column]))).ToFrozenDictionary();
    }
}

/// <summary>The kinds of request a sitting distinguishes.</summary>
internal enum SessionRequest
{
    /// <summary>Any movement through time.</summary>
    Move,

    /// <summary>A reverse expression watchpoint.</summary>
    Watch,

    /// <summary>A change of the program.</summary>
    Mutate,

    /// <summary>Reading stack, variables, expressions; the backend's own commands.</summary>
    Read,

    /// <summary>A checkpoint asked for by the user.</summary>
    TakeCheckpoint,

    /// <summary>Bookmarks and names.</summary>
    Annotate,

    /// <summary>Replacing the breakpoints; while something runs they count from the next command on.</summary>
    SetBreakpoints,

    /// <summary>Asking what runs to stop.</summary>
    Pause,
}
