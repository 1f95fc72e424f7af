using Fred.TestKit;
using Shouldly;
using Xunit;

namespace Fred.Core.Tests;

public sealed class VerbTests
{
    private const string Program = """
        total = 0
        def add(n):
            global total
            total = total + n
            return total
        add(1)
        add(2)
        total = -1
        print(total)
        """;

    [Fact]
    public async Task Start_StopsAtTheFirstStatement()
    {
        await using var session = await StartAsync(Program);
        session.Stop.ShouldSatisfyAllConditions(
            s => s.Reason.ShouldBe(StopReason.Entry), s => s.Location?.Line.ShouldBe(1), s => s.Live.ShouldBeTrue(), s => s.At.ShouldBe(new Ticks(1)));
        session.State.ShouldBe(SessionState.Stopped);
    }

    [Fact]
    public async Task Tables_ForwardAndBack()
    {
        await using var session = await StartAsync(Program);
        await CheckAsync(session, new SessionCommand.Next(2), 6, StopReason.Step);
        await CheckAsync(session, new SessionCommand.Step(), 2, StopReason.Step);
        await CheckAsync(session, new SessionCommand.Finish(), 5, StopReason.Step);
        await CheckAsync(session, new SessionCommand.ReverseFinish(), 6, StopReason.Step);
        await CheckAsync(session, new SessionCommand.ReverseNext(), 2, StopReason.Step);
        await CheckAsync(session, new SessionCommand.Continue(), 5, StopReason.EndOfHistory);
        session.Stop.Live.ShouldBeTrue();
        await CheckAsync(session, new SessionCommand.Continue(), 9, StopReason.Exit);
        await CheckAsync(session, new SessionCommand.Step(), 9, StopReason.EndOfHistory);
        await CheckAsync(session, new SessionCommand.ReverseNext(3), 7, StopReason.Step);
        await session.SetBreakpointsAsync([new Breakpoint(1, new SourceLocation("/program/prog.py", 4)) { Condition = "n == 1" }], default);
        await CheckAsync(session, new SessionCommand.ReverseContinue(), 4, StopReason.Breakpoint);
        session.Stop.Live.ShouldBeFalse();
        (await session.EvaluateAsync("n", new EvaluationScope.InFrame(0), default)).Value.ShouldBe("1");
        await CheckAsync(session, new SessionCommand.ReverseContinue(), 1, StopReason.StartOfHistory);
        await CheckAsync(session, new SessionCommand.ReverseStep(), 1, StopReason.StartOfHistory);
        await CheckAsync(session, new SessionCommand.Until(7), 4, StopReason.Breakpoint);
        await CheckAsync(session, new SessionCommand.Undo(), 1, StopReason.Step);
        await CheckAsync(session, new SessionCommand.GotoLive(), 9, StopReason.Exit);
        session.Stop.Live.ShouldBeTrue();
    }

    [Fact]
    public async Task Mutate_InThePast_BeginsABranch()
    {
        await using var backend = new ScriptedBackend("x = 1\nif x > 3:\n    print('big')\nprint(x)");
        await using var session = await DebugSession.StartAsync(backend, new SessionOptions(), new ManualTime(), default);
        await session.ExecuteAsync(new SessionCommand.Continue(), default);
        await session.ExecuteAsync(new SessionCommand.Goto(new Ticks(2)), default);
        (await session.MutateAsync(new Mutation("x = 10"), default)).Succeeded.ShouldBeTrue();
        session.Position.ShouldBe(new Position(new BranchId(2), new Ticks(2), new Ticks(2)));
        await CheckAsync(session, new SessionCommand.Step(), 3, StopReason.Step);
        await CheckAsync(session, new SessionCommand.Continue(), 4, StopReason.Exit);
        await CheckAsync(session, new SessionCommand.SwitchBranch("main"), 2, StopReason.Step);
        (await session.EvaluateAsync("x", new EvaluationScope.InFrame(0), default)).Value.ShouldBe("1");
        await CheckAsync(session, new SessionCommand.SwitchBranch("branch-2"), 4, StopReason.Exit);
        (await session.EvaluateAsync("x", new EvaluationScope.InFrame(0), default)).Value.ShouldBe("10");
        session.Branches.Select(b => (b.Name, b.IsCurrent)).ShouldBe([("main", false), ("branch-2", true)]);
        backend.Output.ShouldBe(["1", "big", "10"]);
    }

    private static async Task CheckAsync(DebugSession session, SessionCommand command, int line, StopReason reason)
    {
        var stop = await session.ExecuteAsync(command, default);
        (stop.Location?.Line, stop.Reason).ShouldBe((line, reason), command.ToString());
    }

    private static Task<DebugSession> StartAsync(string program) =>
        DebugSession.StartAsync(new ScriptedBackend(program), new SessionOptions(), new ManualTime(), default);
}
