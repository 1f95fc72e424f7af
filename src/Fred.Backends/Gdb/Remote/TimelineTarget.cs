using System.Globalization;
using Fred.Core;

namespace Fred.Backends;

/// <summary>A sitting as a gdb of the user's sees it: one target that can run backwards.</summary>
/// <remarks>
/// Movements are the sitting's own, so gdb may do what a user at the prompt does. Two things are hard. gdb sends a call of a function (<c>print f(x)</c>) as changes of registers and memory and a run,
/// like anything else: such a run is recognised (<see cref="IsCall"/>) and made in a throw-away copy. And what is written for good changes the program: at the live edge it is recorded, in the
/// past it begins a branch, so registers, which gdb writes one by one, are changed only when the target is to run.
/// </remarks>
/// <param name="session">The sitting; nobody else moves it.</param>
/// <param name="executable">The program's path.</param>
/// <param name="auxiliary">Its auxiliary vector.</param>
/// <param name="tell">Shows the user something that gdb has no way to show.</param>
/// <param name="killed">gdb wants the program to end.</param>
internal sealed class TimelineTarget(DebugSession session, string executable, byte[] auxiliary, Action<string> tell, Action killed) : IRspTarget, IAsyncDisposable
{
    /// <summary>gdb writes arguments that have no place in a register so far below the stack pointer at most.</summary>
    private const ulong MostArguments = 8 << 20;

    private readonly TimelineBreakpoints _breakpoints = new(session);
    private InspectedProcess? _view;
    private int _selected;
    private (ulong Start, ulong Length) _allocated;

    /// <inheritdoc/>
    public string ExecutableFile => executable;

    /// <inheritdoc/>
    public int StoppedThread => _view is { HasRun: true } called ? called.Thread : Math.Max(1, session.Stop.Thread);

    /// <inheritdoc/>
    public RspStop Stop { get; private set; } = new RspStop.Signal(RspSignals.Trap);

    /// <inheritdoc/>
    public bool CanReverse => true;

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<(int Number, string Name)>> ListThreadsAsync(CancellationToken ct) =>
        await LookAsync(async (machine, _) => (await machine.Process.ReadThreadsAsync().ConfigureAwait(false)).Select(thread => (thread.Number, thread.Name)).ToList(), ct).ConfigureAwait(false);

    /// <inheritdoc/>
    public void SelectThread(int number) => _selected = number;

    /// <inheritdoc/>
    public async ValueTask<RegisterFile> ReadRegistersAsync(CancellationToken ct) => await LookAsync((_, view) => view.ReadRegistersAsync(ct).AsTask(), ct).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask<int> ReadMemoryAsync(ulong address, Memory<byte> buffer, CancellationToken ct) =>
        await LookAsync((_, view) => view.ReadMemoryAsync(address, buffer, ct).AsTask(), ct).ConfigureAwait(false);

    /// <inheritdoc/>
    public ValueTask<ulong?> FindThreadLocalAsync(ulong offset, ulong module, CancellationToken ct) =>
        new(LookAsync((_, view) => view.FindThreadLocalAsync(offset, module, ct).AsTask(), ct));

    /// <inheritdoc/>
    public byte[] ReadAuxiliaryVector() => auxiliary;

    /// <inheritdoc/>
    public async ValueTask<bool> WriteRegistersAsync(RegisterFile registers, CancellationToken ct)
    {
        var isBack = await LookAsync(
            async (machine, view) =>
            {
                await view.WriteRegistersAsync(registers, ct).ConfigureAwait(false);
                return (await machine.Process.ReadRegistersAsync(view.Thread).ConfigureAwait(false)).Bytes.SequenceEqual(registers.Bytes);
            },
            ct).ConfigureAwait(false);
        if (isBack && _allocated.Length == 0)
        {
            // A call is over, and gdb has put everything back. What it has allocated for arguments must stay until it is used.
            await DropViewAsync().ConfigureAwait(false);
        }

        return true;
    }

