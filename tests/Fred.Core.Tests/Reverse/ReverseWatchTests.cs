using FsCheck;
using FsCheck.Fluent;
using Fred.TestKit;
using Shouldly;
using Xunit;

namespace Fred.Core.Tests;

public sealed class ReverseWatchTests
{
    private const string Counter = """
        x = 0
        for i in range(40):
            x = x + 1
        y = x
        """;

    private static readonly EvaluationScope Module = new EvaluationScope.InActivation("module:__main__");

    [Fact]
    public async Task Last_StopsBeforeTheStatementThatBreaksTheInvariant()
    {
        await using var session = await AtEndAsync(new ScriptedBackend(Counter));
        var report = await session.ReverseWatchAsync(new WatchQuery("x < 10", new EvaluationScope.InFrame(0)), default);
        report.Result.ShouldBe(WatchResult.Transition);
        report.Monotone.ShouldBeTrue();
        var found = report.Transitions.ShouldHaveSingleItem();
        (found.Location?.Line, found.Before.Value, found.After.Value, found.Function).ShouldBe((3, "True", "False", "<module>"));
        (report.Stop.Reason, report.Stop.At, session.Position.At).ShouldBe((StopReason.Transition, found.At, found.At));
        (await session.EvaluateAsync("x", Module, default)).Value.ShouldBe("9");
        await session.ExecuteAsync(new SessionCommand.Step(), default);
        (await session.EvaluateAsync("x", Module, default)).Value.ShouldBe("10");
        session.Journal.Select(j => j.Text).ShouldBe(["continue", "reverse-watch x < 10", "step"]);
    }

    [Theory]
    [InlineData("x < 1000", WatchResult.AlwaysGood, 0)]
    [InlineData("missing > 3", WatchResult.NeverEvaluable, 0)]
    [InlineData("y < 0", WatchResult.AlwaysBad, 1)]
    [InlineData("False", WatchResult.AlwaysBad, 0)]
    public async Task Outcomes_WithoutAChangeFromTrueToFalse(string expression, WatchResult result, int transitions)
    {
        await using var session = await AtEndAsync(new ScriptedBackend(Counter));
        var before = session.Position;
        var report = await session.ReverseWatchAsync(new WatchQuery(expression, Module), default);
        (report.Result, report.Transitions.Count).ShouldBe((result, transitions));
        if (transitions == 0)
        {
            session.Position.ShouldBe(before);
        }
    }

    [Fact]
    public async Task WhoWantsTheAnswerOnly_StaysWhereHeIs()
    {
        await using var session = await AtEndAsync(new ScriptedBackend(Counter));
        var before = session.Position;
        var report = await session.ReverseWatchAsync(new WatchQuery("x < 10", Module) { Stays = true }, default);
        report.Transitions.ShouldHaveSingleItem().Location?.Line.ShouldBe(3);
        session.Position.ShouldBe(before);
    }

    [Fact]
    public async Task BoundsAndExactness_AgreeWithAllTransitions()
    {
        await using var session = await DebugSession.StartAsync(
            new ScriptedBackend("x = 0\nfor i in range(40):\n    x = i % 3\ny = x\n"), new SessionOptions(), new ManualTime(), default);
        for (var i = 0; i < 4; i++)
        {
            await session.ExecuteAsync(new SessionCommand.Step(17), default);
            await session.TakeCheckpointAsync(default);
        }

        await session.ExecuteAsync(new SessionCommand.Continue(), default);
        foreach (var expression in new[] { "x == 0", "x != 0", "x == 1", "x != 2" })
        {
            var query = new WatchQuery(expression, Module);
            var all = (await AskAsync(session, query with { Which = WhichTransition.All })).ToList();
            all.Count.ShouldBeGreaterThan(10);
            (await AskAsync(session, query with { Exact = true })).ShouldBe([all[^1]]);
            foreach (var since in new[] { all[0], all[0] + 1, all[5], all[5] + 1, all[^1] }.Select(tick => new Ticks(tick)))
            {
                (await AskAsync(session, query with { Which = WhichTransition.All, Since = since })).ShouldBe(all.Where(at => at >= since.Value));
                (await AskAsync(session, query with { Which = WhichTransition.First, Since = since })).ShouldBe(all.Where(at => at >= since.Value).Take(1));
                (await AskAsync(session, query with { Since = since })).ShouldBe([all[^1]]);
            }

            (await AskAsync(session, query with { Since = new Ticks(all[^1] + 1) })).ShouldBeEmpty();
        }
    }

    /// <summary>The handler runs after the failing call was left; its frame is seen again at the end only, in the traceback.</summary>
    [Theory]
    [InlineData("v < 5", "3")]
    [InlineData("v < 2", "2")]
    public async Task AFrameOfTheTraceback_IsSearchedFromWhereItWasLeft(string expression, string line)
    {
        var program = new ScriptedProgram("def f(v):\n    v = v + 1\n    v = v + 5\n    raise 'Boom'\ntry:\n    f(1)\nexcept:\n    y = 1\n    y = 2\n    raise\n");
        foreach (var which in Enum.GetValues<WhichTransition>())
        {
            await using var session = await AtEndAsync(new ScriptedBackend(program));
            session.Stop.Reason.ShouldBe(StopReason.Exception);
            var report = await session.ReverseWatchAsync(new WatchQuery(expression, new EvaluationScope.InFrame(0), which), default);
            report.Result.ShouldBe(WatchResult.Transition);
            report.Transitions.Select(t => t.Location?.Line.ToString(System.Globalization.CultureInfo.InvariantCulture)).ShouldBe([line]);
        }
    }

