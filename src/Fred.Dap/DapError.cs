namespace Fred.Dap;

/// <summary>The body of every error response: text for people, and Fred's error name for programs.</summary>
/// <param name="Error">The message.</param>
internal sealed record ErrorBody(DapErrorMessage Error);

/// <summary>DAP's structured message.</summary>
/// <param name="Id">1000 plus the number of the <see cref="ErrorId"/>; stable within one version.</param>
/// <param name="Format">The text; braces are escaped away, there are no variables.</param>
/// <param name="ShowUser">Whether the editor should put it in the user's way.</param>
/// <param name="Variables">Holds "errorId": the name as in docs/messages.md.</param>
internal sealed record DapErrorMessage(int Id, string Format, bool ShowUser, Dictionary<string, string> Variables);

/// <summary>From Fred's errors to DAP's: the only such mapping.</summary>
internal static class DapError
{
    /// <summary>The short reason DAP defines for a cancelled request.</summary>
    public const string Cancelled = "cancelled";

    private const int FirstId = 1000;

    /// <summary>Maps an error.</summary>
    /// <param name="id">Which one.</param>
    /// <param name="text">What happened and what to do next.</param>
    public static DapResult From(ErrorId id, string text)
    {
        string format = text.Replace("{", "(", StringComparison.Ordinal).Replace("}", ")", StringComparison.Ordinal);
        var message = new DapErrorMessage(FirstId + (int)id, format, ShowsUser(id), new() { ["errorId"] = id.ToString() });
        return new DapResult(false, new ErrorBody(message), id == ErrorId.Cancelled ? Cancelled : format);
    }

    /// <summary>Maps whatever a handler threw.</summary>
    public static DapResult From(Exception error) => error switch
    {
        _ when Cancellation.Is(error) => From(ErrorId.Cancelled, "Cancelled."),
        FredException fred => From(fred.Id, fred.Message),
        DapRequestException request => From(ErrorId.Usage, request.Message),
        _ => From(ErrorId.Internal, $"Something in Fred is wrong: {error.GetType().Name}: {error.Message} Please report it; the session can go on."),
    };

    // Editors show a modal box for these. Answers to hovers and watches must never do that.
    private static bool ShowsUser(ErrorId id) => id is ErrorId.ProgramNotFound or ErrorId.ProgramSyntaxError or ErrorId.PythonNotFound
        or ErrorId.PythonUnsupported or ErrorId.LaunchFailed or ErrorId.Unsupported or ErrorId.HeadLost
        or ErrorId.ReplayDiverged or ErrorId.NoTransition or ErrorId.TickOutOfRange or ErrorId.NoSuchName;
}
