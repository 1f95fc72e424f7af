using Fred.TestKit;
using Shouldly;
using Xunit;

namespace Fred.Core.Tests;

public sealed class RequestGateTests
{
    public static TheoryData<string, string> Pairs()
    {
        var pairs = new TheoryData<string, string>();
        foreach (var request in Enum.GetNames<SessionRequest>())
        {
            foreach (var state in Enum.GetNames<SessionState>())
            {
                pairs.Add(request, state);
            }
        }

        return pairs;
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void EveryRequestInEveryState_IsDecided(string request, string state)
    {
        var refusal = RequestGate.Refusal(Enum.Parse<SessionRequest>(request), Enum.Parse<SessionState>(state));
        var expected = (request, state) switch
        {
            (nameof(SessionRequest.Pause), _) => true,
            (nameof(SessionRequest.SetBreakpoints), _) => state != nameof(SessionState.Closed),
            _ => state is nameof(SessionState.Stopped) or nameof(SessionState.HistoryOnly),
        };
        (refusal is null).ShouldBe(expected);
        refusal?.ShouldEndWith(".");
    }

    [Fact]
    public async Task WhileTheProgramRuns_MovingAndReadingAreRefused_BreakpointsAndPauseAreNot()
    {
        var backend = new ScriptedBackend("x = 0\nwhile x < 100:\n    x = x + 1");
        await using var session = await DebugSession.StartAsync(backend, new SessionOptions(), new ManualTime(), default);
        using var running = new SemaphoreSlim(0);
        backend.Faults.Before = (_, at) =>
        {
            running.Release();
            return at.Value < 10 ? Task.CompletedTask : new TaskCompletionSource().Task;
        };
        var run = session.ExecuteAsync(new SessionCommand.Continue(), default);
        await running.WaitAsync();
        session.State.ShouldBe(SessionState.Running);
        (await Should.ThrowAsync<FredException>(() => session.ExecuteAsync(new SessionCommand.Step(), default))).Id.ShouldBe(ErrorId.NotNow);
        (await Should.ThrowAsync<FredException>(() => session.GetStackAsync(0, 0, default))).Id.ShouldBe(ErrorId.NotNow);
        await session.SetBreakpointsAsync([new Breakpoint(1, new SourceLocation(backend.Program.File, 3))], default);
        session.Pause();
        var stop = await run;
        (stop.Reason, stop.Live, session.State).ShouldBe((StopReason.Pause, true, SessionState.Stopped));
        backend.Faults.Before = (_, _) => Task.CompletedTask;
        (await session.ExecuteAsync(new SessionCommand.Continue(), default)).Reason.ShouldBe(StopReason.Breakpoint);
        await session.DisposeAsync();
        session.State.ShouldBe(SessionState.Closed);
        (await Should.ThrowAsync<FredException>(() => session.ExecuteAsync(new SessionCommand.Step(), default))).Message.ShouldContain("over");
    }
}
