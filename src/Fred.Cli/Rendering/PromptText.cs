namespace Fred.Cli;

/// <summary>The prompt: which future, and whether this is the past.</summary>
internal static class PromptText
{
    /// <summary>Makes the prompt, for example <c>(fred) </c>, <c>(fred past 1234/5678) </c> or <c>(fred branch-2) </c>.</summary>
    /// <param name="session">The sitting.</param>
    /// <returns>The text, a space at its end.</returns>
    public static string For(DebugSession session)
    {
        var position = session.Position;
        var name = TimeHandlers.BranchName(session, position.Branch);
        var branch = name == "main" ? string.Empty : " " + name;
        var past = position.IsLive ? string.Empty : $" past {position.At}/{position.Edge}";
        return $"(fred{branch}{past}) ";
    }
}
