namespace Fred.Cli;

/// <summary>pdb's <c>commands</c>: lines that run whenever a breakpoint stops the program.</summary>
/// <remarks>
/// They are kept here and not in the debuggee: most of them are movements, which only the sitting can carry out. A block is typed line by line, so this is a
/// little state machine: while <see cref="Collecting"/> every line belongs to the block until <c>end</c>.
/// </remarks>
internal sealed class BreakpointCommands
{
    private readonly Dictionary<int, List<string>> _blocks = [];
    private int? _open;

    /// <summary>Gets a value indicating whether the lines typed now belong to a block.</summary>
    public bool Collecting => _open is not null;

    /// <summary>Begins a block; one that exists already is replaced.</summary>
    /// <param name="breakpoint">The breakpoint's number.</param>
    public void Begin(int breakpoint)
    {
        _open = breakpoint;
        _blocks[breakpoint] = [];
    }

    /// <summary>Adds a line to the open block, or closes it (<c>end</c>).</summary>
    /// <param name="line">What the user typed.</param>
    public void Add(string line)
    {
        if (_open is not { } breakpoint)
        {
            return;
        }

        if (line == "end")
        {
            _open = null;
        }
        else if (line.Length > 0)
        {
            _blocks[breakpoint].Add(line);
        }
    }

    /// <summary>Leaves the open block as it is (end of the input, Ctrl-C).</summary>
    public void Close() => _open = null;

    /// <summary>The lines to run at a stop; empty unless it is a breakpoint's.</summary>
    /// <param name="stop">Where the sitting stands.</param>
    /// <returns>The lines of all breakpoints reached, in order.</returns>
    public IReadOnlyList<string> For(StopEvent stop)
    {
        if (stop.Reason != StopReason.Breakpoint || _blocks.Count == 0)
        {
            return [];
        }

        return [.. stop.Breakpoints.Where(_blocks.ContainsKey).SelectMany(id => _blocks[id])];
    }
}
