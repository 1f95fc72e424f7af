using System.Globalization;
using Fred.Backends;
using Fred.Core;
using Shouldly;
using Xunit;

namespace Fred.EndToEnd.Tests;

/// <summary>Programs that run at full speed: their stops and checkpoints are located by replaying, and the past is one axis of ticks all the same.</summary>
public sealed class NativeHeadTests : IDisposable
{
    private static readonly SessionOptions ManyCheckpoints = new() { Interval = TimeSpan.FromMilliseconds(100) };

    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromSeconds(120));

    private CancellationToken Token => _timeout.Token;

    /// <summary>Run at full speed, every number is recorded; a replica has the same ones.</summary>
    [SkippableFact]
    public async Task RandomNumbersOfTheProcessor_AreTheSameInThePast()
    {
        Skip.IfNot((await File.ReadAllTextAsync("/proc/cpuinfo", Token)).Contains("rdseed", StringComparison.Ordinal), "the processor has no rdrand or rdseed");
        var directory = Directory.CreateTempSubdirectory("fred-random-");
        var source = Path.Combine(directory.FullName, "library.c");
        await File.WriteAllTextAsync(source, "unsigned long long draw(void) { unsigned long long n; __asm__ volatile(\"rdrand %0\" : \"=r\"(n) : : \"cc\"); return n; }\n");
        var library = NativeDebuggee.Compile(source, directory.FullName, "-shared", "-fPIC");

        await using var debuggee = await NativeDebuggee.StartAsync("randoms.cpp", new SessionOptions(), [library], nativeHead: true, Token);
        // A breakpoint on the very instruction, which is a trap already, stops, and when it is gone the instruction is a trap as before.
        var code = await debuggee.GdbAsync("x/12i draw", Token);
        var instruction = code.Split('\n').First(line => line.Contains("rdrand", StringComparison.Ordinal)).Trim().Split(' ')[0];
        await debuggee.GdbAsync("tbreak *" + instruction, Token);
        (await debuggee.DoAsync(new SessionCommand.Continue(), Token)).Reason.ShouldBe(StopReason.Breakpoint);
        await debuggee.GdbAsync("break 39", Token);
        await debuggee.GdbAsync("break 42", Token);
        (await debuggee.DoAsync(new SessionCommand.Continue(), Token)).Location!.Line.ShouldBe(39);
        var middle = (debuggee.Session.Position.At, await DrawsAsync());
        (await debuggee.DoAsync(new SessionCommand.Continue(), Token)).Location!.Line.ShouldBe(42);
        var end = (debuggee.Session.Position.At, await DrawsAsync());
        end.Item2.Split(", ").Distinct().Count().ShouldBe(4, end.Item2);
        (await debuggee.DoAsync(new SessionCommand.Continue(), Token)).ExitCode.ShouldBe(7, "the child has drawn, too, and was not stopped by our trap");

        await debuggee.DoAsync(new SessionCommand.Goto(new Ticks(1)), Token);
        (await debuggee.DoAsync(new SessionCommand.Continue(), Token)).Location!.Line.ShouldBe(39);
        (debuggee.Session.Position.At, await DrawsAsync()).ShouldBe(middle);
        (await debuggee.DoAsync(new SessionCommand.Continue(), Token)).Location!.Line.ShouldBe(42);
        (debuggee.Session.Position.At, await DrawsAsync()).ShouldBe(end);
        directory.Delete(recursive: true);

        async Task<string> DrawsAsync() => (await debuggee.Session.EvaluateAsync("draws", new EvaluationScope.InFrame(0), Token)).Value;
    }

    /// <summary>Stretches that nobody has counted yet are counted by the replicas that follow the expression through them.</summary>
    [SkippableFact]
    public async Task ReverseWatch_FollowsAnExpression_ThroughStretchesThatAreNotCounted()
    {
        await using var debuggee = await NativeDebuggee.StartAsync("rounds.c", ManyCheckpoints, [], nativeHead: true, Token);
        await debuggee.GdbAsync("break printf", Token);
        await debuggee.DoAsync(new SessionCommand.Continue(), Token);
        var query = new WatchQuery("n < 60", new EvaluationScope.InFunction("main"), WhichTransition.First) { Stays = true };
        var first = (await debuggee.Session.ReverseWatchAsync(query, Token)).Transitions.Single();
        (await debuggee.Session.ReverseWatchAsync(query with { Which = WhichTransition.Last, Stays = false }, Token)).Transitions.Single().At.ShouldBe(first.At);
        (await ValueAsync(debuggee, "n")).ShouldBe("59");
        await debuggee.DoAsync(new SessionCommand.Goto(first.At.Next), Token);
        (await ValueAsync(debuggee, "n")).ShouldBe("60");
    }

    [SkippableFact]
    public async Task Stops_AreTheSame_LiveAndInThePast()
    {
        await using var debuggee = await NativeDebuggee.StartAsync("rounds.c", ManyCheckpoints, [], nativeHead: true, Token);
        await debuggee.GdbAsync("break mark if n > 0", Token);
        var marks = new List<(StopEvent Stop, string N)>();
        StopEvent stop;
        while ((stop = await debuggee.DoAsync(new SessionCommand.Continue(), Token)).Reason == StopReason.Breakpoint)
        {
            marks.Add((stop, await ValueAsync(debuggee, "n")));
        }

        (stop.Reason, stop.ExitCode, marks.Count).ShouldBe((StopReason.Exit, 0, 5));
        var total = await ValueAsync(debuggee, "total");
        for (var i = marks.Count - 1; i >= 0; i--)
        {
            var back = await debuggee.DoAsync(new SessionCommand.ReverseContinue(), Token);
            (back.Reason, back.At, await ValueAsync(debuggee, "n")).ShouldBe((StopReason.Breakpoint, marks[i].Stop.At, marks[i].N));
        }

        await debuggee.DoAsync(new SessionCommand.Goto(new Ticks(1)), Token);
        foreach (var mark in marks)
        {
            var again = await debuggee.DoAsync(new SessionCommand.Continue(), Token);
            (again.Reason, again.At, await ValueAsync(debuggee, "n")).ShouldBe((StopReason.Breakpoint, mark.Stop.At, mark.N));
        }

        await debuggee.DoAsync(new SessionCommand.GotoLive(), Token);
        (await ValueAsync(debuggee, "total")).ShouldBe(total);
    }

    [SkippableFact]
    public async Task Pauses_AreLocated_AndTheWayBackAndForthIsTheSame()
    {
        await using var debuggee = await NativeDebuggee.StartAsync("rounds.c", ManyCheckpoints, ["long"], nativeHead: true, Token);
        using var pause = new CancellationTokenSource(TimeSpan.FromMilliseconds(250));
        var paused = await debuggee.DoAsync(new SessionCommand.Continue(), pause.Token);
        paused.Reason.ShouldBe(StopReason.Pause);
        var (total, i) = (await ValueAsync(debuggee, "total"), await ValueAsync(debuggee, "$pc"));
        await debuggee.DoAsync(new SessionCommand.StepTicks(100), Token);
        await debuggee.DoAsync(new SessionCommand.Goto(paused.At), Token);
        (await ValueAsync(debuggee, "total"), await ValueAsync(debuggee, "$pc")).ShouldBe((total, i));
        (await debuggee.DoAsync(new SessionCommand.ReverseStep(), Token)).Location.ShouldNotBeNull();
        debuggee.Session.Position.At.ShouldBeLessThan(paused.At);
        (await debuggee.DoAsync(new SessionCommand.GotoLive(), Token)).At.ShouldBe(new Ticks(paused.At.Value + 100));
        using var again = new CancellationTokenSource(TimeSpan.FromMilliseconds(250));
        var later = await debuggee.DoAsync(new SessionCommand.Continue(), again.Token);
        (later.Reason, later.At > paused.At).ShouldBe((StopReason.Pause, true));
    }

    /// <summary>A timer that goes on makes the head go over to the translator, and says so; signals that come now and then are located.</summary>
    [SkippableTheory]
    [InlineData("alarms", true)]
    [InlineData("shots", false)]
    public async Task Signals_ThatArriveAnywhere_AreFoundAgain(string argument, bool goesOver)
    {
        await using var debuggee = await NativeDebuggee.StartAsync("rounds.c", ManyCheckpoints, [argument], nativeHead: true, Token);
        var end = await debuggee.DoAsync(new SessionCommand.Continue(), Token);
        (end.Reason, end.ExitCode).ShouldBe((StopReason.Exit, 0));
        Notices(debuggee).Count(n => n.Contains("interval timer", StringComparison.Ordinal)).ShouldBe(goesOver ? 1 : 0);
        var (total, alarms) = (await ValueAsync(debuggee, "total"), int.Parse(await ValueAsync(debuggee, "alarms"), CultureInfo.InvariantCulture));
        alarms.ShouldBeGreaterThan(1);
        await debuggee.GdbAsync("break on_alarm", Token);
        var back = new List<Ticks>();
        for (var i = alarms - 1; i >= 0; i--)
        {
            var stop = await debuggee.DoAsync(new SessionCommand.ReverseContinue(), Token);
            (stop.Reason, await ValueAsync(debuggee, "alarms")).ShouldBe((StopReason.Breakpoint, $"{i}"));
            back.Insert(0, stop.At);
        }

        foreach (var at in back.Skip(1))
        {
            (await debuggee.DoAsync(new SessionCommand.Continue(), Token)).At.ShouldBe(at);
        }

        await debuggee.DoAsync(new SessionCommand.GotoLive(), Token);
        (await ValueAsync(debuggee, "total")).ShouldBe(total);
    }

    /// <summary>What was a tick once stays one when it is known how much lies between the checkpoints.</summary>
    [SkippableFact]
    public async Task AMoment_HasOneNumber()
    {
        await using var debuggee = await NativeDebuggee.StartAsync("rounds.c", ManyCheckpoints, [], nativeHead: true, Token);
        await debuggee.GdbAsync("break mark", Token);
        var first = await debuggee.DoAsync(new SessionCommand.Continue(), Token);
        var kept = await debuggee.Session.TakeCheckpointAsync(Token);
        (await debuggee.DoAsync(new SessionCommand.StepTicks(1), Token)).At.ShouldBe(new Ticks(first.At.Value + 1));
        var second = await debuggee.DoAsync(new SessionCommand.Continue(), Token);
        await debuggee.DoAsync(new SessionCommand.Continue(), Token);
        kept.At.ShouldBe(first.At);
        var checkpoints = debuggee.Session.Checkpoints.Select(c => c.At).Distinct().ToList(); // one that is kept may be of the same moment as one of its own
        (await debuggee.DoAsync(new SessionCommand.Goto(second.At), Token)).At.ShouldBe(second.At);
        (await debuggee.DoAsync(new SessionCommand.Goto(new Ticks(1)), Token)).At.ShouldBe(new Ticks(1)); // counts everything
        (await debuggee.DoAsync(new SessionCommand.Undo(1), Token)).At.ShouldBe(second.At);
        foreach (var at in checkpoints)
        {
            (await debuggee.DoAsync(new SessionCommand.Goto(at), Token)).At.ShouldBe(at);
        }
    }

    [SkippableFact]
    public async Task ReverseStep_FindsTheLineBefore_BehindMoreCallsThanAreLogged()
    {
        await using var debuggee = await NativeDebuggee.StartAsync("calls.c", new SessionOptions(), [], nativeHead: true, Token);
        await debuggee.GdbAsync("break 17", Token);
        (await debuggee.DoAsync(new SessionCommand.Continue(), Token)).Location!.Line.ShouldBe(17);
        List<(int?, string?)> back = [];
        for (var i = 0; i < 5; i++)
        {
            var stop = await debuggee.DoAsync(new SessionCommand.ReverseStep(), Token);
            back.Add((stop.Location?.Line, stop.Function));
        }

        back.ShouldBe([(12, "twist"), (11, "twist"), (10, "twist"), (12, "twist"), (11, "twist")]);
        (await ValueAsync(debuggee, "n")).ShouldBe("59998");
    }

    /// <summary>What a step goes over is run at full speed when it takes long; the stops and their ticks are those of a head that counts.</summary>
    [SkippableFact]
    public async Task Next_OverLongCalls_StopsWhereACountingHeadDoes()
    {
        var counted = await NextsAsync(nativeHead: false);
        var located = await NextsAsync(nativeHead: true);
        located.ShouldBe(counted);
        counted.Select(s => s.Line).ShouldBe([29, 30, 31, 32, 31, 33, 34, 35, 36, null]);
    }

    /// <summary>Only the long call is run at full speed, so the head is marked before it; a translated step needs no mark.</summary>
    [SkippableFact]
    public async Task Next_RunsALongCallAtFullSpeed_AndNothingElse()
    {
        var directory = Directory.CreateTempSubdirectory("fred-e2e-");
        try
        {
            var options = new GdbOptions
            {
                Program = NativeDebuggee.Compile("leaps.c", directory.FullName),
                NativeHead = true,
                WorkingDirectory = directory.FullName,
                StandardInput = "/dev/null",
            };
            await using var backend = new GdbBackend(options);
            var head = (GdbHead)await backend.StartAsync(Token);
            var ticks = new CountedMarks(head.Process.Ticks);
            head.Process.Ticks = ticks;
            List<(int? Line, int Marks)> steps = [];
            for (var i = 0; i < 4; i++)
            {
                var here = head.Current;
                var stop = await head.RunAsync(new RunRequest(Ticks.Never, new StepFilter(here.Depth) { Anchor = here.Anchor }), Token);
                steps.Add((stop.Location?.Line, ticks.Marks));
            }

            steps.ShouldBe([(28, 0), (29, 0), (30, 1), (31, 1)]);
            await head.DisposeAsync();
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    public void Dispose() => _timeout.Dispose();

    private async Task<List<(int? Line, long At)>> NextsAsync(bool nativeHead)
    {
        var noCheckpoints = new SessionOptions { Interval = TimeSpan.FromHours(1) };
        await using var debuggee = await NativeDebuggee.StartAsync("leaps.c", noCheckpoints, [], nativeHead, Token);
        List<(int?, long)> stops = [];
        StopEvent stop;
        do
        {
            stop = await debuggee.DoAsync(new SessionCommand.Next(), Token);
            stops.Add((stop.Location?.Line, stop.At.Value));
        }
        while (stop.Reason == StopReason.Step);
        stop.Reason.ShouldBe(StopReason.Exit);
        return stops;
    }

    private static List<string> Notices(NativeDebuggee debuggee)
    {
        var told = new List<string>();
        while (debuggee.Session.Events.TryRead(out var happened))
        {
            if (happened is SessionEvent.Notice notice)
            {
                told.Add(notice.Text);
            }
        }

        return told;
    }

    /// <summary>What gdb prints behind the equals sign: the history's number grows.</summary>
    private static async Task<string> ValueAsync(NativeDebuggee debuggee, string expression)
    {
        var reply = await debuggee.GdbAsync("print " + expression, CancellationToken.None);
        return reply[(reply.IndexOf('=', StringComparison.Ordinal) + 2)..].Trim();
    }

    /// <summary>The same ticks, and how often the head was marked.</summary>
    private sealed class CountedMarks(ITickSource ticks) : ITickSource
    {
        public int Marks { get; private set; }

        public bool IsCounted => ticks.IsCounted;

        public bool MayPark => ticks.MayPark;

        public void Starting(NativeProcess head) => ticks.Starting(head);

        public Task SettleAsync(NativeProcess head) => ticks.SettleAsync(head);

        public IReadOnlyList<ParkedProcess> TakeNear() => ticks.TakeNear();

        public Task MarkAsync(NativeProcess head)
        {
            Marks++;
            return ticks.MarkAsync(head);
        }

        public Task<bool> AdmitAsync(ParkedProcess parked, long requested) => ticks.AdmitAsync(parked, requested);

        public bool Keeps(ParkedProcess parked) => ticks.Keeps(parked);

        public ValueTask<NativeRun> PrepareAsync(NativeProcess replica, NativeRun run, CancellationToken ct) => ticks.PrepareAsync(replica, run, ct);

        public Task<long> JoinAsync(NativeProcess replica, Func<Task<AgentMessage.Halted>> run, CancellationToken ct) => ticks.JoinAsync(replica, run, ct);

        public ValueTask<TickScale> ScaleAsync(Ticks from, Ticks to, CancellationToken ct) => ticks.ScaleAsync(from, to, ct);

        public Task<IReadOnlyList<TickHole>> CountAllAsync(CancellationToken ct) => ticks.CountAllAsync(ct);

        public Task<ITickSource> BranchAsync(NativeProcess head, BranchId branch, CancellationToken ct) => ticks.BranchAsync(head, branch, ct);

        public ValueTask DisposeAsync() => ticks.DisposeAsync();
    }
}
