using Fred.Core;

namespace Fred.Backends;

/// <summary>One process of a native program: a head, a replica or a diversion. Speaks of instructions and addresses, not of lines.</summary>
internal sealed partial class NativeProcess : SessionProcess
{
    private readonly NativeSpace _space;
    private ProcessMemory _memory;
    private readonly List<byte> _output = [];
    private string _armed = "none yet";
    private string _jumps = string.Empty;
    private int _linesVersion = -1;
    private byte[] _xsave = [];
    private RegisterFile? _registers;

    private NativeProcess(AgentHost host, Arrival arrival, int slot, bool live, NativeSpace space)
        : base(host, arrival, slot, live, AgentMessage.ParseNative)
    {
        _space = space;
        _memory = new ProcessMemory(arrival.Hello.Pid);
    }

    /// <summary>Gets where it stands, in its own words.</summary>
    public AgentMessage.Halted Halt { get; private set; } = new("entry", 0, 0, true, 0, 0, 0, [], string.Empty);

    /// <summary>Gets what all processes of the program share.</summary>
    public NativeSpace Space => _space;

    /// <summary>Gets or sets how the ticks of its branch come to be known.</summary>
    public ITickSource Ticks { get; set; } = CountedTicks.Instance;

    /// <summary>Gets or sets the tick it has passed for certain: a native head does not tell while it runs.</summary>
    public long Passed { get; set; }

    /// <summary>Gets what the last run told of the predicate: the tick from which on it has a value, and the value as a <see cref="Truth"/> in place of the breakpoint.</summary>
    public IReadOnlyList<AgentMessage.Match> Seen { get; private set; } = [];

    /// <summary>Gets its memory.</summary>
    public ProcessMemory Memory => _memory;

