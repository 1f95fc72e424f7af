using System.Globalization;
using Fred.Backends;
using Fred.Core;
using Shouldly;
using Xunit;

namespace Fred.EndToEnd.Tests;

/// <summary>A user's sitting with a native program that crashes, and programs that cannot be debugged.</summary>
public sealed class GdbTests : IDisposable
{
    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromSeconds(120));

    private CancellationToken Token => _timeout.Token;

    [SkippableFact]
    public async Task Crash_StopsWithItsHistory_AndLeadsToTheCulprit()
    {
        await using var debuggee = await NativeDebuggee.StartAsync("crash.c", Token);
        var session = debuggee.Session;
        var crash = await debuggee.DoAsync(new SessionCommand.Continue(), Token);
        (crash.Reason, crash.Detail, crash.Function).ShouldBe((StopReason.Signal, "SIGSEGV", "main"));
        (await debuggee.GdbAsync("print p", Token)).ShouldContain("0x0");
        (await debuggee.DoAsync(new SessionCommand.Continue(), Token)).Reason.ShouldBe(StopReason.EndOfHistory);

        var report = await session.ReverseWatchAsync(new WatchQuery("p != 0", new EvaluationScope.InFrame(0)), Token);
        report.Transitions.ShouldHaveSingleItem().Location!.Line.ShouldBe(46);
        (await session.EvaluateAsync("p != 0", new EvaluationScope.InFrame(0), Token)).Truth.ShouldBe(Truth.Good);
        await debuggee.DoAsync(new SessionCommand.Step(), Token);
        (await session.EvaluateAsync("p != 0", new EvaluationScope.InFrame(0), Token)).Truth.ShouldBe(Truth.Bad);

        // Calls of the program's functions run in copies, in conditions and expressions alike.
        await debuggee.DoAsync(new SessionCommand.GotoLive(), Token);
        report = await session.ReverseWatchAsync(new WatchQuery("length(head) < 5", new EvaluationScope.InFrame(0)), Token);
        var found = report.Transitions.ShouldHaveSingleItem();
        (found.Location!.Line, found.Function).ShouldBe((26, "push"));
        (await debuggee.GdbAsync("print length(head)", Token)).ShouldEndWith("= 4\n");
        debuggee.Output.ShouldBe("", "stdout is a file, and the program never came to flush it");
    }

    /// <summary>The calls have more line events than the log keeps: the line behind them, and their own last one, are found all the same.</summary>
    [SkippableTheory]
    [InlineData(22, new[] { "main:21", "fib:6", "fib:6" })]
    [InlineData(20, new[] { "main:19", "work:13", "work:10", "work:11" })]
    public async Task ReverseStep_BehindALongCall(int line, string[] back)
    {
        await using var debuggee = await NativeDebuggee.StartAsync("longcalls.c", Token);
        await debuggee.GdbAsync($"break {line}", Token);
        (await debuggee.DoAsync(new SessionCommand.Continue(), Token)).Location!.Line.ShouldBe(line);
        var seen = new List<string>();
        foreach (var _ in back)
        {
            var stop = await debuggee.DoAsync(new SessionCommand.ReverseStep(), Token);
            seen.Add(string.Create(CultureInfo.InvariantCulture, $"{stop.Function}:{stop.Location!.Line}"));
        }

        seen.ShouldBe(back);
        for (var i = 0; i < back.Length; i++)
        {
            await debuggee.DoAsync(new SessionCommand.Step(), Token);
        }

        debuggee.Session.Stop.Location!.Line.ShouldBe(line);
    }

    /// <summary>Calls of calls, and functions of libraries: each instruction that nexti stops at, and back over all of them.</summary>
    [SkippableTheory]
    [InlineData("recursion.c", 12)]
    [InlineData("callbacks.c", 40)]
    public async Task ReverseNexti_IsTheMirrorOfNexti(string source, int rounds)
    {
        await using var debuggee = await NativeDebuggee.StartAsync(source, new SessionOptions(), [rounds.ToString(CultureInfo.InvariantCulture)], nativeHead: true, Token);
        List<(Ticks At, long Pc, long Sp)> there = [Of(debuggee.Session.Stop)];
        while (there.Count < 90 && await debuggee.DoAsync(new SessionCommand.StepTicks { OverCalls = true }, Token) is { Reason: StopReason.Step } stop)
        {
            there.Add(Of(stop));
        }

        there.Zip(there.Skip(1)).ShouldContain(pair => pair.Second.At - pair.First.At > 1, "a call was stepped over");
        await debuggee.DoAsync(new SessionCommand.Goto(there[^1].At), Token);
        for (var i = there.Count - 2; i >= 30; i--)
        {
            Of(await debuggee.DoAsync(new SessionCommand.ReverseTicks { OverCalls = true }, Token)).ShouldBe(there[i]);
        }

        Of(await debuggee.DoAsync(new SessionCommand.ReverseTicks(25) { OverCalls = true }, Token)).ShouldBe(there[5]);
        (await debuggee.DoAsync(new SessionCommand.ReverseTicks(2), Token)).At.ShouldBe(new Ticks(there[5].At.Value - 2));
        (await debuggee.DoAsync(new SessionCommand.ReverseTicks(1000), Token)).Reason.ShouldBe(StopReason.StartOfHistory);

        static (Ticks At, long Pc, long Sp) Of(StopEvent stop) => (stop.At, stop.Fingerprint.Event, stop.Anchor);
    }

    /// <summary>Where a call returns to, Fred stops by itself to see whether the step is over; a breakpoint of the user's there counts only if its condition holds.</summary>
    [SkippableFact]
    public async Task FalseConditionWhereACallReturnsTo_DoesNotEndAStep()
    {
        await using var debuggee = await NativeDebuggee.StartAsync("recursion.c", new SessionOptions(), ["6"], nativeHead: true, Token);
        await debuggee.GdbAsync("tbreak fib", Token);
        await debuggee.DoAsync(new SessionCommand.Continue(), Token);
        long before;
        do
        {
            before = debuggee.Session.Position.At.Value;
            await debuggee.DoAsync(new SessionCommand.StepTicks(), Token);
        }
        while (!(await debuggee.GdbAsync("x/i $pc", Token)).Contains("call ", StringComparison.Ordinal));

        before = debuggee.Session.Position.At.Value;
        var over = await debuggee.DoAsync(new SessionCommand.StepTicks { OverCalls = true }, Token);
        (over.At.Value - before).ShouldBeGreaterThan(10);
        await debuggee.GdbAsync("break *$pc if calls < 0", Token);
        await debuggee.DoAsync(new SessionCommand.Goto(new Ticks(before)), Token);
        (await debuggee.DoAsync(new SessionCommand.StepTicks { OverCalls = true }, Token)).At.ShouldBe(over.At);
    }

    [SkippableFact]
    public async Task ConditionThatCallsAFunction_StopsBothWays()
    {
        await using var debuggee = await NativeDebuggee.StartAsync("crash.c", Token);
        await debuggee.GdbAsync("break push if length(head) == 5", Token);
        var first = await debuggee.DoAsync(new SessionCommand.Continue(), Token);
        (first.Reason, first.Function).ShouldBe((StopReason.Breakpoint, "push"));
        (await debuggee.GdbAsync("print value", Token)).ShouldEndWith("= 5\n");
        await debuggee.DoAsync(new SessionCommand.Continue(), Token);
        (await debuggee.GdbAsync("print value", Token)).ShouldEndWith("= 18\n");
        var back = await debuggee.DoAsync(new SessionCommand.ReverseContinue(), Token);
        (back.At, back.Reason).ShouldBe((first.At, StopReason.Breakpoint));

        var caller = await debuggee.DoAsync(new SessionCommand.ReverseFinish(), Token);
        (caller.Function, caller.Location!.Line).ShouldBe(("main", 39));
        await debuggee.DoAsync(new SessionCommand.Next(), Token);
        await debuggee.DoAsync(new SessionCommand.Undo(), Token);
        debuggee.Session.Position.At.ShouldBe(caller.At);
    }

    [SkippableFact]
    public async Task FalseCondition_DoesNotStopAtTheLiveEdge()
    {
        await using var debuggee = await NativeDebuggee.StartAsync("crash.c", Token);
        await debuggee.GdbAsync("break push", Token);
        var edge = await debuggee.DoAsync(new SessionCommand.Continue(), Token);
        await debuggee.GdbAsync("condition 1 value == 1000", Token);
        await debuggee.DoAsync(new SessionCommand.ReverseStep(), Token);
        var end = await debuggee.DoAsync(new SessionCommand.Continue(), Token);
        (end.At, end.Reason, end.Breakpoints.Count, end.Live).ShouldBe((edge.At, StopReason.EndOfHistory, 0, true));
        await debuggee.GdbAsync("condition 1 value < 1000", Token);
        await debuggee.DoAsync(new SessionCommand.ReverseStep(), Token);
        var hit = await debuggee.DoAsync(new SessionCommand.Continue(), Token);
        (hit.At, hit.Reason, hit.Live).ShouldBe((edge.At, StopReason.Breakpoint, true));
        hit.Breakpoints.ShouldBe([1]);
    }

    [SkippableFact]
    public async Task Watchpoints_StopBothWays_LiveAndInThePast()
    {
        await using var debuggee = await NativeDebuggee.StartAsync("crash.c", Token);
        (await debuggee.GdbAsync("watch total", Token)).ShouldBe("Hardware watchpoint 1: total\n");
        var stops = new List<StopEvent>();
        foreach (var (old, value) in ((int, int)[])[(0, 2), (2, 6), (6, 12)])
        {
            stops.Add(await debuggee.DoAsync(new SessionCommand.Continue(), Token));
            (stops[^1].Reason, stops[^1].Detail, stops[^1].Live).ShouldBe((StopReason.Watch, $"total was {old}, is now {value}", true));
        }

        // Back: before each instruction that changes it, the newest first; forwards again: behind it.
        foreach (var stop in stops.AsEnumerable().Reverse())
        {
            var back = await debuggee.DoAsync(new SessionCommand.ReverseContinue(), Token);
            (back.Reason, back.At, back.Location!.Line).ShouldBe((StopReason.Watch, stop.At.Previous, 27));
        }

        (await debuggee.DoAsync(new SessionCommand.ReverseContinue(), Token)).Reason.ShouldBe(StopReason.StartOfHistory);
        var again = await debuggee.DoAsync(new SessionCommand.Continue(), Token);
        (again.At, again.Detail, again.Live).ShouldBe((stops[0].At, "total was 0, is now 2", false));

        // A condition; a pointer, and what it points to; a local variable; what cannot be watched.
        await debuggee.GdbAsync("delete 1", Token);
        await debuggee.GdbAsync("watch total if total > 40", Token);
        (await debuggee.DoAsync(new SessionCommand.Continue(), Token)).ShouldSatisfyAllConditions(
            stop => stop.Reason.ShouldBe(StopReason.EndOfHistory),
            stop => stop.Detail.ShouldBeNull());
        (await debuggee.DoAsync(new SessionCommand.Continue(), Token)).Detail.ShouldBe("total was 30, is now 42");
        await debuggee.GdbAsync("delete 2", Token);
        await debuggee.GdbAsync("watch head->value", Token);
        (await debuggee.DoAsync(new SessionCommand.Continue(), Token)).Detail.ShouldBe("head->value was 6, is now 7");
        await debuggee.GdbAsync("delete 3", Token);
        await debuggee.GdbAsync("break push", Token);
        await debuggee.DoAsync(new SessionCommand.Continue(), Token);
        await debuggee.GdbAsync("delete 4", Token);
        await debuggee.GdbAsync("watch n", Token);
        (await debuggee.DoAsync(new SessionCommand.Continue(), Token)).Location!.Line.ShouldBe(24);
        (await Should.ThrowAsync<FredException>(() => debuggee.GdbAsync("watch length(head)", Token))).Id.ShouldBe(ErrorId.BadBreakpoint);
    }

    [SkippableFact]
    public async Task FinishTemporaryBreakpointsAndInstructions()
    {
        await using var debuggee = await NativeDebuggee.StartAsync("recursion.c", Token);
        await debuggee.GdbAsync("tbreak is_even", Token);
        var call = await debuggee.DoAsync(new SessionCommand.Continue(), Token);
        (call.Reason, call.Function).ShouldBe((StopReason.Breakpoint, "is_even"));
        debuggee.Session.Breakpoints.ShouldBeEmpty();
        (await debuggee.DoAsync(new SessionCommand.Finish(), Token)).Detail.ShouldBe("Value returned is $1 = 1");

        // The same in the past, of a structure in registers.
        await debuggee.GdbAsync("break swap", Token);
        await debuggee.DoAsync(new SessionCommand.Continue(), Token);
        var finished = await debuggee.DoAsync(new SessionCommand.Finish(), Token);
        finished.Detail.ShouldBe("Value returned is $2 = {first = 2, second = 1}");
        await debuggee.DoAsync(new SessionCommand.ReverseContinue(), Token);
        (await debuggee.DoAsync(new SessionCommand.Finish(), Token)).ShouldSatisfyAllConditions(
            stop => stop.At.ShouldBe(finished.At),
            stop => stop.Detail.ShouldBe("Value returned is $3 = {first = 2, second = 1}"));

        var before = debuggee.Session.Position.At;
        await debuggee.DoAsync(((await debuggee.Session.ExecuteBackendAsync("stepi 3", Token)).Action as BackendAction.Move)!.Command, Token);
        debuggee.Session.Position.At.Value.ShouldBe(before.Value + 3);
        await debuggee.DoAsync(((await debuggee.Session.ExecuteBackendAsync("reverse-stepi 3", Token)).Action as BackendAction.Move)!.Command, Token);
        debuggee.Session.Position.At.ShouldBe(before);
        await debuggee.DoAsync(new SessionCommand.GotoLive(), Token);
        var advance = await debuggee.Session.ExecuteBackendAsync("advance hanoi", Token);
        (await debuggee.DoAsync((advance.Action as BackendAction.Move)!.Command, Token)).Function.ShouldBe("swap", "breakpoints stop it as they stop gdb");
        await debuggee.DoAsync(new SessionCommand.Continue(), Token);
        (await debuggee.DoAsync(new SessionCommand.Continue(), Token)).Function.ShouldBe("hanoi");
    }

    [SkippableFact]
    public async Task Catchpoints_StopWhereExceptionsAreThrown()
    {
        await using var debuggee = await NativeDebuggee.StartAsync("shapes.cpp", Token);
        await debuggee.GdbAsync("catch throw", Token);
        var first = await debuggee.DoAsync(new SessionCommand.Continue(), Token);
        first.Reason.ShouldBe(StopReason.Breakpoint);
        (await debuggee.GdbAsync("backtrace", Token)).ShouldContain("geometry::Disc::Disc");
        await debuggee.DoAsync(new SessionCommand.Continue(), Token);
        (await debuggee.DoAsync(new SessionCommand.ReverseContinue(), Token)).At.ShouldBe(first.At);
    }

    [SkippableFact]
    public async Task AssignmentInThePast_BeginsABranch()
    {
        await using var debuggee = await NativeDebuggee.StartAsync("crash.c", Token);
        var session = debuggee.Session;
        await debuggee.GdbAsync("break drop", Token);
        var drop = await debuggee.DoAsync(new SessionCommand.Continue(), Token);
        await debuggee.DoAsync(new SessionCommand.Continue(), Token);
        await debuggee.DoAsync(new SessionCommand.Goto(drop.At), Token);
        var reply = await session.ExecuteBackendAsync("set var total = 1000", Token);
        await session.MutateAsync(reply.Action.ShouldBeOfType<BackendAction.Mutate>().Mutation, Token);
        session.Position.Branch.ShouldNotBe(BranchId.Main);
        (await debuggee.GdbAsync("print total", Token)).ShouldEndWith("= 1000\n");
    }

    [SkippableFact]
    public async Task ReadsAndAccesses_StopBothWays()
    {
        await using var debuggee = await NativeDebuggee.StartAsync("crash.c", Token);
        (await debuggee.GdbAsync("rwatch total", Token)).ShouldBe("Hardware read watchpoint 1: total\n");
        var first = await debuggee.DoAsync(new SessionCommand.Continue(), Token);
        (first.Reason, first.Detail, first.Location!.Line).ShouldBe((StopReason.Watch, "total is 0", 27));
        var second = await debuggee.DoAsync(new SessionCommand.Continue(), Token);
        (await debuggee.DoAsync(new SessionCommand.Continue(), Token)).Detail.ShouldBe("total is 2");
        (await debuggee.DoAsync(new SessionCommand.ReverseContinue(), Token)).Location!.Line.ShouldBe(27);
        (await debuggee.DoAsync(new SessionCommand.ReverseContinue(), Token)).At.ShouldBe(second.At.Previous);
        (await debuggee.DoAsync(new SessionCommand.ReverseContinue(), Token)).At.ShouldBe(first.At.Previous);
        await debuggee.GdbAsync("delete 1", Token);

        // Reads and writes, also of the same value: the first that is pushed is 0.
        (await debuggee.GdbAsync("awatch total", Token)).ShouldBe("Hardware access (read/write) watchpoint 2: total\n");
        var details = new List<string?>();
        for (var i = 0; i < 4; i++)
        {
            details.Add((await debuggee.DoAsync(new SessionCommand.Continue(), Token)).Detail);
        }

        details.ShouldBe(["total is 0", "total is 0", "total is 0", "total was 0, is now 2"]);
    }

    [SkippableFact]
    public async Task ReverseWatchOfACall_MissesNoChange_HoweverShort()
    {
        await using var debuggee = await NativeDebuggee.StartAsync("toandfro.c", Token);
        (await debuggee.DoAsync(new SessionCommand.Continue(), Token)).Detail.ShouldBe("SIGABRT");
        var crash = debuggee.Session.Position.At;
        async Task<List<(int Line, string Caller)>> SearchAsync(WhichTransition which)
        {
            await debuggee.DoAsync(new SessionCommand.Goto(crash), Token);
            var report = await debuggee.Session.ReverseWatchAsync(new WatchQuery("list_len(head) < 10", new EvaluationScope.InFunction("main"), which), Token);
            return [.. report.Transitions.Select(t => (t.Location!.Line, t.Stack[1].Location!.Line.ToString(CultureInfo.InvariantCulture)))];
        }

        (await SearchAsync(WhichTransition.Last)).ShouldBe([(23, "49")]);
        (await SearchAsync(WhichTransition.First)).ShouldBe([(23, "42")]);
        (await SearchAsync(WhichTransition.All)).ShouldBe([(23, "42"), (23, "49")]);
    }

    [SkippableFact]
    public async Task BadInput_IsToldBeforeAnythingStarts()
    {
        var directory = Directory.CreateTempSubdirectory("fred-bad-");
        var program = NativeDebuggee.Compile("crash.c", directory.FullName);
        var script = Path.Combine(directory.FullName, "script");
        await File.WriteAllTextAsync(script, "#!/bin/sh\n", Token);
        Refusal(Path.Combine(directory.FullName, "missing")).ShouldBe(ErrorId.ProgramNotFound);
        Refusal(directory.FullName).ShouldBe(ErrorId.ProgramNotFound);
        Refusal(script).ShouldBe(ErrorId.ProgramUnsupported);
        (await FredProcess.StartAsync("/bin/chmod", string.Empty, "u+s", program)).Code.ShouldBe(0);
        Refusal(program).ShouldBe(ErrorId.ProgramUnsupported);
        var narrow = Path.Combine(directory.FullName, "narrow");
        var bytes = await File.ReadAllBytesAsync(program, Token);
        bytes[4] = 1; // ELFCLASS32
        await File.WriteAllBytesAsync(narrow, bytes, Token);
        Should.Throw<FredException>(() => NativeProgram.Find(narrow, null)).Message.ShouldContain("32-bit");
        Refusal(NativeDebuggee.Compile("switches.c", directory.FullName, "-g0")).ShouldBe(ErrorId.NoDebugInfo);
        Refusal(NativeDebuggee.Compile("strings.c", directory.FullName, "-static")).ShouldBe(ErrorId.ProgramUnsupported);
        var recursion = NativeDebuggee.Compile("recursion.c", directory.FullName);
        var error = await WithGdbAsync("/bin/false", recursion);
        error.Id.ShouldBeOneOf(ErrorId.DebuggerLost, ErrorId.GdbNotFound);
        (await WithGdbAsync("/no/such/gdb", recursion)).Id.ShouldBe(ErrorId.GdbNotFound);

        // A gdb that answers everything, and is version 11.11.
        var old = Path.Combine(directory.FullName, "old-gdb");
        await File.WriteAllTextAsync(old, "#!/bin/sh\necho '(gdb) '\nwhile read -r line; do echo \"${line%%-*}^done,value=\\\"11\\\"\"; echo '(gdb) '; done\n", Token);
        (await FredProcess.StartAsync("/bin/chmod", string.Empty, "+x", old)).Code.ShouldBe(0);
        error = await WithGdbAsync(old, recursion);
        (error.Id, error.Message.Contains("11.11", StringComparison.Ordinal)).ShouldBe((ErrorId.GdbUnsupported, true));
        directory.Delete(recursive: true);
    }

    public void Dispose() => _timeout.Dispose();

    private Task<FredException> WithGdbAsync(string gdb, string program) => Should.ThrowAsync<FredException>(() => DebugSession.StartAsync(
        new GdbBackend(new GdbOptions { Program = program, Gdb = gdb, StandardOutput = "/dev/null" }), new SessionOptions(), TimeProvider.System, Token));

    private static ErrorId Refusal(string program) => Should.Throw<FredException>(() => NativeProgram.Find(program, null)).Id;
}
