using Fred.Core;
using Shouldly;
using Xunit;

namespace Fred.EndToEnd.Tests;

/// <summary>Programs with threads: one history of all of them, in which every verb keeps to its thread. The oracle is the forward trace with the thread of each event.</summary>
public sealed class ThreadTests : IDisposable
{
    private const string Race = """
        import threading
        counter = 0
        def think():
            pass
        def add(times):
            global counter
            for _ in range(times):
                seen = counter
                think()
                counter = seen + 1
        workers = [threading.Thread(target=add, args=(6,), name="adder-%d" % n) for n in range(3)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        print(counter)
        """;

    private const string Deadlock = """
        import threading
        a, b, both = threading.Lock(), threading.Lock(), threading.Barrier(2)
        def take(one, other):
            with one:
                both.wait()
                with other:
                    pass
        pair = [threading.Thread(target=take, args=(a, b), name="x"), threading.Thread(target=take, args=(b, a), name="y")]
        for thread in pair:
            thread.start()
        for thread in pair:
            thread.join()
        """;

    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromSeconds(180));

    private CancellationToken Token => _timeout.Token;

    public static TheoryData<string> Pythons => [.. RealPython.Some];

    [SkippableTheory]
    [MemberData(nameof(Pythons))]
    public async Task EachVerb_EqualsAScanOfTheForwardTraceOfItsThread(string python)
    {
        await using var debuggee = await StartAsync(python, Race, seed: 3);
        await debuggee.DoAsync(new SessionCommand.Continue(), Token);
        var printed = debuggee.Output;
        var trace = await TraceAsync(debuggee);
        trace.Select(stop => stop.Thread).Distinct().Order().ShouldBe([1, 2, 3, 4]);
        var random = new Random(11);
        for (var round = 0; round < 30; round++)
        {
            var now = trace[random.Next(1, trace.Count - 1)];
            await debuggee.DoAsync(new SessionCommand.Goto(now.At), Token);
            var (command, matches, back) = random.Next(4) switch
            {
                0 => ((SessionCommand)new SessionCommand.ReverseStep(), (Func<StopEvent, bool>)(_ => true), true),
                1 => (new SessionCommand.ReverseNext(), stop => new StepFilter(now.Depth).Matches(stop.Depth, stop.Location?.Line ?? 0, stop.Kind), true),
                2 => (new SessionCommand.Step(), _ => true, false),
                _ => (new SessionCommand.Next(), stop => new StepFilter(now.Depth).Matches(stop.Depth, stop.Location?.Line ?? 0, stop.Kind), false),
            };
            var there = back ? trace.Where(stop => stop.At < now.At).Reverse() : trace.Where(stop => stop.At > now.At);
            if (there.FirstOrDefault(stop => stop.Thread == now.Thread && matches(stop)) is not { } expected)
            {
                continue; // over the thread's border: native tests look at that
            }

            var stop = await debuggee.DoAsync(command, Token);
            (stop.At, stop.Thread, stop.Location).ShouldBe((expected.At, expected.Thread, expected.Location), $"{command} from {now.At} in thread {now.Thread}");
        }

        debuggee.Output.ShouldBe(printed);
    }

    [SkippableFact]
    public async Task AStepOfAnotherThread_EqualsAScanOfTheForwardTraceOfThat()
    {
        await using var debuggee = await StartAsync(RealPython.System, Race, seed: 6);
        await debuggee.DoAsync(new SessionCommand.Continue(), Token);
        var trace = await TraceAsync(debuggee);
        var random = new Random(12);
        for (var round = 0; round < 24; round++)
        {
            var now = trace[random.Next(1, trace.Count - 1)];
            await debuggee.DoAsync(new SessionCommand.Goto(now.At), Token);
            var others = (await debuggee.Session.GetThreadsAsync(Token)).Where(thread => !thread.IsCurrent).ToList();
            if (others.Count == 0)
            {
                continue;
            }

            var thread = others[random.Next(others.Count)].Number;
            var depth = (await debuggee.Session.GetStackAsync(thread, 0, 0, Token)).Frames.FirstOrDefault(frame => frame.Depth is not null)?.Depth ?? 0;
            bool IsNotDeeper(StopEvent stop) => new StepFilter(depth).Matches(stop.Depth, stop.Location?.Line ?? 0, stop.Kind);
            var (command, matches, back) = (round % 4) switch
            {
                0 => ((SessionCommand)new SessionCommand.ReverseStep(), (Func<StopEvent, bool>)(_ => true), true),
                1 => (new SessionCommand.ReverseNext(), IsNotDeeper, true),
                2 => (new SessionCommand.Step(), _ => true, false),
                _ => (new SessionCommand.Next(), IsNotDeeper, false),
            };
            var there = back ? trace.Where(stop => stop.At < now.At).Reverse() : trace.Where(stop => stop.At > now.At);
            if (there.FirstOrDefault(stop => stop.Thread == thread && matches(stop)) is not { } expected)
            {
                continue;
            }

            var stop = await debuggee.DoAsync(command with { Thread = thread }, Token);
            (stop.At, stop.Thread, stop.Location).ShouldBe((expected.At, expected.Thread, expected.Location), $"{command} of thread {thread} from {now.At}");
        }

        (await Should.ThrowAsync<FredException>(() => debuggee.DoAsync(new SessionCommand.ReverseStep { Thread = 99 }, Token))).Message.ShouldContain("no thread 99");
    }

    [SkippableFact]
    public async Task ABreakpointInAnyThread_AndStepsThereAndBack()
    {
        await using var debuggee = await StartAsync(RealPython.System, Race, seed: 5);
        await debuggee.Session.SetBreakpointsAsync([new Breakpoint(1, new SourceLocation(debuggee.Session.Stop.Location!.File, 9))], Token);
        var first = await debuggee.DoAsync(new SessionCommand.Continue(), Token);
        first.Thread.ShouldBeGreaterThan(1);
        await debuggee.Session.SetBreakpointsAsync([], Token);
        var there = new List<StopEvent>();
        for (var i = 0; i < 12; i++)
        {
            there.Add(await debuggee.DoAsync(new SessionCommand.Step(), Token));
        }

        there.ShouldAllBe(stop => stop.Thread == first.Thread);
        for (var i = there.Count - 2; i >= 0; i--)
        {
            (await debuggee.DoAsync(new SessionCommand.ReverseStep(), Token)).At.ShouldBe(there[i].At);
        }

        var threads = await debuggee.Session.GetThreadsAsync(Token);
        threads.Single(thread => thread.IsCurrent).Number.ShouldBe(first.Thread);
        threads[0].Name.ShouldBe("MainThread");
        threads.Skip(1).ShouldAllBe(thread => thread.Name.StartsWith("adder-", StringComparison.Ordinal) || thread.Top == null);
        var main = await debuggee.Session.GetStackAsync(1, 0, 0, Token);
        main.Frames[^1].Function.ShouldBe("<module>");
        (await debuggee.Session.EvaluateAsync("len(workers)", new EvaluationScope.InFrame(main.Total - 1) { Thread = 1 }, Token)).Value.ShouldBe("3");
    }

    [SkippableTheory]
    [MemberData(nameof(Pythons))]
    public async Task ReverseWatch_NamesTheThreadThatMadeTheTransition(string python)
    {
        await using var debuggee = await StartAsync(python, Race, seed: 9);
        await debuggee.DoAsync(new SessionCommand.Continue(), Token);
        var trace = await TraceAsync(debuggee);
        await debuggee.DoAsync(new SessionCommand.Goto(trace[^1].At), Token);
        var report = await debuggee.Session.ReverseWatchAsync(new WatchQuery("counter < 3", new EvaluationScope.InFrame(0), WhichTransition.All), Token);
        report.Result.ShouldBe(WatchResult.Transition);
        foreach (var transition in report.Transitions)
        {
            var before = trace.Single(stop => stop.At == transition.At);
            transition.Thread.ShouldNotBeNull().Number.ShouldBe(before.Thread);
            transition.Thread.Name.ShouldStartWith("adder-");
            transition.Location!.Line.ShouldBe(10);
        }
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task ReverseWatch_FindsAStatementThatGoesOnWhileAnotherThreadStands(int seed)
    {
        const string Queue = """
            import queue, threading
            tasks = queue.Queue(maxsize=2)
            def produce():
                for number in range(8):
                    tasks.put(number)
            def consume():
                for _ in range(8):
                    tasks.get()
            pair = [threading.Thread(target=produce, name="producer"), threading.Thread(target=consume, name="consumer")]
            for thread in pair:
                thread.start()
            for thread in pair:
                thread.join()
            done = True
            """;
        await using var debuggee = await StartAsync(RealPython.System, Queue, (ulong)seed);
        await debuggee.DoAsync(new SessionCommand.Continue(), Token);
        await debuggee.DoAsync(new SessionCommand.ReverseStep(), Token);
        foreach (var (expression, maker, line) in new[] { ("len(tasks.queue) < 2", "producer", 5), ("len(tasks.queue) > 0 or not tasks.unfinished_tasks", "consumer", 8) })
        {
            var report = await debuggee.Session.ReverseWatchAsync(new WatchQuery(expression, new EvaluationScope.InFrame(0), WhichTransition.All), Token);
            report.Transitions.ShouldNotBeEmpty();
            report.Transitions.ShouldAllBe(transition => transition.Thread!.Name == maker && transition.Location!.Line == line, expression);
            await debuggee.DoAsync(new SessionCommand.Undo(), Token);
        }
    }

    /// <summary>The executor keeps its threads in a set, and joins them in the order of their addresses, which depend on what was evaluated before they were made.</summary>
    [SkippableFact]
    public async Task ReverseWatch_OfAProgramThatDependsOnAddresses()
    {
        const string Pool = """
            from concurrent.futures import ThreadPoolExecutor
            done = []
            def work(n):
                done.append(n)
                return n * n
            with ThreadPoolExecutor(3) as pool:
                total = sum(pool.map(work, range(8)))
            last = total
            """;
        await using var debuggee = await StartAsync(RealPython.System, Pool, seed: null);
        await debuggee.DoAsync(new SessionCommand.Continue(), Token);
        var report = await debuggee.Session.ReverseWatchAsync(new WatchQuery("len(done) < 7", new EvaluationScope.InFrame(0)), Token);
        report.Transitions.ShouldHaveSingleItem().Location!.Line.ShouldBe(4); // the program has ended: its main module's names are meant
    }

    [SkippableFact]
    public async Task ADeadlock_IsAStopWithAllStacks_AndItsPastCanBeVisited()
    {
        await using var debuggee = await StartAsync(RealPython.System, Deadlock, seed: null);
        for (var i = 0; i < 2; i++)
        {
            (await debuggee.DoAsync(new SessionCommand.Continue(), Token)).Reason.ShouldBe(StopReason.Deadlock);
        }

        var threads = await debuggee.Session.GetThreadsAsync(Token);
        threads.Select(thread => (thread.Name, thread.Top?.Location?.Line)).ShouldBe([("MainThread", (int?)12), ("x", 6), ("y", 6)]);
        (await debuggee.DoAsync(new SessionCommand.ReverseStep(), Token)).Thread.ShouldBe(1);
        (await debuggee.DoAsync(new SessionCommand.GotoLive(), Token)).Reason.ShouldBe(StopReason.Deadlock);
    }

    [SkippableFact]
    public async Task AChangeInAThread_BeginsABranchWithAllThreads()
    {
        await using var debuggee = await StartAsync(RealPython.System, Race, seed: 3);
        await debuggee.DoAsync(new SessionCommand.Continue(), Token);
        var trace = await TraceAsync(debuggee);
        await debuggee.DoAsync(new SessionCommand.Goto(trace.Last(stop => stop.Thread == 3).At), Token);
        await debuggee.Session.MutateAsync(new Mutation("globals()['counter'] = 1000"), Token);
        (await debuggee.DoAsync(new SessionCommand.Continue(), Token)).Reason.ShouldBe(StopReason.Exit);
        var lines = debuggee.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        int.Parse(lines[^1], System.Globalization.CultureInfo.InvariantCulture).ShouldBeGreaterThan(0);
        lines.Length.ShouldBe(2);
    }

    public void Dispose() => _timeout.Dispose();

    private async Task<Debuggee> StartAsync(string python, string source, ulong? seed) =>
        await Debuggee.StartSourceAsync(python, source, Token, options => options with { RandomSchedule = seed });

    /// <summary>Every event of the history, of whichever thread.</summary>
    private async Task<List<StopEvent>> TraceAsync(Debuggee debuggee)
    {
        var edge = debuggee.Session.Position.Edge;
        var trace = new List<StopEvent> { await debuggee.DoAsync(new SessionCommand.Goto(new Ticks(1)), Token) };
        while (trace[^1].At < edge.Previous)
        {
            trace.Add(await debuggee.DoAsync(new SessionCommand.StepTicks(1), Token));
        }

        return trace;
    }
}
