using Fred.Core;

namespace Fred.Backends;

/// <summary>A stopped process as gdb sees it through the stub. Looking is free; what would change it happens in a throw-away copy.</summary>
/// <remarks>
/// gdb calls a function of the program by writing registers and stack, resuming, and putting everything back. The first such write makes a diversion, and from then on gdb sees that.
/// A write without a run is an assignment: whoever gave the command learns of it (<see cref="HasAssigned"/>) and has it done where it counts. Only <paramref name="direct"/> writes memory to
/// the process itself. gdb's own commands that move the program are refused: moving is the timeline's business.
/// </remarks>
/// <param name="process">The process.</param>
/// <param name="executable">The program's path.</param>
/// <param name="isUsers">Whether one of the user's breakpoints is at an address; these do not stop calls.</param>
/// <param name="direct">Whether gdb's writes go to the process itself.</param>
/// <param name="thread">Number of the thread looked at; 0 for the one that stopped.</param>
internal sealed class InspectedProcess(NativeProcess process, string executable, Func<ulong, bool> isUsers, bool direct, int thread) : IRspTarget, IAsyncDisposable
{
    private const int FirstOurs = 2_000_000_000;
    private NativeProcess? _copy;
    private RegisterFile? _registers;
    private RegisterFile? _returning;

    /// <summary>Gets the process looked at.</summary>
    public NativeProcess Process => process;

    /// <summary>Gets the number of the thread whose registers gdb sees: it knows only one at a time.</summary>
    public int Thread => thread == 0 ? process.Halt.Thread : thread;

    /// <summary>Gets a value indicating whether gdb has written memory or registers without calling a function.</summary>
    public bool HasAssigned { get; private set; }

    /// <summary>Gets a value indicating whether gdb has called a function of the program.</summary>
    public bool HasCalled { get; private set; }

    /// <summary>Gets a value indicating whether gdb sees a copy that has run and that it has not put back: a called function stands in the middle.</summary>
    public bool HasRun => _copy is not null && _registers is null && HasCalled;

    /// <summary>Gets a value indicating whether functions that gdb called have read more than could be noted in <see cref="Reads"/>.</summary>
    public bool HasReadMore { get; private set; }

    /// <summary>Gets or sets the memory gdb has read, and functions that it called; null when nobody wants to know.</summary>
    public List<MemoryRange>? Reads { get; set; }

    /// <summary>Gets a value indicating whether gdb wanted to move the program.</summary>
    public bool WantedToMove { get; private set; }

    /// <summary>Gets a value indicating whether gdb sees something else than the process by now.</summary>
    public bool IsDiverted => _copy is not null || _registers is not null;

    /// <inheritdoc/>
    public string ExecutableFile => executable;

    /// <inheritdoc/>
    public RspStop Stop => new RspStop.Signal(process.Halt.Reason == "signal" ? RspSignals.FromLinux(process.Halt.Signal) : RspSignals.Trap);

    /// <inheritdoc/>
    public bool CanReverse => false;

    private NativeProcess Seen => _copy ?? process;

    /// <summary>
    /// Shows gdb a function that has just returned as it was before its last instruction: its return address is still there, below the stack. When gdb lets it finish, it sees what is, and
    /// tells the value returned. Nothing is executed for that.
    /// </summary>
    /// <param name="function">The function's first instruction, where its frame is nothing but the return address.</param>
    /// <returns>Done; until gdb has let it finish.</returns>
    public async Task PretendReturningAsync(ulong function)
    {
        var registers = await process.ReadRegistersAsync().ConfigureAwait(false);
        registers["rip"] = function;
        registers["rsp"] -= 8;
        _returning = registers;
    }

    /// <inheritdoc/>
    public async ValueTask<RegisterFile> ReadRegistersAsync(CancellationToken ct) => _returning?.Clone() ?? _registers?.Clone() ?? await Seen.ReadRegistersAsync(Thread).ConfigureAwait(false);

    /// <inheritdoc/>
    public ValueTask<bool> WriteRegistersAsync(RegisterFile registers, CancellationToken ct)
    {
        // Kept until the run that they are for: gdb writes one register at a time.
        _registers = registers.Clone();
        HasAssigned |= !HasCalled;
        return ValueTask.FromResult(true);
    }

