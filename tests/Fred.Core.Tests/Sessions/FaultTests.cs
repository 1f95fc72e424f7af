using Fred.TestKit;
using Shouldly;
using Xunit;

namespace Fred.Core.Tests;

public sealed class FaultTests
{
    private const string Program = "x = 0\nfor i in range(50):\n    x = x + 1\nprint(x)";

    [Fact]
    public async Task HeadLost_LeavesTheWholePastUsable()
    {
        var backend = new ScriptedBackend(Program);
        backend.Faults.HeadDies = at => at.Value == 60;
        await using var session = await StartAsync(backend);
        (await Should.ThrowAsync<FredException>(() => session.ExecuteAsync(new SessionCommand.Continue(), default))).Id.ShouldBe(ErrorId.HeadLost);
        (session.State, session.Position.At, session.Stop.Reason, session.Stop.Live).ShouldBe((SessionState.HistoryOnly, new Ticks(60), StopReason.EndOfHistory, false));
        (await session.ExecuteAsync(new SessionCommand.ReverseStep(10), default)).At.ShouldBe(new Ticks(50));
        (await session.EvaluateAsync("x", new EvaluationScope.InFrame(0), default)).Value.ShouldBe("24");
        (await session.ExecuteAsync(new SessionCommand.Continue(), default)).Reason.ShouldBe(StopReason.EndOfHistory);
        (await session.ExecuteAsync(new SessionCommand.Step(), default)).Reason.ShouldBe(StopReason.EndOfHistory);

        // The past can still be changed: that makes a new live program.
        backend.Faults.HeadDies = _ => false;
        await session.ExecuteAsync(new SessionCommand.Goto(new Ticks(20)), default);
        await session.MutateAsync(new Mutation("x = 1000"), default);
        (await session.ExecuteAsync(new SessionCommand.Continue(), default)).Reason.ShouldBe(StopReason.Exit);
        backend.Output.ShouldHaveSingleItem();
        session.State.ShouldBe(SessionState.Stopped);
    }

    [Fact]
    public async Task ADivergedReplay_IsReported_AndNeverShown()
    {
        var backend = new ScriptedBackend(Program);
        await using var session = await StartAsync(backend);
        await session.ExecuteAsync(new SessionCommand.Step(20), default);
        await session.ExecuteAsync(new SessionCommand.Step(20), default);
        var before = (session.Position, session.Stop);
        backend.Faults.ReplicaDiverges = (_, at) => at.Value == 21;
        var error = await Should.ThrowAsync<FredException>(() => session.ExecuteAsync(new SessionCommand.Goto(new Ticks(21)), default));
        (error.Id, session.Position, session.Stop).ShouldBe((ErrorId.ReplayDiverged, before.Position, before.Stop));
        error.Message.ShouldContain("tick 21");
        (await session.ExecuteAsync(new SessionCommand.ReverseStep(), default)).At.ShouldBe(new Ticks(40));
    }

    [Fact]
    public async Task AHeadStoppedInsideAStatement_BindsNoReplay()
    {
        var backend = new ScriptedBackend(Program);
        backend.Faults.HeadStopsInside = at => at.Value == 40;
        await using var session = await StartAsync(backend);
        (await session.ExecuteAsync(new SessionCommand.Continue(), default)).Reason.ShouldBe(StopReason.Pause);
        (await session.EvaluateAsync("x", new EvaluationScope.InFrame(0), default)).Value.ShouldBe("19");
        await session.ExecuteAsync(new SessionCommand.ReverseStep(3), default);
        var stop = await session.ExecuteAsync(new SessionCommand.Continue(), default);
        (stop.Reason, stop.At, stop.Live).ShouldBe((StopReason.EndOfHistory, new Ticks(40), true));
        (await session.ExecuteAsync(new SessionCommand.Continue(), default)).Reason.ShouldBe(StopReason.Exit);
    }

    [Fact]
    public async Task ValuesThatDifferFromTheFirstVisit_AreNeverShown()
    {
        var backend = new ScriptedBackend(Program);
        await using var session = await StartAsync(backend);
        await session.ExecuteAsync(new SessionCommand.Step(20), default);
        await session.EvaluateAsync("x", new EvaluationScope.InFrame(0), default);
        await session.ExecuteAsync(new SessionCommand.Step(), default);
        backend.Faults.ValuesDiffer = (_, at) => at.Value == 21;
        await session.ExecuteAsync(new SessionCommand.ReverseStep(), default);
        (await Should.ThrowAsync<FredException>(() => session.EvaluateAsync("x", new EvaluationScope.InFrame(0), default))).Id.ShouldBe(ErrorId.ReplayDiverged);
        await session.ExecuteAsync(new SessionCommand.Step(), default);
        (await session.EvaluateAsync("x", new EvaluationScope.InFrame(0), default)).Truth.ShouldBe(Truth.Good);
    }

