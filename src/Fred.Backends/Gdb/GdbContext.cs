using System.Collections.Concurrent;
using Fred.Core;

namespace Fred.Backends;

/// <summary>What the sessions of one native program share: symbols, gdb, and where breakpoints are.</summary>
/// <param name="space">The processes' common part.</param>
/// <param name="driver">gdb.</param>
internal sealed class GdbContext(NativeSpace space, GdbDriver driver)
{
    private readonly ConcurrentDictionary<ulong, string> _names = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<(int, SourceLocation), IReadOnlyList<ulong>> _fromGdb = [];
    private readonly Dictionary<int, WatchedValue> _watched = [];
    private readonly ConcurrentDictionary<string, bool> _calling = new();
    private readonly ConcurrentDictionary<(string, EvaluationScope, int), Predicate?> _predicates = new();
    private (long Version, IReadOnlyList<(int Id, ulong Address)> Sites) _sites = (-1, []);

    /// <summary>Gets the rules of stepping.</summary>
    public LineRules Rules { get; } = new(space);

    /// <summary>Gets which signals stop the program.</summary>
    public SignalStops Signals { get; } = new();

    /// <summary>Gets the processes' common part.</summary>
    public NativeSpace Space => space;

    /// <summary>Gets gdb.</summary>
    public GdbDriver Driver => driver;

    /// <summary>Whether an expression is known to call functions of the program.</summary>
    /// <param name="expression">The expression.</param>
    /// <returns>False also when it has not been evaluated yet.</returns>
    public bool IsCalling(string expression) => _calling.ContainsKey(expression);

    /// <summary>An expression has called a function.</summary>
    /// <param name="expression">The expression.</param>
    public void NoteCalling(string expression) => _calling[expression] = true;

    /// <summary>Has an expression compiled, once, so that replicas can look at it themselves.</summary>
    /// <param name="session">Stopped; where its names mean something, if possible.</param>
    /// <param name="expression">The expression.</param>
    /// <param name="scope">Whose names it uses at any tick.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Null when only gdb can evaluate it.</returns>
    public async Task<Predicate?> PredicateAsync(GdbSession session, string expression, EvaluationScope scope, CancellationToken ct)
    {
        var key = (expression, scope, space.Modules.Version);
        if (!_predicates.TryGetValue(key, out var known))
        {
            var inspector = new GdbInspector(session, this);
            await using (inspector.ConfigureAwait(false))
            {
                _predicates[key] = known = await inspector.CompileAsync(expression, scope, ct).ConfigureAwait(false);
            }
        }

        return known;
    }

    /// <summary>Finds out whose names a watchpoint's expression uses, once, where the user gave the command.</summary>
    /// <param name="number">gdb's number of it.</param>
    /// <param name="find">Finds out.</param>
    /// <returns>What is watched; null when it cannot be.</returns>
    public async Task<WatchedValue?> WatchedAsync(int number, Func<Task<WatchedValue?>> find)
    {
        lock (_gate)
        {
            if (_watched.TryGetValue(number, out var known))
            {
                return known;
            }
        }

        var found = await find().ConfigureAwait(false);
        lock (_gate)
        {
            return found is null ? null : _watched[number] = found;
        }
    }

    /// <summary>Remembers where gdb has put breakpoints.</summary>
    /// <param name="rows">gdb's table.</param>
    public void TakeOver(IReadOnlyList<GdbBreakpoint> rows)
    {
        lock (_gate)
        {
            _fromGdb.Clear();
            foreach (var row in rows)
            {
                _fromGdb[(row.Breakpoint.Id, row.Breakpoint.Location)] = row.Addresses;
            }

            _sites = (-1, []);
        }
    }

    /// <summary>Finds the instructions that breakpoints stop at.</summary>
    /// <param name="breakpoints">The timeline's.</param>
    /// <returns>With the id of each; breakpoints whose place has no code have none.</returns>
    public IReadOnlyList<(int Id, ulong Address)> Sites(BreakpointSet breakpoints)
    {
        lock (_gate)
        {
            if (_sites.Version != breakpoints.Version || breakpoints.Version < 0)
            {
                _sites = (breakpoints.Version, [.. breakpoints.Enabled.Where(b => b.Kind is BreakpointKind.Line or BreakpointKind.Raise).SelectMany(b => AddressesOf(b).Select(address => (b.Id, address)))]);
            }

            return _sites.Sites;
        }
    }

    /// <summary>Describes where a process stands.</summary>
    /// <param name="process">Stopped.</param>
    /// <returns>Its stop with place, function and depth.</returns>
    public async ValueTask<StopEvent> DescribeAsync(NativeProcess process)
    {
        var place = space.Modules.Find(process.Halt.Pc, process.Pid);
        var frame = await FrameFinder.InnermostAsync(process).ConfigureAwait(false);
        return process.Current with
        {
            Location = place.Line is { } line ? new SourceLocation(line.File, line.Line) : null,
            Function = place.Function is { } function ? await NameAsync(process, function).ConfigureAwait(false) : null,
            Depth = FrameFinder.DepthOf(space, frame.Address),
            Anchor = (long)process.Halt.Sp,
        };
    }

    /// <summary>Evaluates a breakpoint's condition in a copy.</summary>
    /// <param name="session">Stopped at the breakpoint.</param>
    /// <param name="condition">In the program's language.</param>
    /// <param name="ct">Ends the evaluation.</param>
    /// <returns>True also when it cannot be evaluated: gdb stops then too.</returns>
    public static async Task<bool> HoldsAsync(GdbSession session, string condition, CancellationToken ct)
    {
        var inspector = await session.InspectAsync(ct).ConfigureAwait(false);
        await using (inspector.ConfigureAwait(false))
        {
            return (await inspector.EvaluateAsync(condition, new EvaluationScope.InFrame(0), ct).ConfigureAwait(false)).Truth != Truth.Bad;
        }
    }

    /// <summary>A process is about to go.</summary>
    /// <param name="process">It is not to be shown by gdb any more.</param>
    /// <returns>Done when gdb does not look at it.</returns>
    public Task ForgetAsync(NativeProcess process) => driver.ForgetAsync(process);

    /// <summary>A function's name as people know it: gdb takes C++ names apart, once for each function.</summary>
    /// <param name="process">Any stopped process.</param>
    /// <param name="function">The function, with addresses of the process.</param>
    /// <returns>Its name without parameters.</returns>
    public async ValueTask<string> NameAsync(NativeProcess process, FunctionSymbol function)
    {
        if (!function.Name.StartsWith("_Z", StringComparison.Ordinal))
        {
            return function.Name;
        }

        if (!_names.TryGetValue(function.Start, out var name))
        {
            _names[function.Start] = name = await driver.FunctionNameAsync(process, function, CancellationToken.None).ConfigureAwait(false) ?? function.Name;
        }

        return name;
    }

    private IReadOnlyList<ulong> AddressesOf(Breakpoint breakpoint)
    {
        if (breakpoint.Kind == BreakpointKind.Raise)
        {
            return CppExceptions.PlacesOf(space.Modules, "throw");
        }

        if (_fromGdb.TryGetValue((breakpoint.Id, breakpoint.Location), out var known))
        {
            return known;
        }

        return breakpoint.Address is { } address ? [address] : BreakpointPlaces.Find(space.Modules, breakpoint.Location);
    }
}