    [Fact]
    public async Task EveryCallOfAFunction_IsAScopeOfItsOwn()
    {
        await using var session = await AtEndAsync(new ScriptedBackend("def f(v):\n    w = v\n    return w\nx = f(1)\nx = f(9)\nx = f(2)\n"));
        var report = await session.ReverseWatchAsync(new WatchQuery("v < 5", new EvaluationScope.InFunction("f")), default);
        var found = report.Transitions.ShouldHaveSingleItem();
        (report.Result, found.Location?.Line, found.Before.Truth).ShouldBe((WatchResult.Transition, 5, Truth.NotEvaluable));
    }

    [Fact]
    public async Task TextThatDoesNotParse_IsRefused()
    {
        await using var session = await AtEndAsync(new ScriptedBackend(Counter));
        (await Should.ThrowAsync<FredException>(session.ReverseWatchAsync(new WatchQuery("x <", Module), default))).Id.ShouldBe(ErrorId.BadExpression);
    }

    [Fact]
    public async Task ASideEffectOfScanning_IsFoundOutByTheCleanReplay()
    {
        var backend = new ScriptedBackend(Counter);
        backend.Faults.PerturbScan = (at, truth) => at.Value is > 6 and < 9 ? Truth.Bad : truth == Truth.Bad && at.Value < 30 ? Truth.Good : truth;
        await using var session = await AtEndAsync(backend);
        var report = await session.ReverseWatchAsync(new WatchQuery("x < 10", Module), default);
        report.Transitions[0].Before.Value.ShouldBe("True");
        (await session.EvaluateAsync("x", Module, default)).Value.ShouldBe("9");
    }

    /// <summary>What evaluating leaves behind may lead a replica astray later on (the order of a set of objects is that of their addresses): a clean one goes on from nearer.</summary>
    [Theory]
    [InlineData(WhichTransition.Last)]
    [InlineData(WhichTransition.First)]
    [InlineData(WhichTransition.All)]
    public async Task AScanThatLedItsReplicaAstray_IsDoneInPieces(WhichTransition which)
    {
        const string Program = "x = 0\nfor i in range(40):\n    x = i % 7\ny = x\n";
        var expected = await TransitionsAsync(new ScriptedBackend(Program));
        var backend = new ScriptedBackend(Program);
        var strayed = 0;
        backend.Faults.ScanDiverges = (begun, now) => now > new Ticks(41) && begun < new Ticks(30) && ++strayed > 0;
        (await TransitionsAsync(backend)).ShouldBe(expected);
        strayed.ShouldBeInRange(1, 4);
        backend = new ScriptedBackend(Program);
        backend.Faults.ScanDiverges = (_, now) => now == new Ticks(41);
        (await Should.ThrowAsync<FredException>(() => TransitionsAsync(backend))).Id.ShouldBe(ErrorId.ReplayDiverged);

        async Task<List<long>> TransitionsAsync(ScriptedBackend programs)
        {
            await using var session = await AtEndAsync(programs);
            return [.. await AskAsync(session, new WatchQuery("x < 5", Module, which) { Exact = true })];
        }
    }

    [Fact]
    public async Task Cancel_StaysWhereItWas()
    {
        var backend = new ScriptedBackend(Counter);
        await using var session = await AtEndAsync(backend);
        var before = session.Position;
        using var reached = new SemaphoreSlim(0);
        backend.Faults.Before = (isHead, at) =>
        {
            reached.Release();
            return new TaskCompletionSource().Task;
        };
        var search = session.ReverseWatchAsync(new WatchQuery("x < 10", Module), default);
        await reached.WaitAsync();
        session.State.ShouldBe(SessionState.Travelling);
        session.Pause();
        (await Should.ThrowAsync<FredException>(search)).Id.ShouldBe(ErrorId.Cancelled);
        (session.Position, session.State).ShouldBe((before, SessionState.Stopped));
        backend.Faults.Before = (_, _) => Task.CompletedTask;
        (await session.EvaluateAsync("x", Module, default)).Value.ShouldBe("40");
    }

    [Fact]
    public void EveryWatch_EqualsAScanOfTheForwardTrace_AndExecutesNothingMoreThanTwice() =>
        Prop.ForAll(Cases(), RunAsync).Check(Config.QuickThrowOnFailure.WithMaxTest(120));