    /// <inheritdoc/>
    public async ValueTask<bool> WriteMemoryAsync(ulong address, ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        var isForCall = await LookAsync(
            async (machine, view) =>
            {
                var stack = (await machine.Process.ReadRegistersAsync(view.Thread).ConfigureAwait(false)).Rsp;
                var isArgument = (address < stack && stack - address < MostArguments) || address - _allocated.Start < _allocated.Length;
                return isArgument && await view.WriteMemoryAsync(address, bytes, ct).ConfigureAwait(false);
            },
            ct).ConfigureAwait(false);
        if (isForCall)
        {
            return true;
        }

        await ChangeRegistersAsync(ct).ConfigureAwait(false);
        await DropViewAsync().ConfigureAwait(false);
        var text = string.Create(CultureInfo.InvariantCulture, $"write {bytes.Length} bytes at 0x{address:x}");
        return (await session.MutateAsync(new Mutation(text) { Memory = new MemoryWrite(address, bytes.ToArray()) }, ct).ConfigureAwait(false)).Succeeded;
    }

    /// <inheritdoc/>
    public async ValueTask<RspStop> ResumeAsync(RspMotion motion, IReadOnlyCollection<RspBreakpoint> breakpoints, CancellationToken ct)
    {
        if (await CallAsync(motion, breakpoints, ct).ConfigureAwait(false) is { } called)
        {
            return called;
        }

        await ChangeRegistersAsync(ct).ConfigureAwait(false);
        await DropViewAsync().ConfigureAwait(false);
        _selected = 0;
        await _breakpoints.SetAsync(breakpoints).ConfigureAwait(false);
        SessionCommand command = motion switch
        {
            RspMotion.Continue => new SessionCommand.Continue(),
            RspMotion.Step => new SessionCommand.StepTicks(),
            RspMotion.ReverseContinue => new SessionCommand.ReverseContinue(),
            _ => new SessionCommand.ReverseTicks(),
        };
        try
        {
            return Stop = Translate(await session.ExecuteAsync(command, ct).ConfigureAwait(false));
        }
        catch (FredException e) when (e.Id == ErrorId.Cancelled && ct.IsCancellationRequested)
        {
            return Stop = new RspStop.Signal(RspSignals.Interrupt);
        }
    }