    [Fact]
    public async Task AllCheckpointsLost_IsAnError_AndTheLiveProgramGoesOn()
    {
        var backend = new ScriptedBackend(Program);
        await using var session = await StartAsync(backend);
        await session.ExecuteAsync(new SessionCommand.Step(30), default);
        backend.Faults.CheckpointIsLost = _ => true;
        (await Should.ThrowAsync<FredException>(() => session.ExecuteAsync(new SessionCommand.ReverseStep(), default))).Id.ShouldBe(ErrorId.CheckpointLost);
        (session.Position.At, session.State).ShouldBe((new Ticks(31), SessionState.Stopped));
        (await session.ExecuteAsync(new SessionCommand.Continue(), default)).Reason.ShouldBe(StopReason.Exit);
    }

    [Fact]
    public async Task AReplicaThatDiesOnceIsReplaced_OneThatAlwaysDiesIsAnError()
    {
        var backend = new ScriptedBackend(Program);
        await using var session = await StartAsync(backend);
        await session.ExecuteAsync(new SessionCommand.Step(30), default);
        backend.Faults.ReplicaDies = (replica, _) => replica == 1;
        (await session.ExecuteAsync(new SessionCommand.ReverseStep(), default)).At.ShouldBe(new Ticks(30));
        backend.Faults.ReplicaDies = (_, at) => at.Value == 10;
        (await Should.ThrowAsync<FredException>(() => session.ExecuteAsync(new SessionCommand.ReverseNext(25), default))).Id.ShouldBe(ErrorId.ReplicaLost);
        session.Position.At.ShouldBe(new Ticks(30));
    }

    [Fact]
    public async Task CancelOfAContinueInThePast_ReturnsToTheOldPosition()
    {
        var backend = new ScriptedBackend(Program);
        await using var session = await StartAsync(backend);
        await session.ExecuteAsync(new SessionCommand.Continue(), default);
        await session.ExecuteAsync(new SessionCommand.Goto(new Ticks(10)), default);
        using var reached = new SemaphoreSlim(0);
        backend.Faults.Before = (_, at) => at.Value < 50 ? Task.CompletedTask : Block(reached);
        using var cancel = new CancellationTokenSource();
        var run = session.ExecuteAsync(new SessionCommand.Continue(), cancel.Token);
        await reached.WaitAsync();
        await cancel.CancelAsync();
        (await Should.ThrowAsync<FredException>(() => run)).Id.ShouldBe(ErrorId.Cancelled);
        (session.Position.At, session.State).ShouldBe((new Ticks(10), SessionState.Stopped));
        session.Journal.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-3)]
    public async Task ACountBelowOne_IsRefused(int count)
    {
        await using var session = await StartAsync(new ScriptedBackend(Program));
        (await Should.ThrowAsync<FredException>(() => session.ExecuteAsync(new SessionCommand.ReverseNext(count), default))).Id.ShouldBe(ErrorId.Usage);
    }

    [Fact]
    public async Task UnknownNamesAndTicks_AreNamedInTheError()
    {
        await using var session = await StartAsync(new ScriptedBackend(Program));
        (await Should.ThrowAsync<FredException>(() => session.ExecuteAsync(new SessionCommand.Goto(new Ticks(99)), default))).Message.ShouldContain("0 to 1");
        (await Should.ThrowAsync<FredException>(() => session.ExecuteAsync(new SessionCommand.SwitchBranch("other"), default))).Message.ShouldContain("main");
        (await Should.ThrowAsync<FredException>(() => session.ExecuteAsync(new SessionCommand.RestartCheckpoint(7), default))).Id.ShouldBe(ErrorId.NoSuchName);
        (await Should.ThrowAsync<FredException>(() => session.ExecuteAsync(new SessionCommand.Undo(), default))).Id.ShouldBe(ErrorId.NotNow);
    }

    private static Task Block(SemaphoreSlim reached)
    {
        reached.Release();
        return new TaskCompletionSource().Task;
    }

    private static Task<DebugSession> StartAsync(ScriptedBackend backend) => DebugSession.StartAsync(backend, new SessionOptions(), new ManualTime(), default);
}
