using Fred.Core;
using Shouldly;
using Xunit;

namespace Fred.EndToEnd.Tests;

/// <summary>Native programs at full speed that make code, replace themselves, start children: followed, or said where it ends.</summary>
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

    private Task<NativeDebuggee> StartAsync(string what, bool nativeHead = true) => NativeDebuggee.StartAsync("borders.c", new SessionOptions(), [what], nativeHead, Token);
}
