using Fred.Core;

namespace Fred.Backends;

/// <summary>Runs a replica from one moment at which an expression's value may have changed to the next.</summary>
/// <remarks>
/// Between two looks it runs until something has changed that the value depends on: the memory that gdb read for it, the end of the frame whose names it uses, a call that is a nearer
/// frame. So a change is seen at the very instruction that makes it. Where the value depends on more (functions that are called, registers, too much memory) it is looked at wherever a line
/// begins, which costs about half a millisecond each.
/// </remarks>
/// <param name="session">A replica; spent afterwards.</param>
/// <param name="context">What it shares with others.</param>
/// <param name="expression">The expression.</param>
/// <param name="scope">Whose names it uses at any tick: not a frame's index.</param>
internal sealed class ValueWalk(GdbSession session, GdbContext context, string expression, EvaluationScope scope)
{
    private IReadOnlyList<ulong>? _bodies;

    private NativeProcess Process => session.Process;

    /// <summary>Walks.</summary>
    /// <param name="limit">The process's last tick.</param>
    /// <param name="seen">Gets each look while the replica stands there, the first one where it begins and the last one at the limit; false ends the walk.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>Done at the limit, or where the program ends before.</returns>
    public async Task WalkAsync(long limit, Func<ValueLook, GdbInspector, Task<bool>> seen, CancellationToken ct)
    {
        var (made, since) = (Process.Halt.Pc, Process.Halt.Tick);
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            ExpressionLook look;
            var inspector = new GdbInspector(session, context);
            await using (inspector.ConfigureAwait(false))
            {
                look = await inspector.LookAtAsync(expression, scope, ct).ConfigureAwait(false);
                if (!await seen(new ValueLook(look.Value, Process.Halt.Tick, since, made), inspector).ConfigureAwait(false))
                {
                    return;
                }
            }

            var before = Process.Halt;
            if (before.Tick >= limit || before.Reason is not ("breakpoint" or "watch" or "line" or "limit"))
            {
                return;
            }

            var (run, sites) = await UntilAsync(look, limit).ConfigureAwait(false);
            await Process.ArmAsync(sites.Distinct().Select(address => (1, address))).ConfigureAwait(false);
            var halt = await Process.RunAsync(run, ct).ConfigureAwait(false);

            // The frame is there from the call on, before the function's body begins.
            since = run.StopAtLines || look.Frame is null ? before.Tick : Math.Max(before.Tick, halt.Tick - 1);
            made = halt.Reason switch
            {
                "watch" when ulong.TryParse(halt.Detail, out var changed) => changed,
                "breakpoint" => await CallOrReturnAsync(halt).ConfigureAwait(false),
                _ => before.Pc,
            };
            if (halt.Tick == before.Tick)
            {
                return;
            }
        }
    }

    /// <summary>The instruction that led to one of our addresses: the call of the function, or its end.</summary>
    private async Task<ulong> CallOrReturnAsync(AgentMessage.Halted halt)
    {
        var bodies = await BodiesAsync().ConfigureAwait(false);
        if (bodies.Contains(halt.Pc))
        {
            return (await FrameFinder.InnermostAsync(Process).ConfigureAwait(false)).ReturnTo - 1 ?? halt.Pc;
        }

        return bodies.Count == 1 && context.Space.Modules.Find(bodies[0], Process.Pid).Function is { } left ? left.End - 1 : halt.Pc;
    }

    /// <summary>What the next look waits for.</summary>
    private async Task<(NativeRun Run, IReadOnlyList<ulong> Sites)> UntilAsync(ExpressionLook look, long limit)
    {
        var run = new NativeRun { Limit = limit, Breakpoints = true };
        if (look.Frame is not { } frame)
        {
            return (run, await BodiesAsync().ConfigureAwait(false));
        }

        List<ulong> sites = frame.ReturnTo is { } back ? [back] : [];
        if (scope is EvaluationScope.InFunction)
        {
            sites.AddRange(await BodiesAsync().ConfigureAwait(false));
        }

        if (look.Memory is not { Count: > 0 } ranges)
        {
            return (run with { StopAtLines = true }, sites);
        }

        await Process.WatchAsync(ranges.Select((range, i) => new NativeWatch(i + 1, range.Address, range.Length))).ConfigureAwait(false);
        return (run with { Watches = true }, sites);
    }

    private async Task<IReadOnlyList<ulong>> BodiesAsync()
    {
        return _bodies ??= await FunctionPlaces.BodiesAsync(context, Process, GdbInspector.FunctionOf(scope)).ConfigureAwait(false);
    }
}

/// <summary>A value at a moment of a walk.</summary>
/// <param name="Value">The value's text.</param>
/// <param name="Tick">The process's tick.</param>
/// <param name="Since">Up to this tick the value was that of the look before.</param>
/// <param name="Made">The instruction that may have changed it.</param>
internal readonly record struct ValueLook(ObservedValue Value, long Tick, long Since, ulong Made);

/// <summary>A value, and what it depends on.</summary>
/// <param name="Value">The value's text.</param>
/// <param name="Frame">The frame whose names were used; null when it is not on the stack.</param>
/// <param name="Memory">The memory that was read for it; null when the value depends on more than can be watched.</param>
internal sealed record ExpressionLook(ObservedValue Value, NativeFrame? Frame, IReadOnlyList<MemoryRange>? Memory);
