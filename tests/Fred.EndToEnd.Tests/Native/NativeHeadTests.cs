using Fred.Core;
using Shouldly;
using Xunit;

namespace Fred.EndToEnd.Tests;

/// <summary>Programs that run at full speed: their stops and checkpoints are located by replaying, and the past is one axis of ticks all the same.</summary>
public sealed class NativeHeadTests : IDisposable
{
    private static readonly SessionOptions ManyCheckpoints = new() { Interval = TimeSpan.FromMilliseconds(100) };

    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromSeconds(120));

    private CancellationToken Token => _timeout.Token;

    /// <summary>The same moments; a stop at a checkpoint with nothing executed in between can have the number of either.</summary>
    [SkippableFact]
    public async Task Stops_AreTheSame_LiveAndInThePast()
    {
        await using var debuggee = await NativeDebuggee.StartAsync("rounds.c", ManyCheckpoints, [], nativeHead: true, Token);
        await debuggee.GdbAsync("break mark if n > 0", Token);
        var marks = new List<(StopEvent Stop, string N)>();
        StopEvent stop;
        while ((stop = await debuggee.DoAsync(new SessionCommand.Continue(), Token)).Reason == StopReason.Breakpoint)
        {
            marks.Add((stop, await ValueAsync(debuggee, "n")));
        }

        (stop.Reason, stop.ExitCode, marks.Count).ShouldBe((StopReason.Exit, 0, 5));
        var total = await ValueAsync(debuggee, "total");
        var before = stop.At;
        for (var i = marks.Count - 1; i >= 0; i--)
        {
            var back = await debuggee.DoAsync(new SessionCommand.ReverseContinue(), Token);
            (back.Reason, await ValueAsync(debuggee, "n")).ShouldBe((StopReason.Breakpoint, marks[i].N));
            debuggee.Session.Position.At.ShouldBeLessThanOrEqualTo(before);
            before = debuggee.Session.Position.At;
        }

        await debuggee.DoAsync(new SessionCommand.Goto(new Ticks(1)), Token);
        foreach (var mark in marks)
        {
            (await debuggee.DoAsync(new SessionCommand.Continue(), Token)).Reason.ShouldBe(StopReason.Breakpoint);
            (await ValueAsync(debuggee, "n")).ShouldBe(mark.N);
        }

        await debuggee.DoAsync(new SessionCommand.GotoLive(), Token);
        (await ValueAsync(debuggee, "total")).ShouldBe(total);
    }

    [SkippableFact]
    public async Task Pauses_AreLocated_AndTheWayBackAndForthIsTheSame()
    {
        await using var debuggee = await NativeDebuggee.StartAsync("rounds.c", ManyCheckpoints, ["long"], nativeHead: true, Token);
        using var pause = new CancellationTokenSource(TimeSpan.FromMilliseconds(250));
        var paused = await debuggee.DoAsync(new SessionCommand.Continue(), pause.Token);
        paused.Reason.ShouldBe(StopReason.Pause);
        var (total, i) = (await ValueAsync(debuggee, "total"), await ValueAsync(debuggee, "$pc"));
        await debuggee.DoAsync(new SessionCommand.StepTicks(100), Token);
        await debuggee.DoAsync(new SessionCommand.Goto(paused.At), Token);
        (await ValueAsync(debuggee, "total"), await ValueAsync(debuggee, "$pc")).ShouldBe((total, i));
        (await debuggee.DoAsync(new SessionCommand.ReverseStep(), Token)).Location.ShouldNotBeNull();
        debuggee.Session.Position.At.ShouldBeLessThan(paused.At);
        (await debuggee.DoAsync(new SessionCommand.GotoLive(), Token)).At.ShouldBe(new Ticks(paused.At.Value + 100));
        using var again = new CancellationTokenSource(TimeSpan.FromMilliseconds(250));
        var later = await debuggee.DoAsync(new SessionCommand.Continue(), again.Token);
        (later.Reason, later.At > paused.At).ShouldBe((StopReason.Pause, true));
    }

    [SkippableFact]
    public async Task ReverseStep_FindsTheLineBefore_BehindMoreCallsThanAreLogged()
    {
        await using var debuggee = await NativeDebuggee.StartAsync("calls.c", new SessionOptions(), [], nativeHead: true, Token);
        await debuggee.GdbAsync("break 17", Token);
        (await debuggee.DoAsync(new SessionCommand.Continue(), Token)).Location!.Line.ShouldBe(17);
        List<(int?, string?)> back = [];
        for (var i = 0; i < 5; i++)
        {
            var stop = await debuggee.DoAsync(new SessionCommand.ReverseStep(), Token);
            back.Add((stop.Location?.Line, stop.Function));
        }

        back.ShouldBe([(12, "twist"), (11, "twist"), (10, "twist"), (12, "twist"), (11, "twist")]);
        (await ValueAsync(debuggee, "n")).ShouldBe("59998");
    }

    public void Dispose() => _timeout.Dispose();

    /// <summary>What gdb prints behind the equals sign: the history's number grows.</summary>
    private static async Task<string> ValueAsync(NativeDebuggee debuggee, string expression)
    {
        var reply = await debuggee.GdbAsync("print " + expression, CancellationToken.None);
        return reply[(reply.IndexOf('=', StringComparison.Ordinal) + 2)..].Trim();
    }
}
