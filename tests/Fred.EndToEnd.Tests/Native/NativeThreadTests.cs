using Fred.Core;
using Shouldly;
using Xunit;

namespace Fred.EndToEnd.Tests;

/// <summary>The verbs on native programs with threads. That whole programs replay exactly is what tests/native/test_native_threads.py looks at.</summary>
public sealed class NativeThreadTests : IDisposable
{
    private const int FirstLine = 16;
    private const int SumLine = 20;
    private const int CreatingLine = 32;
    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromSeconds(240));

    private CancellationToken Token => _timeout.Token;

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Steps_StayInTheirThread_AndGoBackTheSameWay(bool nativeHead)
    {
        await using var debuggee = await NativeDebuggee.StartAsync("threads_verbs.c", new SessionOptions(), [], nativeHead, Token);
        await debuggee.GdbAsync("break work", Token);
        var stop = await debuggee.DoAsync(new SessionCommand.Continue(), Token);
        (stop.Reason, stop.Thread, stop.Location!.Line).ShouldBe((StopReason.Breakpoint, 2, FirstLine));
        await debuggee.GdbAsync("delete", Token);
        var stops = new List<StopEvent> { stop };
        for (var i = 0; i < 14; i++)
        {
            stops.Add(await debuggee.DoAsync(new SessionCommand.Step(), Token));
        }

        // Thread 3 has had its turn meanwhile, after each sched_yield.
        stops.ShouldAllBe(each => each.Thread == 2);
        stops[^1].At.Value.ShouldBeGreaterThan(stop.At.Value + 1000);
        for (var i = stops.Count - 2; i >= 0; i--)
        {
            var back = await debuggee.DoAsync(new SessionCommand.ReverseStep(), Token);
            (back.At, back.Thread, back.Location!.Line).ShouldBe((stops[i].At, 2, stops[i].Location!.Line));
        }

        var creator = await debuggee.DoAsync(new SessionCommand.ReverseStep(), Token);
        (creator.Thread, creator.Location!.Line).ShouldBe((1, CreatingLine));
    }

    [SkippableFact]
    public async Task ReverseWatch_NamesTheThread()
    {
        await using var debuggee = await NativeDebuggee.StartAsync("threads_verbs.c", Token);
        var end = await debuggee.DoAsync(new SessionCommand.Continue(), Token);
        (end.Reason, end.ExitCode, end.ThreadsStarted).ShouldBe((StopReason.Exit, 0, 3));
        var report = await debuggee.Session.ReverseWatchAsync(new WatchQuery("total < 5", new EvaluationScope.InFunction("main"), WhichTransition.First), Token);
        var found = report.Transitions.ShouldHaveSingleItem();
        (found.Thread!.Number, found.Location!.Line, found.Function).ShouldBe((3, SumLine, "work"));
    }

    [SkippableFact]
    public async Task SelectedThread_HasItsOwnNamesAndVariables()
    {
        await using var debuggee = await NativeDebuggee.StartAsync("threads_verbs.c", Token);
        await debuggee.GdbAsync("break threads_verbs.c:20 thread 3", Token);
        var stop = await debuggee.DoAsync(new SessionCommand.Continue(), Token);
        (stop.Reason, stop.Thread, stop.Location!.Line).ShouldBe((StopReason.Breakpoint, 3, SumLine));
        (await debuggee.GdbAsync("print own", Token)).ShouldEndWith("= 4\n");
        (await debuggee.GdbAsync("thread 2", Token)).ShouldStartWith("[thread 2, ");
        (await debuggee.GdbAsync("print own", Token)).ShouldEndWith("= 2\n");
        (await debuggee.GdbAsync("print twice(own)", Token)).ShouldEndWith("= 4\n");
        var threads = await debuggee.GdbAsync("info threads", Token);
        threads.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(3);
        threads.ShouldContain("* 2 ");
        (await debuggee.GdbAsync("thread apply all bt 1", Token)).ShouldContain("Thread 3 (");
        (await debuggee.GdbAsync("thread apply all p own", Token)).ShouldContain("Thread 3 (");
        (await debuggee.GdbAsync("thread apply 2-9 p own", Token)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(4);
        (await Should.ThrowAsync<FredException>(() => debuggee.GdbAsync("thread apply 7-9 p own", Token))).Id.ShouldBe(ErrorId.Usage);
        (await Should.ThrowAsync<FredException>(() => debuggee.GdbAsync("thread 9", Token))).Id.ShouldBe(ErrorId.Usage);
    }

    [SkippableFact]
    public async Task BreakpointsOfOneThread_AndThoseThatAreUsedUp()
    {
        await using var debuggee = await NativeDebuggee.StartAsync("threads_verbs.c", Token);
        foreach (var wrong in new[] { "break work thread", "tbreak work thread x", "break work thread three if total > 1" })
        {
            (await Should.ThrowAsync<FredException>(() => debuggee.GdbAsync(wrong, Token))).Id.ShouldBe(ErrorId.BadBreakpoint, wrong);
        }

        await debuggee.GdbAsync("tbreak threads_verbs.c:20 thread 3", Token);
        await debuggee.GdbAsync("break threads_verbs.c:20 if total > 3 && $thread == 3", Token);
        (await debuggee.DoAsync(new SessionCommand.Continue(), Token)).Thread.ShouldBe(3);
        var left = await debuggee.GdbAsync("info break", Token);
        left.ShouldNotContain("del");
        left.ShouldContain("keep");
        debuggee.Session.Breakpoints.ShouldHaveSingleItem().Id.ShouldBe(2);
        (await debuggee.DoAsync(new SessionCommand.Continue(), Token)).Breakpoints.ShouldBe([2]);
    }

    [SkippableFact]
    public async Task AnyThread_IsLookedAt_WhicheverHasStopped()
    {
        await using var debuggee = await NativeDebuggee.StartAsync("threads_verbs.c", Token);
        var main = new EvaluationScope.InActivation((await debuggee.Session.GetStackAsync(0, 0, 1, Token)).Frames[0].Activation!);
        await debuggee.GdbAsync("break threads_verbs.c:20 thread 3", Token);
        (await debuggee.DoAsync(new SessionCommand.Continue(), Token)).Thread.ShouldBe(3);
        (await debuggee.Session.EvaluateAsync("total", main, Token)).Value.ShouldBe("2");
        foreach (var (thread, function, variables) in new[] { (1, "main", "i threads"), (2, "work", "i argument number"), (3, "work", "i argument number") })
        {
            var stack = await debuggee.Session.GetStackAsync(thread, 0, 0, Token);
            var frame = stack.Frames.First(f => f.Function == function).Index;
            var listed = await debuggee.Session.GetVariablesAsync(new VariableQuery(new FrameScope(frame, Globals: false) { Thread = thread }, 0), Token);
            listed.Select(v => v.Name).ShouldBe(variables.Split(' '));
        }

        (await Should.ThrowAsync<FredException>(() => debuggee.Session.GetStackAsync(9, 0, 0, Token))).Id.ShouldBe(ErrorId.Usage);

        // What was kept of the others' variables is given up when the program has moved on.
        (await debuggee.DoAsync(new SessionCommand.Next(), Token)).Thread.ShouldBe(3);
        (await debuggee.Session.GetStackAsync(0, 0, 1, Token)).Frames[0].Location!.Line.ShouldBe(SumLine + 1);
    }

    [SkippableFact]
    public async Task Calls_BelongToTheirThreads()
    {
        await using var debuggee = await NativeDebuggee.StartAsync("threads_verbs.c", Token);
        await debuggee.GdbAsync("break *work", Token);
        var entry = await debuggee.DoAsync(new SessionCommand.Continue(), Token);
        (entry.Function, entry.Thread).ShouldBe(("work", 2));
        await debuggee.GdbAsync("delete", Token);
        (await debuggee.DoAsync(new SessionCommand.Continue(), Token)).Reason.ShouldBe(StopReason.Exit);

        // From where the first has been entered and has no arguments yet.
        var calls = new List<CallRecord>();
        await debuggee.Session.FindCallsAsync("work", new HistoryRange { From = entry.At }, call => Add(calls, call), Token);
        calls.Select(call => (call.Nesting, call.Outcome, call.Result?.Text)).ShouldBe([(0, CallOutcome.Returned, "(void *) 0x1"), (0, CallOutcome.Returned, "(void *) 0x2")]);

        static ValueTask Add(List<CallRecord> calls, CallRecord call)
        {
            calls.Add(call);
            return ValueTask.CompletedTask;
        }
    }

    [SkippableFact]
    public async Task Deadlock_StopsWithAllStacks()
    {
        await using var debuggee = await NativeDebuggee.StartAsync("threads_philosophers.c", Token);
        (await debuggee.DoAsync(new SessionCommand.Continue(), Token)).Reason.ShouldBe(StopReason.Deadlock);
        var threads = await debuggee.Session.GetThreadsAsync(Token);
        threads.Select(thread => thread.Number).ShouldBe([1, 2, 3, 4, 5, 6]);
        threads.Skip(1).ShouldAllBe(thread => thread.Top!.Function == "dine");
        threads.Count(thread => thread.IsCurrent).ShouldBe(1);
        var back = await debuggee.DoAsync(new SessionCommand.ReverseStep(), Token);
        (back.Function, back.Live).ShouldBe(("dine", false));
    }

    public void Dispose() => _timeout.Dispose();
}