    /// <summary>Takes over a process that has just said hello, and waits until it stands still.</summary>
    /// <param name="space">What all processes of the program share.</param>
    /// <param name="host">Its session.</param>
    /// <param name="arrival">The process; owned from now on.</param>
    /// <param name="slot">Its slot of the control page; owned from now on.</param>
    /// <param name="live">Whether it is the program itself.</param>
    /// <param name="mode">The mode line for a started program; empty for a fork.</param>
    /// <param name="ct">Cancels; the process is ended.</param>
    /// <returns>The stopped process; the caller disposes it.</returns>
    public static async Task<NativeProcess> OpenAsync(NativeSpace space, AgentHost host, Arrival arrival, int slot, bool live, string mode, CancellationToken ct)
    {
        var process = new NativeProcess(host, arrival, slot, live, space);
        try
        {
            if (mode.Length > 0)
            {
                await process.Connection.SendAsync(mode).ConfigureAwait(false);
            }

            process.Stand(Expect<AgentMessage.Halted>(await process.Connection.GreetingAsync().WaitAsync(ct).ConfigureAwait(false)));
            return process;
        }
        catch
        {
            await process.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    protected override void Replaced()
    {
        _memory.Dispose();
        _memory = new ProcessMemory(Pid);
    }

    /// <summary>Replaces the addresses that stop it.</summary>
    /// <param name="addresses">With the id each is reported by.</param>
    public async Task ArmAsync(IEnumerable<(int Id, ulong Address)> addresses)
    {
        // A fork has the addresses of its parent, so the first arming clears too.
        var lines = "bp-clear\n" + string.Concat(addresses.Select(a => NativeCommand.BreakpointAdd(a.Id, a.Address)));
        if (lines != _armed)
        {
            await Connection.SendAsync(lines).ConfigureAwait(false);
            _armed = lines;
        }
    }

    /// <summary>Replaces the memory whose change stops it.</summary>
    /// <param name="ranges">At most <see cref="GdbInspector.MostWatches"/>; searches are quickest when they ascend.</param>
    public Task WatchAsync(IEnumerable<NativeWatch> ranges) => Connection.SendAsync(NativeCommand.WatchesClear + string.Concat(ranges.Select(NativeCommand.WatchAdd)));

    /// <summary>Runs forward.</summary>
    /// <param name="run">How far.</param>
    /// <param name="ct">A replica is killed; the head pauses, which is its answer.</param>
    /// <returns>Where it stands.</returns>
    public async Task<AgentMessage.Halted> RunAsync(NativeRun run, CancellationToken ct)
    {
        run = await PrepareAsync(run, ct).ConfigureAwait(false);
        if (run.Lines || run.StopAtLines)
        {
            await SendLinesAsync().ConfigureAwait(false);
        }

        if (run is { Joins: true, Match: true })
        {
            var tick = await Ticks.JoinAsync(this, () => GoAsync(run, ct), ct).ConfigureAwait(false);
            var (end, seen) = (Halt.Tick, Seen);
            if (tick != end)
            {
                // It has another number there from now on, and what was seen there was.
                await GoAsync(new NativeRun { Limit = tick }, ct).ConfigureAwait(false);
                Seen = [.. seen.Select(m => m.Tick == end ? m with { Tick = tick } : m)];
            }

            return Halt;
        }

        return await GoAsync(run, ct).ConfigureAwait(false);
    }

    private async Task<AgentMessage.Halted> GoAsync(NativeRun run, CancellationToken ct)
    {
        var reply = await ResumeAsync(NativeCommand.Run(run), ct).ConfigureAwait(false);
        Stand(Expect<AgentMessage.Halted>(reply.Last));
        Seen = reply.Matches;
        return Halt;
    }

    /// <summary>Gives it an expression that runs with <see cref="NativeRun.Predicate"/> look at.</summary>
    /// <param name="predicate">The expression.</param>
    /// <param name="frame">Whose local variables it uses.</param>
    public async Task PrepareAsync(Predicate predicate, NativeFrame frame) => Expect<AgentMessage.Done>((await Connection.AskAsync(predicate.LinesFor(frame)).ConfigureAwait(false)).Last);

    /// <summary>Runs to a limit and reports what was met.</summary>
    /// <param name="run">With <see cref="NativeRun.Report"/>.</param>
    /// <param name="ct">The replica is killed.</param>
    /// <returns>What was met, in time order.</returns>
    public async Task<IReadOnlyList<AgentMessage.Match>> ScanAsync(NativeRun run, CancellationToken ct)
    {
        run = await PrepareAsync(run, ct).ConfigureAwait(false);
        var reply = await ResumeAsync(NativeCommand.Run(run), ct).ConfigureAwait(false);
        Expect<AgentMessage.Scanned>(reply.Last);
        _registers = null;
        return reply.Matches;
    }

    /// <summary>Makes the tick of a head known where it has stopped.</summary>
    /// <returns>Done when <see cref="Halt"/> is exact.</returns>
    public Task SettleAsync() => IsLive ? Ticks.SettleAsync(this) : Task.CompletedTask;

    /// <summary>Tells which state a run with <see cref="NativeRun.Match"/> looks for.</summary>
    /// <param name="pid">The process that is in it; it must stay stopped.</param>
    /// <param name="registers">Its registers.</param>
    public async Task SeekAsync(int pid, ReadOnlyMemory<byte> registers) =>
        Expect<AgentMessage.Done>((await Connection.AskAsync(NativeCommand.Match(pid, registers.Span)).ConfigureAwait(false)).Last);

    /// <summary>Reads the general registers as the protocol has them.</summary>
    /// <returns>24 words of 64 bits.</returns>
    public async Task<byte[]> ReadGeneralAsync() => Expect<AgentMessage.Registers>((await Connection.AskAsync(NativeCommand.Registers).ConfigureAwait(false)).Last).General;

    /// <summary>Tells a native head where it stands.</summary>
    /// <param name="tick">Its tick.</param>
    /// <param name="warning">What the user should know about it; null for nothing.</param>
    public async Task LocateAsync(long tick, string? warning = null)
    {
        Expect<AgentMessage.Done>((await Connection.AskAsync(NativeCommand.Tick(tick)).ConfigureAwait(false)).Last);
        (Halt, Passed) = (Halt with { Tick = tick, Exact = true }, tick);
        Restate();
        Current = Current with { Detail = Current.Detail ?? warning };
    }

    /// <summary>Tells a replica where the numbers of ticks jump.</summary>
    /// <param name="lines">The commands.</param>
    public async Task SendJumpsAsync(string lines)
    {
        if (lines != _jumps)
        {
            await Connection.SendAsync(NativeCommand.JumpsClear + lines).ConfigureAwait(false);
            _jumps = lines;
        }
    }

    /// <summary>Reads the line events of the last run.</summary>
    /// <param name="complete">Whether none is missing.</param>
    /// <param name="most">How many of the last ones are wanted.</param>
    /// <returns>In time order.</returns>
    public LineEvent[] ReadLineEvents(out bool complete, int most = LineRing.Capacity) => _space.Ring.Read(out complete, most);

    /// <summary>Makes a throw-away copy in which functions may be called.</summary>
    /// <param name="ct">Cancels.</param>
    /// <returns>The copy; the caller disposes it.</returns>
    public async Task<NativeProcess> DivertAsync(CancellationToken ct)
    {
        var slot = Host.Page.Take();
        Arrival arrival;
        try
        {
            arrival = await Host.ForkAsync(Connection, token => NativeCommand.ForkDiversion(token, slot), ct).ConfigureAwait(false);
        }
        catch (FredException)
        {
            Host.Page.Return(slot);
            throw;
        }

        return await OpenAsync(_space, Host, arrival, slot, live: false, string.Empty, ct).ConfigureAwait(false);
    }

    /// <summary>Makes this stopped replica the head of a branch.</summary>
    /// <param name="log">The branch's log.</param>
    /// <param name="ct">Cancels before it begins.</param>
    /// <returns>What could not be brought back.</returns>
    public async Task<IReadOnlyList<string>> PromoteAsync(string log, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        _ = TakeNotices();
        Expect<AgentMessage.Promoted>((await Connection.AskAsync(AgentCommand.Promote(log, Slot, Host.StreamDirectory)).ConfigureAwait(false)).Last);
        return BecomeLive();
    }

    /// <summary>Takes what a diversion has written to its standard streams.</summary>
    /// <returns>The bytes as text.</returns>
    public string TakeOutput()
    {
        lock (_output)
        {
            var text = System.Text.Encoding.UTF8.GetString([.. _output]);
            _output.Clear();
            return text;
        }
    }

    /// <summary>States again where it stands, after the timeline's beginning has changed.</summary>
    public void Restate() => Current = NativeStop.Translate(Halt, _space.Offset);

    /// <inheritdoc/>
    protected override long CountOf(Ticks at) => at.Value + _space.Offset;

    /// <inheritdoc/>
    protected override Ticks TickOf(long count) => new(Math.Max(0, Math.Max(count, Passed) - _space.Offset));

    /// <inheritdoc/>
    protected override bool NeedsSignal => IsLive;

    /// <inheritdoc/>
    protected override async ValueTask<bool> GoesOnAsync(AgentMessage answer)
    {
        if (answer is not AgentMessage.Halted { Reason: AgentMessage.Halted.Locate } halt)
        {
            return false;
        }

        Stand(halt);
        await Ticks.SettleAsync(this).ConfigureAwait(false);
        Ticks.Starting(this);
        return true;
    }

    /// <inheritdoc/>
    protected override void Unasked(AgentMessage message)
    {
        if (message is AgentMessage.OutputWritten written)
        {
            lock (_output)
            {
                _output.AddRange(written.Bytes);
            }
        }
        else
        {
            base.Unasked(message);
        }
    }

    /// <inheritdoc/>
    protected override void Ended() => _memory.Dispose();

    private void Stand(AgentMessage.Halted halt)
    {
        Halt = halt;
        _registers = null;
        Current = NativeStop.Translate(halt, _space.Offset);
    }

    private async ValueTask<NativeRun> PrepareAsync(NativeRun run, CancellationToken ct)
    {
        if (!IsLive)
        {
            return await Ticks.PrepareAsync(this, run with { Counted = false }, ct).ConfigureAwait(false);
        }

        Ticks.Starting(this);
        return run;
    }
}
