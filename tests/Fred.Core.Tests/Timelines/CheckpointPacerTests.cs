using Fred.TestKit;
using Shouldly;
using Xunit;

namespace Fred.Core.Tests;

public sealed class CheckpointPacerTests
{
    [Fact]
    public async Task WhileTheHeadRuns_CheckpointsAreTakenOnTime_AndThinned()
    {
        var time = new ManualTime();
        var backend = new ScriptedBackend("x = 0\nwhile x < 400:\n    x = x + 1");
        await using var session = await DebugSession.StartAsync(backend, new SessionOptions { MaxCheckpoints = 5 }, time, default);
        Pace(backend, time, measuresEach: 1, () => default);
        await session.ExecuteAsync(new SessionCommand.Continue(), default);
        var checkpoints = session.Checkpoints;
        checkpoints.Count.ShouldBe(6);
        checkpoints[0].At.ShouldBe(Ticks.Zero);
        checkpoints[^1].At.Value.ShouldBeGreaterThan(700);
        session.Position.Edge.Value.ShouldBeGreaterThan(800);
        backend.Counters.Reset();
        await session.ExecuteAsync(new SessionCommand.ReverseStep(), default);
        backend.Counters.TotalExecutions.ShouldBeLessThan(60);
    }

    [Fact]
    public async Task ACheckpointThatIsNotPaidOff_IsTheLast()
    {
        var time = new ManualTime();
        var backend = new ScriptedBackend("x = 0\nwhile x < 400:\n    x = x + 1");
        await using var session = await DebugSession.StartAsync(backend, new SessionOptions(), time, default);
        var measured = 0;
        Pace(backend, time, measuresEach: 1, () => new HeadUsage(++measured, TimeSpan.FromHours(1), 0, 0));
        await session.ExecuteAsync(new SessionCommand.Continue(), default);
        measured.ShouldBeGreaterThan(15);
        session.Checkpoints.ShouldHaveSingleItem().At.ShouldBe(Ticks.Zero);
    }

    // A quarter of a second passes every 40 ticks, and the head waits until the pacer has dealt with it: it measures once to decide.
    private static void Pace(ScriptedBackend backend, ManualTime time, int measuresEach, Func<HeadUsage> usage)
    {
        var measured = new SemaphoreSlim(0);
        backend.Faults.Usage = () =>
        {
            measured.Release();
            return usage();
        };
        backend.Faults.Before = async (isHead, at) =>
        {
            if (isHead && at.Value % 40 == 0)
            {
                time.Advance(TimeSpan.FromMilliseconds(250));
                for (var i = 0; i < measuresEach; i++)
                {
                    await measured.WaitAsync();
                }
            }
        };
    }
}
