using Fred.Core;
using Shouldly;
using Xunit;

namespace Fred.EndToEnd.Tests;

/// <summary>Native programs that make code, replace themselves, start children, get signals: followed, or said where it ends.</summary>
public sealed class NativeBorderTests : IDisposable
{
    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromSeconds(120));

    private CancellationToken Token => _timeout.Token;

    public void Dispose() => _timeout.Dispose();

    [SkippableTheory]
    [InlineData("vfork", 6, 0)]
    [InlineData("generate", 6, 3)]
    [InlineData("loose", 6, 3)]
    [InlineData("change", 12, 5)]
    public async Task ChildrenAndCodeMadeAtRunTime_AreReplayed(string what, int result, int before)
    {
        await using var debuggee = await StartAsync(what);
        (await debuggee.DoAsync(new SessionCommand.Continue(), Token)).ExitCode.ShouldBe(result);
        (await debuggee.DoAsync(new SessionCommand.ReverseStep(), Token)).Function.ShouldBe("main");
        (await debuggee.Session.EvaluateAsync("result", new EvaluationScope.InFrame(0), Token)).Value.ShouldBe($"{result}");
        var report = await debuggee.Session.ReverseWatchAsync(new WatchQuery($"result < {result}", new EvaluationScope.InFrame(0)), Token);
        report.Transitions.ShouldHaveSingleItem();
        (await debuggee.Session.EvaluateAsync("result", new EvaluationScope.InFrame(0), Token)).Value.ShouldBe($"{before}");
    }

    [SkippableFact]
    public async Task Exec_EndsTheHistory()
    {
        await using var debuggee = await StartAsync("exec");
        var stop = await debuggee.DoAsync(new SessionCommand.Continue(), Token);
        (stop.Reason, stop.Detail).ShouldBe((StopReason.EndOfHistory, "the program replaces itself by exec, where the recording would end"));
        (await debuggee.DoAsync(new SessionCommand.ReverseStep(), Token)).Function.ShouldBe("main");
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SignalsWithHandlers_StopInThePastAsTheyDidLive(bool nativeHead)
    {
        await using var debuggee = await NativeDebuggee.StartAsync("signals.c", new SessionOptions(), [], nativeHead, Token);
        await debuggee.GdbAsync("handle SIGIO SIGWINCH stop", Token);
        await debuggee.GdbAsync("break guarded if n == 5", Token);
        var live = new List<(Ticks At, StopReason Reason, string? Signal)>();
        StopEvent stop;
        while ((stop = await debuggee.DoAsync(new SessionCommand.Continue(), Token)).Reason is StopReason.Signal or StopReason.Breakpoint)
        {
            live.Add(What(stop));
        }

        (stop.ExitCode, live.Count, live.Count(s => s.Signal == "SIGIO"), live.Count(s => s.Signal == "SIGWINCH")).ShouldBe((0, 9, 4, 4));
        var back = new List<(Ticks, StopReason, string?)>();
        while ((stop = await debuggee.DoAsync(new SessionCommand.ReverseContinue(), Token)).Reason != StopReason.StartOfHistory)
        {
            back.Add(What(stop));
        }

        back.AsEnumerable().Reverse().ShouldBe(live);
        var again = new List<(Ticks, StopReason, string?)>();
        while ((stop = await debuggee.DoAsync(new SessionCommand.Continue(), Token)).Reason is StopReason.Signal or StopReason.Breakpoint)
        {
            again.Add(What(stop));
        }

        again.ShouldBe(live);
        await debuggee.GdbAsync("delete", Token);
        await debuggee.GdbAsync("handle SIGIO nostop", Token);
        What(await debuggee.DoAsync(new SessionCommand.ReverseContinue(2), Token)).ShouldBe(live.Where(s => s.Signal == "SIGWINCH").ElementAt(2));
        await debuggee.GdbAsync("handle SIGWINCH nostop", Token);
        (await debuggee.DoAsync(new SessionCommand.ReverseContinue(), Token)).Reason.ShouldBe(StopReason.StartOfHistory);

        static (Ticks, StopReason, string?) What(StopEvent stop) => (stop.At, stop.Reason, stop.Reason == StopReason.Signal ? stop.Detail : null);
    }

    private Task<NativeDebuggee> StartAsync(string what, bool nativeHead = true) => NativeDebuggee.StartAsync("borders.c", new SessionOptions(), [what], nativeHead, Token);
}
