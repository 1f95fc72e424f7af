namespace Fred.Core;

/// <summary>An immutable picture of the breakpoints that count now.</summary>
/// <param name="Version">Changes whenever the set does, so that a session re-arms only then.</param>
/// <param name="Enabled">The enabled breakpoints.</param>
public sealed record BreakpointSet(long Version, IReadOnlyList<Breakpoint> Enabled)
{
    /// <summary>Gets the set without breakpoints.</summary>
    public static BreakpointSet Empty { get; } = new(0, []);
}
