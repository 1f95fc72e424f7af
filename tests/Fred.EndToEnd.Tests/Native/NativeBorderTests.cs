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
    [InlineData("vfork", 6)]
    [InlineData("generate", 6)]
    public async Task ChildrenAndCodeThatIsNeverWritableWhenItRuns_AreReplayed(string what, int result)
    {
        await using var debuggee = await StartAsync(what);
        (await debuggee.DoAsync(new SessionCommand.Continue(), Token)).ExitCode.ShouldBe(result);
        (await debuggee.DoAsync(new SessionCommand.ReverseStep(), Token)).Function.ShouldBe("main");
        (await debuggee.Session.EvaluateAsync("result", new EvaluationScope.InFrame(0), Token)).Value.ShouldBe($"{result}");
        var report = await debuggee.Session.ReverseWatchAsync(new WatchQuery($"result < {result}", new EvaluationScope.InFrame(0)), Token);
        report.Transitions.ShouldHaveSingleItem();
        (await debuggee.Session.EvaluateAsync("result", new EvaluationScope.InFrame(0), Token)).Value.ShouldBe(what == "vfork" ? "0" : "3");
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
    [InlineData("loose", 6)]
    [InlineData("change", 12)]
    public async Task CodeThatCanBeWrittenWhenItRuns_IsSaidAndNeverGuessed(string what, int result)
    {
        await using var debuggee = await StartAsync(what);
        (await debuggee.DoAsync(new SessionCommand.Continue(), Token)).ExitCode.ShouldBe(result);
        var said = false;
        while (debuggee.Session.Events.TryRead(out var happened))
        {
            said |= happened is SessionEvent.Notice notice && notice.Text.Contains("both write and execute", StringComparison.Ordinal);
        }

        said.ShouldBeTrue();
        var error = await Should.ThrowAsync<FredException>(() => debuggee.DoAsync(new SessionCommand.ReverseStep(), Token));
        (error.Id, error.Message.Contains("code that it can change at any time", StringComparison.Ordinal)).ShouldBe((ErrorId.ReplayDiverged, true), error.Message);
        debuggee.Session.Stop.Reason.ShouldBe(StopReason.Exit, "one stays where one was");
        (await debuggee.DoAsync(new SessionCommand.Goto(new Ticks(1)), Token)).Function.ShouldBe("main");

        await using var translated = await StartAsync(what, nativeHead: false);
        var stop = await translated.DoAsync(new SessionCommand.Continue(), Token);
        (stop.Reason, stop.Detail!.Contains("code that it can change at any time", StringComparison.Ordinal)).ShouldBe((StopReason.EndOfHistory, true), stop.Detail);
        (await translated.DoAsync(new SessionCommand.ReverseStep(), Token)).Location.ShouldNotBeNull();
    }

    private Task<NativeDebuggee> StartAsync(string what, bool nativeHead = true) => NativeDebuggee.StartAsync("borders.c", new SessionOptions(), [what], nativeHead, Token);
}
