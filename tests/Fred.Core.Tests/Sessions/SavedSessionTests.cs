using Fred.TestKit;
using Shouldly;
using Xunit;

namespace Fred.Core.Tests;

/// <summary>Sittings kept and taken up again, over the backend in memory.</summary>
public sealed class SavedSessionTests
{
    private const string Program = "x = 0\nfor i in range(400):\n    x = x + 1\nprint(x)";

    [Fact]
    public async Task EverythingIsThereAgain_ButNoLiveProgram()
    {
        var backend = new ScriptedBackend(Program);
        var session = await StartAsync(backend);
        await session.ExecuteAsync(new SessionCommand.Step(50), default);
        await session.ExecuteAsync(new SessionCommand.ReverseStep(20), default);
        session.AddBookmark("here");
        await session.SetBreakpointsAsync([new Breakpoint(1, new SourceLocation(backend.Program.File, 3)) { Condition = "x == 5" }], default);
        var saved = await session.SaveAsync("kept", default);
        await session.DisposeAsync();

        await using var resumed = await ResumeAsync(backend.Reopened("kept"), saved);
        resumed.State.ShouldBe(SessionState.HistoryOnly);
        resumed.Position.ShouldBe(new Position(BranchId.Main, new Ticks(31), new Ticks(51)));
        resumed.Stop.Live.ShouldBeFalse();
        resumed.Bookmarks.Single().Name.ShouldBe("here");
        resumed.Breakpoints.Single().Condition.ShouldBe("x == 5");
        resumed.Journal.Select(j => j.Text).ShouldBe(["step 50", "reverse-step 20"]);
        await resumed.ExecuteAsync(new SessionCommand.Undo(), default);
        resumed.Position.At.ShouldBe(new Ticks(51));
        (await resumed.ExecuteAsync(new SessionCommand.Continue(), default)).Reason.ShouldBe(StopReason.EndOfHistory);
        (await resumed.ExecuteAsync(new SessionCommand.ReverseContinue(), default)).Reason.ShouldBe(StopReason.Breakpoint);
    }

    [Fact]
    public async Task BranchesAreKept_AndANewOneGoesOn()
    {
        var backend = new ScriptedBackend(Program);
        var session = await StartAsync(backend);
        await session.ExecuteAsync(new SessionCommand.Continue(), default);
        await session.ExecuteAsync(new SessionCommand.Goto(new Ticks(100)), default);
        await session.MutateAsync(new Mutation("x = -5"), default);
        await session.ExecuteAsync(new SessionCommand.Step(10), default);
        var saved = await session.SaveAsync("kept", default);
        var ended = session.Branches.Select(b => b.Edge).ToList();
        await session.DisposeAsync();

        await using var resumed = await ResumeAsync(backend.Reopened("kept"), saved);
        resumed.Branches.Select(b => b.Edge).ShouldBe(ended);
        (resumed.Position.Branch.Value, resumed.Position.At.Value).ShouldBe((2, 110));
        await resumed.ExecuteAsync(new SessionCommand.SwitchBranch("main"), default);
        (await resumed.ExecuteAsync(new SessionCommand.GotoLive(), default)).Reason.ShouldBe(StopReason.Exit);
        await resumed.ExecuteAsync(new SessionCommand.Goto(new Ticks(7)), default);
        await resumed.MutateAsync(new Mutation("x = 7"), default);
        resumed.State.ShouldBe(SessionState.Stopped);
        (await resumed.ExecuteAsync(new SessionCommand.Continue(), default)).Reason.ShouldBe(StopReason.Exit);
    }

    [Fact]
    public async Task ARecordingThatIsNotTheOneSaved_IsADivergence()
    {
        var backend = new ScriptedBackend(Program);
        var session = await StartAsync(backend);
        await session.ExecuteAsync(new SessionCommand.Step(50), default);
        var saved = await session.SaveAsync("kept", default);
        await session.DisposeAsync();
        var edge = saved.Branches[0].Edge;
        var other = saved with { Branches = [saved.Branches[0] with { Edge = edge with { Fingerprint = edge.Fingerprint with { Event = edge.Fingerprint.Event + 1 } } }] };
        var reopened = backend.Reopened("kept");
        var error = await Should.ThrowAsync<FredException>(() => ResumeAsync(reopened, other));
        error.Id.ShouldBe(ErrorId.ReplayDiverged);
        reopened.IsDisposed.ShouldBeTrue();
        reopened.AliveSessions.ShouldBe(0);
    }

    [Fact]
    public async Task ADamagedManifest_IsRefused()
    {
        var backend = new ScriptedBackend(Program);
        var session = await StartAsync(backend);
        var saved = await session.SaveAsync("kept", default);
        await session.DisposeAsync();
        foreach (var bad in new[] { saved with { Branches = [] }, saved with { Current = new BranchId(9) }, saved with { Branches = [saved.Branches[0] with { Parent = new BranchId(4) }] } })
        {
            (await Should.ThrowAsync<FredException>(() => ResumeAsync(backend.Reopened("kept"), bad))).Id.ShouldBe(ErrorId.SessionUnusable);
        }
    }

    private static Task<DebugSession> StartAsync(ScriptedBackend backend) => DebugSession.StartAsync(backend, new SessionOptions(), new ManualTime(), default);

    private static Task<DebugSession> ResumeAsync(ScriptedBackend backend, SavedSession saved) => DebugSession.ResumeAsync(backend, saved, new SessionOptions(), new ManualTime(), default);
}
