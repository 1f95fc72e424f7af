using Fred.Core;
using Shouldly;
using Xunit;

namespace Fred.EndToEnd.Tests;

/// <summary>What an expression means at other ticks that was asked in a function which is called again and again from the same place.</summary>
public sealed class WatchedFrameTests : IDisposable
{
    private static readonly EvaluationScope Here = new EvaluationScope.InFrame(0);

    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromMinutes(5));

    private CancellationToken Token => _timeout.Token;

    [SkippableFact]
    public async Task InACallOfManyAtOnePlaceOfTheStack()
    {
        await using var debuggee = await NativeDebuggee.StartAsync("again.c", Token);
        await debuggee.GdbAsync("break 9 if n == 5", Token);
        (await debuggee.DoAsync(new SessionCommand.Continue(), Token)).Reason.ShouldBe(StopReason.Breakpoint);

        // This very call's variables: earlier calls had others in the same place.
        var own = await WatchAsync(debuggee.Session, "left > 4");
        (own.Result, own.Outside, own.Transitions[^1].Location?.Line).ShouldBe((WatchResult.Transition, null, 7));
        (await WatchAsync(debuggee.Session, "n < 4")).Transitions.ShouldHaveSingleItem().Before.Truth.ShouldBe(Truth.NotEvaluable);
        (await WatchAsync(debuggee.Session, "left > 20")).Result.ShouldBe(WatchResult.AlwaysBad);

        // Nothing of this call's.
        var shared = await WatchAsync(debuggee.Session, "limit < 5");
        (shared.Result, shared.Outside, shared.Transitions[^1].Location?.Line, shared.Transitions[^1].Function).ShouldBe((WatchResult.Transition, "main", 16, "main"));
        (await ChangesAsync(debuggee.Session, "limit")).ShouldBe(["3", "4", "5", "6"]);

        await debuggee.GdbAsync("delete", Token);
        (await debuggee.DoAsync(new SessionCommand.Continue(), Token)).Reason.ShouldBe(StopReason.Exit);
        (await WatchAsync(debuggee.Session, "limit < 5")).Transitions[^1].At.ShouldBe(shared.Transitions[^1].At);
    }

    [SkippableFact]
    public async Task OfPython()
    {
        const string Program = "total = 0\ndef add(n):\n    global total\n    total += n\nfor i in range(10):\n    add(i)\n";
        await using var debuggee = await Debuggee.StartSourceAsync(RealPython.System, Program, Token);
        while (await debuggee.Session.EvaluateAsync("n", Here, Token) is not { Value: "9" })
        {
            await debuggee.DoAsync(new SessionCommand.Step(), Token);
        }

        var shared = await WatchAsync(debuggee.Session, "total < 20");
        (shared.Result, shared.Outside, shared.Transitions[^1].Location?.Line, shared.Transitions[^1].After.Value).ShouldBe((WatchResult.Transition, "<module>", 4, "False"));
        (await debuggee.Session.EvaluateAsync("n", Here, Token)).Value.ShouldBe("9");
        (await ChangesAsync(debuggee.Session, "total")).ShouldBe(["0", "1", "3", "6", "10", "15", "21", "28", "36"]);
        foreach (var own in new[] { "n < 5", "total < n", "eval('total') < 20" })
        {
            var report = await WatchAsync(debuggee.Session, own);
            (report.Result, report.Outside).ShouldBe((WatchResult.AlwaysBad, null), own);
        }
    }

    public void Dispose() => _timeout.Dispose();

    private Task<WatchReport> WatchAsync(DebugSession session, string expression) => session.ReverseWatchAsync(new WatchQuery(expression, Here) { Stays = true }, Token);

    private async Task<IReadOnlyList<string>> ChangesAsync(DebugSession session, string expression)
    {
        var values = new List<string>();
        await session.FindChangesAsync(
            expression,
            Here,
            new HistoryRange(),
            change =>
            {
                values.Add(change.New.Text);
                return ValueTask.CompletedTask;
            },
            Token);
        return values;
    }
}
