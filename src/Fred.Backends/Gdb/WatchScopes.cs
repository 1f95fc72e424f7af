using System.Globalization;
using Fred.Core;

namespace Fred.Backends;

/// <summary>Decides what gdb's <c>watch EXPR</c> means at other moments.</summary>
/// <remarks>
/// gdb itself follows the expression in the frame where the command was given when it uses that frame's variables, and everywhere else when it does not; which of the two, it does not say. So:
/// what is not on the stack is watched by its address; what main knows by the same name at the same place is everybody's; the rest belongs to the frame.
/// </remarks>
internal static class WatchScopes
{
    /// <summary>Decides.</summary>
    /// <param name="inspector">Where the command was given.</param>
    /// <param name="mi">gdb, looking at it.</param>
    /// <param name="expression">The expression; <c>-location EXPR</c> for its present address.</param>
    /// <param name="frame">The selected frame.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Null when it depends on more than memory that can be watched.</returns>
    public static async Task<WatchedValue?> FindAsync(GdbInspector inspector, MiConnection mi, string expression, int frame, CancellationToken ct)
    {
        var here = new EvaluationScope.InFrame(frame);
        var isLocation = expression.StartsWith("-location ", StringComparison.Ordinal);
        var text = isLocation ? expression["-location ".Length..].Trim() : expression;
        if (!await inspector.IsWatchableAsync(mi, text, frame, ct).ConfigureAwait(false))
        {
            return null;
        }

        var address = await AddressAsync(inspector, mi, text, here, ct).ConfigureAwait(false);
        var main = new EvaluationScope.InFunction("main");
        if (!isLocation && address is not null && await AddressAsync(inspector, mi, text, main, ct).ConfigureAwait(false) == address)
        {
            // main's own variables end with main; all else is there for good.
            return new WatchedValue(text, inspector.IsOnStack(address.Value) ? main : new EvaluationScope.Anywhere());
        }

        if (address is { } at && !inspector.IsOnStack(at) && (isLocation || !text.Contains("->", StringComparison.Ordinal)))
        {
            var type = await GdbInspector.TypeOfAsync(mi, text, frame, ct).ConfigureAwait(false);
            return type is null ? null : new WatchedValue(string.Create(CultureInfo.InvariantCulture, $"*({type} *) 0x{at:x}"), new EvaluationScope.Anywhere());
        }

        return await inspector.ActivationOfAsync(mi, frame, ct).ConfigureAwait(false) is { } activation ? new WatchedValue(text, new EvaluationScope.InActivation(activation)) : null;
    }

    private static async Task<ulong?> AddressAsync(GdbInspector inspector, MiConnection mi, string expression, EvaluationScope scope, CancellationToken ct) =>
        ulong.TryParse(await inspector.EvaluateHereAsync(mi, $"(unsigned long)&({expression})", scope, ct).ConfigureAwait(false), NumberStyles.None, CultureInfo.InvariantCulture, out var address) ? address : null;
}
