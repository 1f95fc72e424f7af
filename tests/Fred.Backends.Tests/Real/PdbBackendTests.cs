using Fred.Core;
using Shouldly;
using Xunit;

namespace Fred.Backends.Tests;

/// <summary>Real programs under real Pythons: forward, inspecting, scanning, changing.</summary>
public sealed class PdbBackendTests : IDisposable
{
    private const string Counting = """
        def add(total, i):
            total = total + i
            return total
        total = 0
        for i in range(10):
            total = add(total, i)
        print(total)
        """;

    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromSeconds(120));

    public static TheoryData<string> AllPythons => Pythons.All;

    private CancellationToken Token => _timeout.Token;

    [SkippableTheory]
    [MemberData(nameof(AllPythons))]
    public async Task Program_RunsToItsEndOnEveryPython(string python)
    {
        await using var sitting = await RealSitting.StartAsync(python, Counting, Token);
        sitting.Head.Current.Reason.ShouldBe(StopReason.Entry);
        var end = await sitting.ToEndAsync(Token);
        (end.Reason, end.ExitCode).ShouldBe((StopReason.Exit, 0));
        sitting.Output.ShouldBe("45\n");
    }

    [SkippableFact]
    public async Task Step_NextBreakpointAndConditionStopWhereTheyShould()
    {
        await using var sitting = await RealSitting.StartAsync(Pythons.Default, Counting, Token);
        var first = await sitting.Head.RunAsync(new RunRequest(Ticks.Never, StepFilter.Any), Token);
        (first.Location, first.Reason, first.At).ShouldBe((new SourceLocation(sitting.Program, 1), StopReason.Step, new Ticks(1)));
        await sitting.Head.ArmAsync(new BreakpointSet(1, [new Breakpoint(1, new SourceLocation(sitting.Program, 2)) { Condition = "i == 3" }]), Token);
        var hit = await sitting.Head.RunAsync(new RunRequest(Ticks.Never, StopAtBreakpoints: true), Token);
        (hit.Reason, hit.Location!.Line, hit.Function).ShouldBe((StopReason.Breakpoint, 2, "add"));
        hit.Breakpoints.ShouldBe([1]);
        await using (var inspector = await sitting.Head.InspectAsync(Token))
        {
            (await inspector.EvaluateAsync("(total, i)", new EvaluationScope.InFrame(0), Token)).Value.ShouldBe("(3, 3)");
            var stack = await inspector.GetStackAsync(0, 0, Token);
            stack.Frames.Select(f => f.Function).ShouldBe(["add", "<module>"]);
            (await inspector.GetVariablesAsync(new VariableQuery(new FrameScope(0, false), 0), Token)).Select(v => v.Name).ShouldBe(["i", "total"], ignoreOrder: true);
        }

        var back = await sitting.Head.RunAsync(new RunRequest(Ticks.Never, new StepFilter(hit.Depth, ReturnOnly: true)), Token);
        (back.Kind, back.Location!.Line).ShouldBe((EventKind.Return, 3));
    }

    [SkippableFact]
    public async Task Scans_FindWhatAForwardRunSees()
    {
        await using var sitting = await RealSitting.StartAsync(Pythons.Default, Counting, Token);
        var start = (await sitting.Engine.SaveAsync(sitting.Head, Token))!;
        var breakpoints = new BreakpointSet(1, [new Breakpoint(7, new SourceLocation(sitting.Program, 2))]);
        await sitting.Head.ArmAsync(breakpoints, Token);
        var hits = new List<Ticks>();
        StopEvent stop;
        while ((stop = await sitting.Head.RunAsync(new RunRequest(Ticks.Never, StopAtBreakpoints: true), Token)).Reason == StopReason.Breakpoint)
        {
            hits.Add(stop.At);
        }

        hits.Count.ShouldBe(10);
        (await ScanAsync(sitting, start, new BreakpointScan(stop.At, All: true), breakpoints)).ShouldBe(hits.Select(t => new ScanMatch(t, 7)));
        (await ScanAsync(sitting, start, new BreakpointScan(hits[5].Previous), breakpoints)).ShouldBe([new ScanMatch(hits[4], 7)]);
        (await ScanAsync(sitting, start, new EventScan(hits[5].Previous, StepFilter.Any), breakpoints)).Single().At.ShouldBe(hits[5].Previous);
        var watch = await ScanAsync(sitting, start, new ExpressionScan(stop.At, "total < 10", new EvaluationScope.InActivation("module:__main__")), breakpoints);
        watch.Select(m => m.Truth).ShouldBe([Truth.NotEvaluable, Truth.Good, Truth.Bad]);
    }

    [SkippableFact]
    public async Task UncaughtException_StopsWithItsTextAndItsFrames()
    {
        await using var sitting = await RealSitting.StartAsync(Pythons.Default, "def f(x):\n    return 1 // x\nf(0)\n", Token);
        var stop = await sitting.ToEndAsync(Token);
        (stop.Reason, stop.ExitCode).ShouldBe((StopReason.Exception, 1));
        stop.Detail.ShouldNotBeNull().ShouldContain("ZeroDivisionError");
        await using var inspector = await sitting.Head.InspectAsync(Token);
        (await inspector.EvaluateAsync("x", new EvaluationScope.InFrame(0), Token)).Value.ShouldBe("0");
    }

    [SkippableTheory]
    [InlineData("import sys\nsys.exit(5)\n", 5)]
    [InlineData("import os\nos._exit(7)\n", 7)]
    public async Task Exit_HasTheProgramsStatus(string source, int status)
    {
        await using var sitting = await RealSitting.StartAsync(Pythons.Default, source, Token);
        var stop = await sitting.ToEndAsync(Token);
        (stop.Reason, stop.ExitCode).ShouldBe((StopReason.Exit, status));
    }

    [SkippableFact]
    public async Task Mutation_ChangesTheProgramAndEveryReplayRepeatsIt()
    {
        await using var sitting = await RealSitting.StartAsync(Pythons.Default, "x = 1\ny = x + 1\nprint(y)\n", Token);
        var start = (await sitting.Engine.SaveAsync(sitting.Head, Token))!;
        await sitting.Head.RunAsync(new RunRequest(new Ticks(2)), Token);
        (await sitting.Head.MutateAsync(new Mutation("x = 10"), Token)).Succeeded.ShouldBeTrue();
        (await sitting.Head.MutateAsync(new Mutation("nonsense"), Token)).Output.ShouldContain("NameError");
        await sitting.ToEndAsync(Token);
        sitting.Output.ShouldBe("11\n");
        await using var replica = await sitting.Engine.RestoreAsync(start, BranchId.Main, Token);
        await replica.RunAsync(new RunRequest(new Ticks(3)), Token);
        await using var inspector = await replica.InspectAsync(Token);
        (await inspector.EvaluateAsync("y", new EvaluationScope.InFrame(0), Token)).Value.ShouldBe("11");
    }

    [SkippableFact]
    public async Task Promotion_BeginsASecondFuture()
    {
        await using var sitting = await RealSitting.StartAsync(Pythons.Default, "x = 1\ny = x + 1\nprint(y, flush=True)\nz = y\n", Token);
        var start = (await sitting.Engine.SaveAsync(sitting.Head, Token))!;
        await sitting.ToEndAsync(Token);
        var replica = await sitting.Engine.RestoreAsync(start, BranchId.Main, Token);
        await replica.RunAsync(new RunRequest(new Ticks(2)), Token);
        var (head, _) = await sitting.Backend.PromoteAsync(replica, new BranchId(2), Token);
        await using (head)
        {
            (await head.MutateAsync(new Mutation("x = 41"), Token)).Succeeded.ShouldBeTrue();
            (await head.RunAsync(new RunRequest(Ticks.Never), Token)).Reason.ShouldBe(StopReason.Exit);
            sitting.Output.ShouldBe("2\n42\n");
            await using var second = await sitting.Engine.RestoreAsync(start, new BranchId(2), Token);
            await second.RunAsync(new RunRequest(new Ticks(4)), Token);
            await using var inspector = await second.InspectAsync(Token);
            (await inspector.EvaluateAsync("y", new EvaluationScope.InFrame(0), Token)).Value.ShouldBe("42");
        }
    }

    [SkippableFact]
    public async Task SleepingProgram_IsPausedInItsSleepAndGoesOn()
    {
        const string Sleeping = "import time\nt = time.monotonic()\ntime.sleep(1.5)\nprint(time.monotonic() - t >= 1.5)\n";
        await using var sitting = await RealSitting.StartAsync(Pythons.Default, Sleeping, Token);
        await sitting.Head.RunAsync(new RunRequest(new Ticks(2)), Token);

        // Asked for in the sleep's own statement: the next event is after the sleep, so a pause that arrived late or was lost would not stop at tick 3.
        await sitting.Head.RunAsync(new RunRequest(new Ticks(3)), Token);
        var run = sitting.ToEndAsync(Token);
        sitting.Head.RequestPause();
        var pause = await run;
        (pause.Reason, pause.At, pause.Location, pause.Fingerprint).ShouldBe((StopReason.Pause, new Ticks(3), new SourceLocation(sitting.Program, 3), default));
        await using (var inspector = await sitting.Head.InspectAsync(Token))
        {
            (await inspector.EvaluateAsync("t > 0", new EvaluationScope.InFrame(0), Token)).Truth.ShouldBe(Truth.Good);
        }

        (await sitting.ToEndAsync(Token)).Reason.ShouldBe(StopReason.Exit);
        sitting.Output.ShouldBe("True\n");
    }

    [SkippableTheory]
    [InlineData("ctypes.string_at(0)", StopReason.Signal)]
    [InlineData("os._exit(3)", StopReason.Exit)]
    public async Task EndInsideAStatement_IsATickOfItsOwn(string statement, StopReason reason)
    {
        await using var sitting = await RealSitting.StartAsync(Pythons.Default, $"import ctypes, os\ndef f():\n    for i in range(9):\n        x = i\n    {statement}\nf()\n", Token);
        var start = (await sitting.Engine.SaveAsync(sitting.Head, Token))!;
        var end = await sitting.ToEndAsync(Token);
        (end.Reason, end.Kind).ShouldBe((reason, EventKind.End));
        if (reason == StopReason.Signal)
        {
            (end.Location, end.Function).ShouldBe((new SourceLocation(sitting.Program, 5), "f"));
        }

        await using var replica = await sitting.Engine.RestoreAsync(start, BranchId.Main, Token);
        var last = await replica.RunAsync(new RunRequest(end.At.Previous), Token);
        (last.Location, last.Kind).ShouldBe((new SourceLocation(sitting.Program, 5), EventKind.Line));
        var again = await replica.RunAsync(new RunRequest(end.At), Token);
        (again.Reason, again.At, again.Fingerprint).ShouldBe((reason, end.At, end.Fingerprint));
        await using var scanner = await sitting.Engine.RestoreAsync(start, BranchId.Main, Token);
        (await scanner.ScanAsync(new EventScan(end.At, StepFilter.Any), Token)).Single().At.ShouldBe(end.At.Previous);
    }

    [SkippableTheory]
    [InlineData("x = = 1\n", ErrorId.ProgramSyntaxError, "line 1")]
    public async Task ProgramThatDoesNotParse_SaysWhere(string source, ErrorId id, string part)
    {
        var error = await Should.ThrowAsync<FredException>(() => RealSitting.StartAsync(Pythons.Default, source, Token));
        error.Id.ShouldBe(id);
        error.Message.ShouldContain(part);
    }

    [SkippableFact]
    public async Task MissingPrograms_AreNotFound()
    {
        var file = await Should.ThrowAsync<FredException>(() => RealSitting.StartAsync(Pythons.Default, string.Empty, Token, o => o with { Program = "/nowhere/prog.py" }));
        file.Id.ShouldBe(ErrorId.ProgramNotFound);
        var module = await Should.ThrowAsync<FredException>(() => RealSitting.StartAsync(Pythons.Default, string.Empty, Token, o => o with { Program = null, Module = "no_such_module" }));
        module.Id.ShouldBe(ErrorId.ProgramNotFound);
    }

    public void Dispose() => _timeout.Dispose();

    private async Task<IReadOnlyList<ScanMatch>> ScanAsync(RealSitting sitting, Checkpoint from, ScanRequest scan, BreakpointSet breakpoints)
    {
        await using var replica = await sitting.Engine.RestoreAsync(from, BranchId.Main, Token);
        await replica.ArmAsync(breakpoints, Token);
        return await replica.ScanAsync(scan, Token);
    }
}
