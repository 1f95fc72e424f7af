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
        Refusal(NativeDebuggee.Compile("switches.c", directory.FullName, "-g0")).ShouldBe(ErrorId.NoDebugInfo);
        Refusal(NativeDebuggee.Compile("strings.c", directory.FullName, "-static")).ShouldBe(ErrorId.ProgramUnsupported);
        var error = await Should.ThrowAsync<FredException>(() => DebugSession.StartAsync(
            new GdbBackend(new GdbOptions { Program = NativeDebuggee.Compile("recursion.c", directory.FullName), Gdb = "/bin/false", StandardOutput = "/dev/null" }), new SessionOptions(), TimeProvider.System, Token));
        error.Id.ShouldBeOneOf(ErrorId.DebuggerLost, ErrorId.GdbNotFound);
        directory.Delete(recursive: true);
    }

    public void Dispose() => _timeout.Dispose();

    private static ErrorId Refusal(string program) => Should.Throw<FredException>(() => NativeProgram.Find(program, null)).Id;
}
