using Fred.TestKit;
using Shouldly;
using Xunit;

namespace Fred.Core.Tests;

public sealed class BreakpointTableTests
{
    private static readonly SourceLocation Place = new("/program/prog.py", 3);

    [Fact]
    public void IgnoreCounts_AreUsedUp_ThenTheBreakpointStops()
    {
        var table = new BreakpointTable();
        table.Replace([new Breakpoint(1, Place) { IgnoreCount = 2 }]);
        Enumerable.Range(0, 3).Select(_ => table.Hit([1]).Count).ShouldBe([0, 0, 1]);
        (table.All[0].Hits, table.All[0].IgnoreCount).ShouldBe((3, 0));
    }

    [Fact]
    public void ATemporaryBreakpoint_IsGoneAfterItsFirstStop()
    {
        var table = new BreakpointTable();
        table.Replace([new Breakpoint(1, Place) { Temporary = true, IgnoreCount = 1 }, new Breakpoint(2, Place)]);
        var version = table.Armed.Version;
        table.Hit([1, 2]).ShouldBe([2]);
        table.Armed.Version.ShouldBe(version);
        table.Hit([1, 2]).ShouldBe([1, 2]);
        table.All.Select(b => b.Id).ShouldBe([2]);
        table.Armed.Version.ShouldNotBe(version);
    }

    [Fact]
    public void TheBackendsTable_IsTakenOver_WithoutForgettingWhatHappened()
    {
        var table = new BreakpointTable();
        Breakpoint[] first = [new(1, Place) { IgnoreCount = 3 }, new(2, Place) { Temporary = true }];
        table.TakeOver(first);
        table.Hit([1, 2]);
        table.TakeOver([.. first, new Breakpoint(3, Place)]);
        table.All.Select(b => (b.Id, b.Hits, b.IgnoreCount)).ShouldBe([(1, 1, 2), (3, 0, 0)]);
        table.TakeOver([first[0] with { IgnoreCount = 9 }]);
        table.All.Select(b => (b.Id, b.Hits, b.IgnoreCount)).ShouldBe([(1, 1, 9)]);
    }

    [Fact]
    public async Task GoingBack_CountsNothing_AndIgnoresNothing()
    {
        var backend = new ScriptedBackend("x = 0\nfor i in range(5):\n    x = x + 1");
        await using var session = await DebugSession.StartAsync(backend, new SessionOptions(), new ManualTime(), default);
        await session.SetBreakpointsAsync([new Breakpoint(1, Place) { IgnoreCount = 2 }], default);
        await session.ExecuteAsync(new SessionCommand.Continue(), default);
        (await session.EvaluateAsync("x", new EvaluationScope.InFrame(0), default)).Value.ShouldBe("2");
        session.Breakpoints[0].Hits.ShouldBe(3);
        (await session.ExecuteAsync(new SessionCommand.ReverseContinue(2), default)).Breakpoints.ShouldBe([1]);
        (await session.EvaluateAsync("x", new EvaluationScope.InFrame(0), default)).Value.ShouldBe("0");
        session.Breakpoints[0].Hits.ShouldBe(3);
    }
}