    private static Arbitrary<(int Seed, int Size, int Threshold, WhichTransition Which, int[] Checkpoints, int From, bool Strided, int Since)> Cases() =>
        (from seed in Gen.Choose(0, int.MaxValue)
         from size in Gen.Choose(5, 60)
         from threshold in Gen.Choose(-1, 12)
         from which in Gen.Elements(WhichTransition.Last, WhichTransition.First, WhichTransition.All)
         from checkpoints in Gen.Choose(0, 1000).ListOf(5)
         from at in Gen.Choose(0, 1000)
         from strided in Gen.Elements(true, false, false)
         from since in Gen.Choose(-1500, 1200)
         select (seed, size, threshold, which, checkpoints.ToArray(), at, strided, since)).ToArbitrary();

    private static async Task RunAsync((int Seed, int Size, int Threshold, WhichTransition Which, int[] Checkpoints, int From, bool Strided, int Since) c)
    {
        await using var backend = new ScriptedBackend(RandomProgram.Write(c.Seed, c.Size), ["a", "b"]);
        var withHelper = c.Strided && c.Seed % 2 == 0;
        await using var session = await AtEndAsync(backend, replicas: withHelper ? 2 : 1);
        session.WatchOptions = c.Strided ? new WatchOptions(20, 7) : WatchOptions.Default;
        var trace = backend.TraceOf(BranchId.Main);
        foreach (var place in c.Checkpoints.Append(c.From))
        {
            await session.ExecuteAsync(new SessionCommand.Goto(new Ticks(1 + (place * (trace.End.Value - 1) / 1000))), default);
            await session.TakeCheckpointAsync(default);
        }

        var (now, expression) = (session.Position.At, $"x < {c.Threshold}");
        backend.Counters.Reset();
        var since = c.Since < 0 ? 0 : Math.Max(1, c.Since * now.Value / 1000);
        var report = await session.ReverseWatchAsync(new WatchQuery(expression, Module, c.Which) { Since = c.Since < 0 ? null : new Ticks(since), Exact = c.Size % 4 == 0 }, default);
        if (c.Strided && !withHelper)
        {
            var found = report.Transitions.Count == 0 ? Ticks.Zero : report.Transitions[^1].At;
            OftenExecuted().ShouldAllBe(e => Math.Abs(e.At - found) <= 8);
        }
        else if (!c.Strided)
        {
            OftenExecuted().ShouldBeEmpty($"{expression} {c.Which} from {now}");
        }

        var truths = trace.Events.Where(e => e.At <= now).Select(e => e.TruthOf(expression, Module)).ToList();
        var all = Enumerable.Range(1, Math.Max(0, truths.Count - 2)).Where(t => t >= since && truths[t] != Truth.Bad && truths[t + 1] == Truth.Bad).Select(t => new Ticks(t)).ToList();
        Check(c.Which, report, all, [.. truths.Skip((int)since)], (int)since, exact: c.Since >= 0 || c.Size % 4 == 0);
        session.Position.At.ShouldBe(report.Transitions.Count == 0 ? now : report.Transitions[^1].At);

        // Just behind a checkpoint the replica that evaluates comes on top.
        IEnumerable<ScriptedEvent> OftenExecuted() =>
            trace.Events.Where(e => backend.Counters.ExecutionsOf(e.At) > 2 + session.Checkpoints.Count(checkpoint => checkpoint.At.Next == e.At));
    }

    private static void Check(WhichTransition which, WatchReport report, List<Ticks> all, List<Truth> truths, int since, bool exact)
    {
        var found = report.Transitions.Select(t => t.At).ToList();
        switch (which)
        {
            case WhichTransition.All:
                found.ShouldBe(all);
                break;
            case WhichTransition.First:
                found.ShouldBe(all.Take(1));
                break;
            case WhichTransition.Last when exact || truths[^1] != Truth.Bad:
                found.ShouldBe(all.TakeLast(1));
                break;
            default:
                // Bad now: a transition between the checkpoints the search went through; exactly the last one where the property is monotone.
                found.Count.ShouldBe(Math.Min(1, all.Count));
                found.ShouldBeSubsetOf(all);
                if (all.Count == 1)
                {
                    found.ShouldBe(all);
                }

                break;
        }

        if (found.Count == 0 && since == 0)
        {
            report.Result.ShouldBe(truths.Contains(Truth.Bad) ? WatchResult.AlwaysBad : truths.Contains(Truth.Good) ? WatchResult.AlwaysGood : WatchResult.NeverEvaluable);
        }

        if (report.Result == WatchResult.Transition)
        {
            truths.Take((int)found[^1].Value - since + 1).ShouldContain(Truth.Good);
        }

        if (!report.Monotone)
        {
            truths.SkipWhile(t => t != Truth.Bad).ShouldContain(Truth.Good);
        }
    }

    private static async Task<DebugSession> AtEndAsync(ScriptedBackend backend, int replicas = 1)
    {
        var session = await DebugSession.StartAsync(backend, new SessionOptions { Replicas = replicas }, new ManualTime(), default);
        await session.ExecuteAsync(new SessionCommand.Continue(), default);
        return session;
    }

    private static async Task<IEnumerable<long>> AskAsync(DebugSession session, WatchQuery query)
    {
        var report = await session.ReverseWatchAsync(query, default);
        await session.ExecuteAsync(new SessionCommand.GotoLive(), default);
        return report.Transitions.Select(t => t.At.Value);
    }
}
