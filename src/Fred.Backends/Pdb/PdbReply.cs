using System.Text.Json;
using Fred.Core;

namespace Fred.Backends;

/// <summary>Turns what the agent's pdb answered into what Core understands.</summary>
internal static class PdbReply
{
    /// <summary>Translates an answer.</summary>
    /// <param name="reply">The answer to a command or display.</param>
    /// <param name="state">The state that was sent; stays when the answer has none.</param>
    /// <returns>Output, state, and what the session has to do.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.ProtocolBroken"/>: an unknown action.</exception>
    public static BackendReply Translate(InspectorReply reply, string state) => new(
        reply.Output ?? string.Empty,
        reply.State ?? state,
        reply.Action is { } action ? Translate(action) : null,
        reply.Breakpoints is { } table ? Array.ConvertAll(table, Translate) : null)
    {
        SelectedFrame = reply.Frame ?? 0,
        SelectedThread = reply.Thread ?? 0,
        QuietState = reply.Quiet,
    };

    private static BackendAction Translate(InspectorAction action) => action.Kind switch
    {
        "run" => new BackendAction.Run(new StepFilter(action.Depth, action.Line, IsTrue(action.Ret)) { Thread = action.Thread }),
        "step" => new BackendAction.Run(StepFilter.Any),
        "continue" => new BackendAction.Run(null),
        "mutate" => new BackendAction.Mutate(new Mutation(action.Source ?? string.Empty, action.Frame) { Thread = action.Thread }),
        "restart" => new BackendAction.Restart(),
        "quit" => new BackendAction.Quit(),
        _ => throw new FredException(ErrorId.ProtocolBroken, $"The agent asked for an unknown action \"{action.Kind}\". fred and its agent come from different versions; rebuild both."),
    };

    private static Breakpoint Translate(InspectorBreakpoint row) => new(row.Number, new SourceLocation(row.File, row.Line))
    {
        Condition = row.Condition,
        Enabled = row.Enabled,
        Temporary = row.Temporary,
        IgnoreCount = row.Ignore,
        Hits = row.Hits,
        Function = row.Function,
    };

    private static bool IsTrue(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.Number => value.GetInt32() != 0,
        _ => false,
    };
}
