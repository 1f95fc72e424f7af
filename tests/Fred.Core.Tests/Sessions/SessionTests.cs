using Fred.TestKit;
using Shouldly;
using Xunit;

namespace Fred.Core.Tests;

public sealed class SessionTests
{
    private const string Program = "x = 0\nfor i in range(200):\n    x = x + 1\nprint(x)";

    [Fact]
    public async Task Undo_GoesBackOverSeveralCommands_AlsoAcrossBranches()
    {
        await using var session = await StartAsync();
        await session.ExecuteAsync(new SessionCommand.Step(50), default);
        await session.ExecuteAsync(new SessionCommand.ReverseStep(20), default);
        await session.MutateAsync(new Mutation("x = -5"), default);
        await session.ExecuteAsync(new SessionCommand.Step(2), default);
        session.Journal.Select(j => (j.Text, j.From.At.Value, j.To.At.Value, j.To.Branch.Value)).ShouldBe(
            [("step 50", 1, 51, 1), ("reverse-step 20", 51, 31, 1), ("x = -5", 31, 31, 2), ("step 2", 31, 33, 2)]);
        await session.ExecuteAsync(new SessionCommand.Undo(3), default);
        (session.Position.Branch, session.Position.At).ShouldBe((BranchId.Main, new Ticks(51)));
        session.Journal.Count.ShouldBe(1);
        await session.ExecuteAsync(new SessionCommand.Undo(10), default);
        (session.Position.At, session.Journal.Count).ShouldBe((new Ticks(1), 0));
    }

    [Fact]
    public async Task Display_IsAskedForOnlyWhenTheDebuggerMayShowSomething()
    {
        var backend = new ScriptedBackend(Program);
        await using var session = await DebugSession.StartAsync(backend, new SessionOptions(), new ManualTime(), default);
        var asked = new List<int>();
        foreach (var line in new[] { null, null, "p x", null })
        {
            await session.ExecuteAsync(new SessionCommand.Step(), default);
            if (line is not null)
            {
                await session.ExecuteBackendAsync(line, default);
            }

            (await session.DisplayAsync(default)).ShouldBeEmpty();
            asked.Add(backend.Counters.DisplaysAsked);
        }

        asked.ShouldBe([1, 1, 2, 2]);
    }

    [Fact]
    public async Task Undo_SaysThatAChangeOfTheLiveProgramStays()
    {
        await using var session = await StartAsync();
        await session.MutateAsync(new Mutation("x = 41"), default);
        await session.ExecuteAsync(new SessionCommand.Step(), default);
        await session.ExecuteAsync(new SessionCommand.Undo(2), default);
        Notices(session).ShouldHaveSingleItem().ShouldContain("'x = 41'");
        session.Journal.ShouldBeEmpty();
    }

    [Fact]
    public async Task WhatTheHeadTellsOfARun_ReachesTheUserOnce_AndOnlyOfLiveRuns()
    {
        var backend = new ScriptedBackend(Program);
        await using var session = await DebugSession.StartAsync(backend, new SessionOptions(), new ManualTime(), default);
        var told = new Queue<string>(["one", "two", "three"]);
        backend.Faults.Notices = () => told.Count > 1 ? [told.Dequeue(), told.Dequeue()] : told.Count > 0 ? [told.Dequeue()] : [];
        await session.ExecuteAsync(new SessionCommand.Step(), default);
        Notices(session).ShouldBe(["one", "two"]);
        await session.ExecuteAsync(new SessionCommand.ReverseStep(), default);
        await session.ExecuteAsync(new SessionCommand.Step(), default);
        Notices(session).ShouldBeEmpty();
        await session.ExecuteAsync(new SessionCommand.Continue(), default);
        Notices(session).ShouldBe(["three"]);
    }

    [Fact]
    public async Task CheckpointsLeftNearAStop_AreWhereTheWayBackBegins()
    {
        var backend = new ScriptedBackend(Program);
        await using var session = await DebugSession.StartAsync(backend, new SessionOptions(), new ManualTime(), default);
        backend.Faults.LeavesNear = 10;
        var end = (await session.ExecuteAsync(new SessionCommand.Continue(), default)).At;
        backend.Counters.Reset();
        (await session.ExecuteAsync(new SessionCommand.ReverseStep(), default)).At.ShouldBe(end.Previous);
        (end.Value > 100, backend.Counters.TotalExecutions).ShouldBe((true, 9));
    }

    [Fact]
    public async Task Checkpoints_AreKept_AndCanBeRestarted()
    {
        await using var session = await StartAsync();
        await session.ExecuteAsync(new SessionCommand.Step(50), default);
        var taken = await session.TakeCheckpointAsync(default);
        taken.ShouldBe(new CheckpointInfo(2, new Ticks(51), true));
        await session.ExecuteAsync(new SessionCommand.Continue(), default);
        (await session.ExecuteAsync(new SessionCommand.RestartCheckpoint(taken.Number), default)).At.ShouldBe(taken.At);
        (await session.ExecuteAsync(new SessionCommand.RestartCheckpoint(1), default)).At.ShouldBe(Ticks.Zero);
        session.Stop.Location.ShouldBeNull();
        (await session.ExecuteAsync(new SessionCommand.Step(), default)).At.ShouldBe(new Ticks(1));
    }