    /// <inheritdoc/>
    public ValueTask<int> ReadMemoryAsync(ulong address, Memory<byte> buffer, CancellationToken ct)
    {
        Reads?.Add(new MemoryRange(address, buffer.Length));
        return Seen.ReadMemoryAsync(address, buffer);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> WriteMemoryAsync(ulong address, ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        HasAssigned |= !HasCalled;
        if (direct && _registers is null)
        {
            await process.WriteMemoryAsync(address, bytes).ConfigureAwait(false);
            return true;
        }

        await (await CopyAsync(ct).ConfigureAwait(false)).WriteMemoryAsync(address, bytes).ConfigureAwait(false);
        return true;
    }

    /// <inheritdoc/>
    public async ValueTask<ulong?> FindThreadLocalAsync(ulong offset, ulong module, CancellationToken ct)
    {
        var registers = await ReadRegistersAsync(ct).ConfigureAwait(false);
        return ThreadLocals.Find(process.Memory, ReadAuxiliaryVector(), registers["fs_base"], offset, module);
    }

    /// <inheritdoc/>
    public byte[] ReadAuxiliaryVector()
    {
        try
        {
            return File.ReadAllBytes($"/proc/{process.Pid}/auxv");
        }
        catch (IOException)
        {
            return [];
        }
    }

    /// <inheritdoc/>
    public async ValueTask<RspStop> ResumeAsync(RspMotion motion, IReadOnlyCollection<RspBreakpoint> breakpoints, CancellationToken ct)
    {
        if (_returning is not null)
        {
            _returning = null;
            return new RspStop.Breakpoint();
        }

        if (_registers is not { } registers)
        {
            WantedToMove = true;
            return new RspStop.Signal(RspSignals.Trap);
        }

        (HasCalled, HasAssigned) = (true, false);
        var copy = await CopyAsync(ct).ConfigureAwait(false);
        _registers = null;
        await copy.WriteRegistersAsync(registers).ConfigureAwait(false);
        ulong[] stops = [.. breakpoints.Where(b => b.Kind is RspBreakpointKind.Software or RspBreakpointKind.Hardware && !isUsers(b.Address)).Select(b => b.Address).Distinct()];
        await copy.ArmAsync(stops.Select((address, i) => (FirstOurs + i, address))).ConfigureAwait(false);
        try
        {
            var run = motion == RspMotion.Step ? new NativeRun { Steps = 1 } : new NativeRun { Breakpoints = true };
            var halt = await copy.RunAsync(Reads is null ? run : run with { Reads = process.Halt.Sp }, ct).ConfigureAwait(false);
            await NoteAsync(copy).ConfigureAwait(false);
            return Translate(halt, stops);
        }
        catch (Exception e) when (e is OperationCanceledException or FredException { Id: ErrorId.ReplicaLost })
        {
            // The call was cut off, or ended the copy: gdb sees the process itself again, and unwinds the call.
            await DropCopyAsync().ConfigureAwait(false);
            return new RspStop.Signal(RspSignals.Interrupt);
        }
    }

    /// <inheritdoc/>
    public void Leave(bool kill)
    {
        // gdb owns nothing here.
    }

    /// <summary>Forgets the copy: gdb sees the process itself again.</summary>
    /// <returns>What the copy wrote to its standard streams.</returns>
    public async Task<string> RevertAsync()
    {
        var output = _copy?.TakeOutput() ?? string.Empty;
        await DropCopyAsync().ConfigureAwait(false);
        (_returning, _registers, HasAssigned, HasCalled, WantedToMove, HasReadMore) = (null, null, false, false, false, false);
        return output;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await DropCopyAsync().ConfigureAwait(false);

    private static RspStop Translate(AgentMessage.Halted halt, ulong[] stops) => halt.Reason switch
    {
        "breakpoint" => new RspStop.Breakpoint(),

        // The return address of a call lies on the stack, where nothing can be executed: that is the end of the call, not a crash.
        "signal" when stops.Contains(halt.Pc) => new RspStop.Breakpoint(),
        "signal" => new RspStop.Signal(RspSignals.FromLinux(halt.Signal)),
        "exit" => new RspStop.Exited(int.TryParse(halt.Detail.Split(' ')[0], out var status) ? status : 0),
        "pause" => new RspStop.Signal(RspSignals.Interrupt),
        _ => new RspStop.Signal(RspSignals.Trap),
    };

    private async Task NoteAsync(NativeProcess copy)
    {
        if (Reads is { } reads)
        {
            var noted = await copy.ReadNotedAsync().ConfigureAwait(false);
            HasReadMore |= noted is null;
            reads.AddRange((noted ?? []).Select(word => new MemoryRange(word, 8)));
        }
    }

    private async Task<NativeProcess> CopyAsync(CancellationToken ct)
    {
        if (_copy is null)
        {
            _copy = await process.DivertAsync(ct).ConfigureAwait(false);
            if (Thread != _copy.Halt.Thread)
            {
                await _copy.BecomeAsync(Thread).ConfigureAwait(false);
            }
        }

        return _copy;
    }

    private async Task DropCopyAsync()
    {
        if (_copy is { } copy)
        {
            _copy = null;
            await copy.DisposeAsync().ConfigureAwait(false);
        }
    }
}