    /// <summary>gdb is gone, whether it has said so or not: what it has not finished is dropped.</summary>
    /// <returns>Done when the next gdb may come.</returns>
    public async Task ForgetAsync()
    {
        await DropViewAsync().ConfigureAwait(false);
        _selected = 0;
        await _breakpoints.SetAsync([]).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Leave(bool kill)
    {
        if (kill)
        {
            killed();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await DropViewAsync().ConfigureAwait(false);

    /// <summary>
    /// Whether a run is a call that gdb makes: it has moved the program counter away and the stack down, and the function will return to where gdb has just set a breakpoint.
    /// </summary>
    private static bool IsCall(RegisterFile now, RegisterFile real, ulong returns, IReadOnlyCollection<RspBreakpoint> breakpoints) =>
        now.Rip != real.Rip && now.Rsp < real.Rsp && breakpoints.Any(b => b.Address == returns && b.Kind is RspBreakpointKind.Software or RspBreakpointKind.Hardware);

    /// <summary>Lets a function run in a copy, if that is what gdb wants; null when it is not.</summary>
    private async Task<RspStop?> CallAsync(RspMotion motion, IReadOnlyCollection<RspBreakpoint> breakpoints, CancellationToken ct)
    {
        if (_view is not { IsDiverted: true })
        {
            return null;
        }

        return await LookAsync<RspStop?>(
            async (machine, view) =>
            {
                var (now, real) = (await view.ReadRegistersAsync(ct).ConfigureAwait(false), await machine.Process.ReadRegistersAsync(view.Thread).ConfigureAwait(false));
                var top = new byte[8];
                await view.ReadMemoryAsync(now.Rsp, top, ct).ConfigureAwait(false);
                if (view.HasRun)
                {
                    throw new FredException(ErrorId.NotNow, "A function that gdb has called stands here, in a throw-away copy, and cannot go on. 'return' or 'frame function main' and 'return' give it up ('set unwindonsignal on' does so by itself).");
                }

                if (motion == RspMotion.Step && view.Thread != StoppedThread)
                {
                    // gdb wants the thread that stopped to leave its breakpoint before another one makes the call; in the copy only that other one runs.
                    return new RspStop.Signal(RspSignals.Trap);
                }

                if (!IsCall(now, real, BitConverter.ToUInt64(top), breakpoints) || motion is not (RspMotion.Continue or RspMotion.Step))
                {
                    return null;
                }

                var stop = await view.ResumeAsync(motion, breakpoints, ct).ConfigureAwait(false);
                var isAllocation = machine.Modules.Find(now.Rip, machine.Process.Pid).Function is { Name: "malloc" or "__libc_malloc" } && stop is RspStop.Breakpoint;
                _allocated = isAllocation ? ((await view.ReadRegistersAsync(ct).ConfigureAwait(false))["rax"], now["rdi"]) : default;
                return stop;
            },
            ct).ConfigureAwait(false);
    }

    /// <summary>Registers that gdb has changed for good become the program's.</summary>
    private async Task ChangeRegistersAsync(CancellationToken ct)
    {
        if (_view is not { IsDiverted: true })
        {
            return;
        }

        var (thread, changes) = await LookAsync(
            async (machine, view) => (
                view.Thread,
                RegisterChanges.Between(await machine.Process.ReadRegistersAsync(view.Thread).ConfigureAwait(false), await view.ReadRegistersAsync(ct).ConfigureAwait(false))),
            ct).ConfigureAwait(false);
        await DropViewAsync().ConfigureAwait(false);
        foreach (var change in changes)
        {
            if (await session.MutateAsync(new Mutation(change) { Thread = thread }, ct).ConfigureAwait(false) is { Succeeded: false } refused)
            {
                throw new FredException(ErrorId.DebuggerRefused, $"'{change}' was not possible: {refused.Output.Trim()}");
            }
        }
    }

    private RspStop Translate(StopEvent stop)
    {
        switch (stop.Reason)
        {
            case StopReason.Breakpoint or StopReason.Watch when _breakpoints.Reached(stop.Breakpoints) is { } reached:
                return reached;
            case StopReason.StartOfHistory:
                return new RspStop.HistoryEnd(AtBegin: true);
            case StopReason.Exit:
                tell($"The program has ended with status {stop.ExitCode ?? 0}. gdb can go back from here.");
                return new RspStop.HistoryEnd(AtBegin: false);
            case StopReason.EndOfHistory or StopReason.Deadlock:
                tell(stop.Detail ?? "This is the live edge: the program has come this far. From here gdb's continue lets it go on.");
                return new RspStop.HistoryEnd(AtBegin: false);
            case StopReason.Pause:
                return new RspStop.Signal(RspSignals.Interrupt);
            case StopReason.Signal:
                return new RspStop.Signal(RspSignals.FromLinux(NativeStop.SignalNumber(stop.Detail)));
            default:
                return new RspStop.Signal(RspSignals.Trap);
        }
    }

    /// <summary>Looks at the stopped program through gdb's view of the selected thread. One look at a time, and none while the sitting moves.</summary>
    private Task<T> LookAsync<T>(Func<GdbMachine, InspectedProcess, Task<T>> look, CancellationToken ct) => session.LookAtMachineAsync(
        async (any, _) =>
        {
            var machine = (GdbMachine)any;
            var wanted = _selected == 0 ? StoppedThread : _selected;
            if (_view is not null && _view.Thread != wanted && !_view.IsDiverted)
            {
                await _view.DisposeAsync().ConfigureAwait(false);
                _view = null;
            }

            _view ??= machine.View(_selected);
            return await look(machine, _view.Thread == wanted ? _view : machine.View(_selected)).ConfigureAwait(false);
        },
        ct);

    private async Task DropViewAsync()
    {
        _allocated = default;
        if (_view is { } view)
        {
            _view = null;
            if (await view.RevertAsync().ConfigureAwait(false) is { Length: > 0 } printed)
            {
                tell(printed.TrimEnd('\n'));
            }

            await view.DisposeAsync().ConfigureAwait(false);
        }
    }
}