    [Fact]
    public async Task Names_OfPlacesAndBranches()
    {
        await using var session = await StartAsync();
        await session.ExecuteAsync(new SessionCommand.Step(5), default);
        session.AddBookmark("here").ShouldBe(new Bookmark("here", BranchId.Main, new Ticks(6)));
        await session.ExecuteAsync(new SessionCommand.ReverseStep(), default);
        session.AddBookmark("here");
        session.Bookmarks.ShouldHaveSingleItem().At.ShouldBe(new Ticks(5));
        await session.MutateAsync(new Mutation("x = 7"), default);
        Should.Throw<FredException>(() => session.NameBranch("main")).Id.ShouldBe(ErrorId.Usage);
        session.NameBranch("what-if");
        session.Branches[1].ShouldBe(new BranchInfo(new BranchId(2), "what-if", BranchId.Main, new Ticks(5), new Ticks(5), true));
        await session.ExecuteAsync(new SessionCommand.SwitchBranch("main"), default);
        session.Position.ShouldBe(new Position(BranchId.Main, new Ticks(5), new Ticks(6)));
    }

    [Fact]
    public async Task BackendCommands_KeepTheirState_AndTheirBreakpointsBecomeTheSessions()
    {
        await using var session = await StartAsync();
        (await session.ExecuteBackendAsync("break 3, x == 2", default)).Output.ShouldBe("Breakpoint 1 at /program/prog.py:3\n");
        (await session.ExecuteAsync(new SessionCommand.Continue(), default)).Breakpoints.ShouldBe([1]);
        (await session.ExecuteBackendAsync("p x", default)).Output.ShouldBe("2\n");
        (await session.ExecuteBackendAsync("break", default)).Output.ShouldContain("1 breakpoint");
        (await session.ExecuteBackendAsync("x = 9", default)).Action.ShouldBe(new BackendAction.Mutate(new Mutation("x = 9")));
        (await session.CompleteAsync("x", 1, default)).ShouldBe(["x"]);
        (await session.GetStackAsync(0, 0, default)).Frames[0].Activation.ShouldBe("module:__main__");
    }

    [Fact]
    public async Task Events_TellTheStoryInOrder()
    {
        var session = await StartAsync();
        await session.ExecuteAsync(new SessionCommand.Step(), default);
        await session.ExecuteAsync(new SessionCommand.ReverseStep(), default);
        await session.DisposeAsync();
        var story = new List<string>();
        await foreach (var happened in session.Events.ReadAllAsync())
        {
            story.Add(happened switch
            {
                SessionEvent.Stopped s => $"{s.Stop.Reason}@{s.Position.At}",
                SessionEvent.StateChanged s => $"{s.State}",
                _ => happened.GetType().Name,
            });
        }

        story.ShouldBe(["Stopped", "Entry@1", "Running", "Stopped", "Step@2", "Travelling", "Stopped", "Step@1", "Closed"]);
    }

    [Fact]
    public async Task Progress_IsAFraction_AtMostTenASecond_AndStopsWithTheCommand()
    {
        var time = new ManualTime();
        var backend = new ScriptedBackend(Program);
        await using var session = await DebugSession.StartAsync(backend, new SessionOptions(), time, default);
        await session.ExecuteAsync(new SessionCommand.Continue(), default);
        backend.Faults.Before = (_, _) =>
        {
            time.Advance(TimeSpan.FromMilliseconds(10));
            return Task.CompletedTask;
        };
        await session.ExecuteAsync(new SessionCommand.Goto(new Ticks(400)), default);
        time.Advance(TimeSpan.FromSeconds(5));
        var fractions = new List<double>();
        while (session.Events.TryRead(out var happened))
        {
            if (happened is SessionEvent.Progress progress)
            {
                fractions.Add(progress.Fraction);
            }
        }

        fractions.Count.ShouldBe(40);
        fractions.ShouldBe(fractions.Order());
        fractions.ShouldAllBe(f => f >= 0 && f <= 1);
    }

    [Fact]
    public async Task Input_IsReadOnce_HoweverOftenItIsReplayed()
    {
        var backend = new ScriptedBackend("a = input()\nb = input()\nprint(a + b)", "one", "two", "three");
        await using var session = await DebugSession.StartAsync(backend, new SessionOptions(), new ManualTime(), default);
        await session.ExecuteAsync(new SessionCommand.Continue(), default);
        await session.ExecuteAsync(new SessionCommand.ReverseStep(3), default);
        await session.ExecuteAsync(new SessionCommand.Continue(), default);
        backend.Output.ShouldBe(["onetwo"]);
        (await session.EvaluateAsync("b", new EvaluationScope.InFrame(0), default)).Value.ShouldBe("'two'");
    }

    [Fact]
    public async Task Dispose_WhileASearchIsUnderWay_EndsEverything()
    {
        var backend = new ScriptedBackend(Program);
        var session = await DebugSession.StartAsync(backend, new SessionOptions(), new ManualTime(), default);
        await session.ExecuteAsync(new SessionCommand.Continue(), default);
        using var reached = new SemaphoreSlim(0);
        backend.Faults.Before = (_, _) =>
        {
            reached.Release();
            return new TaskCompletionSource().Task;
        };
        var search = session.ExecuteAsync(new SessionCommand.ReverseNext(), default);
        await reached.WaitAsync();
        await session.DisposeAsync();
        (await Should.ThrowAsync<FredException>(() => search)).Id.ShouldBe(ErrorId.Cancelled);
        (backend.AliveSessions, backend.OpenInspectors, backend.ParkedCheckpoints, backend.IsDisposed).ShouldBe((0, 0, 0, true));
    }

    private static List<string> Notices(DebugSession session)
    {
        var notices = new List<string>();
        while (session.Events.TryRead(out var happened))
        {
            notices.AddRange(happened is SessionEvent.Notice notice ? [notice.Text] : []);
        }

        return notices;
    }

    private static Task<DebugSession> StartAsync() => DebugSession.StartAsync(new ScriptedBackend(Program), new SessionOptions(), new ManualTime(), default);
}
