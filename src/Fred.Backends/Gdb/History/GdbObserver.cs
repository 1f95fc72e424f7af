using Fred.Core;

namespace Fred.Backends;

/// <summary>Notes visits of places and calls of functions while a replica replays an interval; expressions are evaluated by gdb, functions that they call in throw-away copies.</summary>
/// <remarks>
/// Nothing that is evaluated can change the replica, so no note is ever doubtful. What is hard are calls that began before the interval: nobody has seen their beginning, so a call is
/// known by the address of its frame, which is there to be seen at any time. Each thread has calls of its own.
/// </remarks>
/// <param name="session">A replica at the interval's beginning; spent afterwards.</param>
/// <param name="context">What it shares with others.</param>
/// <param name="note">Gets each note.</param>
internal sealed class GdbObserver(GdbSession session, GdbContext context, Func<Observation, ValueTask> note)
{
    private const int FirstReturn = 1_000_000;
    private readonly List<ulong> _returns = [];
    private readonly Dictionary<int, Stack<(ulong Address, ulong ReturnTo, ulong Function)>> _threads = [];

    private NativeProcess Process => session.Process;

    /// <summary>Notes the visits of some places.</summary>
    /// <param name="request">Which.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>Done at the interval's end.</returns>
    public async Task HitsAsync(HitObservation request, CancellationToken ct)
    {
        var points = request.Points.ToDictionary(p => p.Id);
        var sites = new List<(int, ulong)>();
        foreach (var point in request.Points)
        {
            var addresses = point.Place is { } place
                ? BreakpointPlaces.Find(context.Space.Modules, place)
                : await FunctionPlaces.BodiesAsync(context, Process, point.Function ?? string.Empty).ConfigureAwait(false);
            sites.AddRange(addresses.Select(address => (point.Id, address)));
        }

        if (sites.Count == 0)
        {
            return;
        }

        await Process.ArmAsync(sites).ConfigureAwait(false);
        var run = new NativeRun { Limit = Internal(request.Limit), Breakpoints = true };
        while (await Process.RunAsync(run, ct).ConfigureAwait(false) is { Reason: "breakpoint" } halt)
        {
            await session.LookAsync().ConfigureAwait(false);
            foreach (var point in halt.Ids.Select(id => points[id]))
            {
                if (point.Condition is null || await GdbContext.HoldsAsync(session, point.Condition, ct).ConfigureAwait(false))
                {
                    var values = point.Expressions.Count == 0 ? [] : await LookAsync(i => i.EvaluateAllAsync(point.Expressions, 0, ct), ct).ConfigureAwait(false);
                    await note(Note(ObservationKind.Hit, values) with { Number = point.Id }).ConfigureAwait(false);
                }
            }

            if (halt.Tick >= run.Limit)
            {
                return;
            }
        }
    }

    /// <summary>Notes the calls and returns of a function.</summary>
    /// <param name="request">Which function.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>Done at the interval's end.</returns>
    public async Task CallsAsync(CallObservation request, CancellationToken ct)
    {
        var bodies = await FunctionPlaces.BodiesAsync(context, Process, request.Function).ConfigureAwait(false);
        if (bodies.Count == 0)
        {
            return;
        }

        await LookAsync(i => OpenAllAsync(i, request.Function, bodies, ct), ct).ConfigureAwait(false);
        var run = new NativeRun { Limit = Internal(request.Limit), Breakpoints = true };
        do
        {
            await Process.ArmAsync([.. bodies.Select(body => (1, body)), .. _returns.Select((address, i) => (FirstReturn + i, address))]).ConfigureAwait(false);
            var halt = await Process.RunAsync(run, ct).ConfigureAwait(false);
            if (halt.Reason != "breakpoint")
            {
                return;
            }

            // Returns first: the function may have returned to where it is called again.
            var open = OpenIn(halt.Thread);
            while (open.TryPeek(out var top) && top.Address <= halt.Sp)
            {
                open.Pop();
                if (top.Address == halt.Sp && top.ReturnTo == halt.Pc)
                {
                    await ReturnedAsync(top, ct).ConfigureAwait(false);
                }
            }

            if (halt.Ids.Contains(1))
            {
                await CalledAsync(open, ct).ConfigureAwait(false);
            }
        }
        while (Process.Halt.Tick < run.Limit);
    }

    private long Internal(Ticks limit) => limit.Value + Process.Space.Offset;

    private Stack<(ulong Address, ulong ReturnTo, ulong Function)> OpenIn(int thread) => _threads.TryGetValue(thread, out var open) ? open : _threads[thread] = new();

    /// <summary>Opens the calls that began before the interval. Where a thread stands at the body's first instruction, the call belongs to the interval before, too.</summary>
    private async Task<bool> OpenAllAsync(GdbInspector inspector, string function, IReadOnlyList<ulong> bodies, CancellationToken ct)
    {
        foreach (var thread in Process.Halt.Threads > 1 ? (await Process.ReadThreadsAsync().ConfigureAwait(false)).Select(t => t.Number) : [Process.Halt.Thread])
        {
            foreach (var frame in await inspector.Of(thread).FindCallsAsync(function, bodies, ct).ConfigureAwait(false))
            {
                Open(OpenIn(thread), frame);
            }
        }

        return true;
    }

    private void Open(Stack<(ulong Address, ulong ReturnTo, ulong Function)> open, (ulong Address, ulong ReturnTo, ulong Function) call)
    {
        open.Push(call);
        if (!_returns.Contains(call.ReturnTo))
        {
            _returns.Add(call.ReturnTo);
        }
    }

    private async Task CalledAsync(Stack<(ulong Address, ulong ReturnTo, ulong Function)> open, CancellationToken ct)
    {
        var frame = await FrameFinder.InnermostAsync(Process).ConfigureAwait(false);
        if (open.TryPeek(out var top) && top.Address == frame.Address)
        {
            return; // A loop comes back to the body's first instruction.
        }

        var function = context.Space.Modules.Find(Process.Halt.Pc, Process.Pid).Function?.Start ?? 0;
        Open(open, (frame.Address, frame.ReturnTo ?? 0, function));
        await session.LookAsync().ConfigureAwait(false);
        var arguments = await LookAsync(i => i.ReadArgumentsAsync(ct), ct).ConfigureAwait(false);
        await note(Note(ObservationKind.Call, arguments) with { Number = (long)frame.Address, Depth = FrameFinder.DepthOf(Process.Space, frame.Address) }).ConfigureAwait(false);
    }

    private async Task ReturnedAsync((ulong Address, ulong ReturnTo, ulong Function) call, CancellationToken ct)
    {
        await session.LookAsync().ConfigureAwait(false);
        var result = await LookAsync(i => i.ReadReturnedAsync(call.Function, ct), ct).ConfigureAwait(false);
        ObservedValue[] values = result is { } known ? [new ObservedValue(known.Value, true)] : [];
        await note(Note(ObservationKind.Return, values) with { Number = (long)call.Address, Depth = FrameFinder.DepthOf(Process.Space, call.Address) }).ConfigureAwait(false);
    }

    private Observation Note(ObservationKind kind, IReadOnlyList<ObservedValue> values) =>
        new(session.Current.At, kind, values) { Location = session.Current.Location, Function = session.Current.Function, Depth = session.Current.Depth, Thread = Process.Halt.Thread };

    private async Task<T> LookAsync<T>(Func<GdbInspector, Task<T>> look, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var inspector = new GdbInspector(session, context);
        await using (inspector.ConfigureAwait(false))
        {
            return await look(inspector).ConfigureAwait(false);
        }
    }
}
