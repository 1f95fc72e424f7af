using System.Globalization;
using Fred.Core;

namespace Fred.Backends;

/// <summary>The breakpoints of a user's gdb on the timeline.</summary>
/// <remarks>gdb takes all of them away at every stop and sets them again before it goes on, so they are compared as a whole.</remarks>
/// <param name="session">The sitting.</param>
internal sealed class TimelineBreakpoints(DebugSession session)
{
    private RspBreakpoint[] _set = [];

    /// <summary>Replaces them.</summary>
    /// <param name="breakpoints">All of them.</param>
    /// <returns>Done when they count.</returns>
    public async Task SetAsync(IReadOnlyCollection<RspBreakpoint> breakpoints)
    {
        RspBreakpoint[] wanted = [.. breakpoints.OrderBy(b => b.Address).ThenBy(b => b.Kind).ThenBy(b => b.Length)];
        if (!wanted.SequenceEqual(_set))
        {
            await session.SetBreakpointsAsync([.. wanted.Select((b, i) => ToTimeline(b, i + 1))], CancellationToken.None).ConfigureAwait(false);
            _set = wanted;
        }
    }

    /// <summary>Says to gdb what was reached.</summary>
    /// <param name="ids">As the sitting tells them.</param>
    /// <returns>A watchpoint, if one is among them; null when none is known.</returns>
    public RspStop? Reached(IReadOnlyList<int> ids)
    {
        RspBreakpoint[] reached = [.. ids.Where(id => id >= 1 && id <= _set.Length).Select(id => _set[id - 1])];
        return reached.Length == 0 ? null
            : reached.FirstOrDefault(b => b.Kind >= RspBreakpointKind.Write) is { Length: > 0 } watch ? new RspStop.Watch(watch.Kind, watch.Address)
            : new RspStop.Breakpoint(reached.All(b => b.Kind == RspBreakpointKind.Hardware));
    }

    private static Breakpoint ToTimeline(RspBreakpoint breakpoint, int id)
    {
        var place = string.Create(CultureInfo.InvariantCulture, $"0x{breakpoint.Address:x}");
        if (breakpoint.Kind < RspBreakpointKind.Write)
        {
            return new Breakpoint(id, new SourceLocation("*" + place, 0)) { Address = breakpoint.Address };
        }

        // The widest type that fits has the least pieces.
        var word = breakpoint.Length switch { 2 => "short", 4 => "int", 8 => "long", _ => "char" };
        var isWord = breakpoint.Length is 1 or 2 or 4 or 8;
        var expression = isWord ? $"*(unsigned {word} *) {place}" : string.Create(CultureInfo.InvariantCulture, $"*(unsigned char (*)[{breakpoint.Length}]) {place}");
        var kind = breakpoint.Kind switch { RspBreakpointKind.Read => WatchKind.Read, RspBreakpointKind.Access => WatchKind.Access, _ => WatchKind.Change };
        return new Breakpoint(id, new SourceLocation(expression, 0)) { Kind = BreakpointKind.Watch, Watched = new WatchedValue(expression, new EvaluationScope.Anywhere()) { Kind = kind } };
    }
}
