using System.Globalization;
using Fred.Core;

namespace Fred.Backends;

/// <summary>How the agent is told whose names an expression uses, wherever it is evaluated: docs/agent-protocol.md, section 2.3.</summary>
internal static class AgentScope
{
    /// <summary>Spells a scope.</summary>
    /// <param name="scope">One that means something at any tick.</param>
    /// <returns>The text of the protocol.</returns>
    /// <exception cref="ArgumentOutOfRangeException">It is a frame's index.</exception>
    public static string Of(EvaluationScope scope) => scope switch
    {
        EvaluationScope.InActivation activation => activation.Activation,
        EvaluationScope.InFunction function => $"function:{function.Function}",
        EvaluationScope.OfOutput output => string.Create(CultureInfo.InvariantCulture, $"output:{output.Stream}"),
        _ => throw new ArgumentOutOfRangeException(nameof(scope)),
    };
}
