using System.Text.Json.Nodes;
using Fred.TestKit;
using Shouldly;

namespace Fred.Dap.Tests;

public sealed class BreakpointTests
{
    private const string Loop = """
        x = 0
        for i in range(10):
            x = x + i
        done = x
        """;

    [Fact]
    public async Task ABreakpointOnTheFirstStatement_StopsTheFirstRun()
    {
        await using var fred = new DapFixture(Loop);
        await fred.RunToAsync(() => fred.BreakAsync(1));

        (await fred.Client.EventAsync("stopped"))["reason"]!.GetValue<string>().ShouldBe("breakpoint");
        (await fred.LineAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task Conditions_CountInBothDirections()
    {
        await using var fred = new DapFixture(Loop);
        await fred.RunToAsync(() => fred.BreakAsync(new JsonObject { ["line"] = 3, ["condition"] = "i == 4" }, new JsonObject { ["line"] = 4 }));
        await fred.Client.EventAsync("stopped");
        (await fred.EvaluateAsync("i")).ShouldBe("4");
        await fred.MoveAsync("continue");
        (await fred.LineAsync()).ShouldBe(4);

        await fred.MoveAsync("reverseContinue");
        (await fred.EvaluateAsync("i")).ShouldBe("4");
    }

    [Theory]
    [InlineData("3", "2")]
    [InlineData(">= 9", "8")]
    [InlineData("% 5", "4,9")]
    public async Task HitConditions_CountTheHitsOfTheProgram_NotTheVisitsOfTheUser(string condition, string expected)
    {
        await using var fred = new DapFixture(Loop);
        await fred.RunToAsync(() => fred.BreakAsync(new JsonObject { ["line"] = 3, ["hitCondition"] = condition }, new JsonObject { ["line"] = 4 }));
        var seen = new List<string>();
        await fred.Client.EventAsync("stopped");
        while (await fred.LineAsync() == 3)
        {
            seen.Add(await fred.EvaluateAsync("i"));
            await fred.MoveAsync("continue");
        }

        string.Join(',', seen).ShouldStartWith(expected);
        for (var i = seen.Count - 1; i >= 0; i--)
        {
            await fred.MoveAsync("reverseContinue");
            (await fred.EvaluateAsync("i")).ShouldBe(seen[i]);
        }
    }

    [Fact]
    public async Task Logpoints_PrintOncePerHit_AndNeverStop()
    {
        await using var fred = new DapFixture(Loop);
        await fred.RunToAsync(() => fred.BreakAsync(new JsonObject { ["line"] = 3, ["logMessage"] = "i={i} {{x}}" }));
        await fred.Client.EventAsync("stopped");
        var first = Logged(fred);

        await fred.MoveAsync("reverseContinue");
        await fred.MoveAsync("continue");

        first.ShouldBe([.. Enumerable.Range(0, 10).Select(i => $"i={i} {{x}}\n")]);
        Logged(fred).ShouldBe(first);
    }

    [Fact]
    public async Task ALogpointSetLate_PrintsItsPast_WithTicks_AndNothingTwice()
    {
        await using var fred = new DapFixture(Loop);
        await fred.RunToAsync(() => fred.BreakAsync(4));
        await fred.Client.EventAsync("stopped");
        await fred.BreakAsync(
            new JsonObject { ["line"] = 3, ["logMessage"] = "i={i}" },
            new JsonObject { ["line"] = 3, ["logMessage"] = "third: {i} {nothing}", ["hitCondition"] = "3" });
        await fred.Client.EventAsync("stopped");
        string[] expected = [.. Enumerable.Range(0, 10).SelectMany(i => i == 2 ? (string[])["i=2\n", "third: 2 NameError: name 'nothing' is not defined\n"] : [$"i={i}\n"])];
        Logged(fred).ShouldBe(expected);

        await fred.MoveAsync("reverseContinue");
        await fred.MoveAsync("continue");
        Logged(fred).ShouldBe(expected);
    }

    [Fact]
    public async Task AMovementRightAfterALateLogpoint_WaitsForItsPast()
    {
        await using var fred = new DapFixture(Loop);
        await fred.RunToAsync(() => fred.BreakAsync(4));
        await fred.Client.EventAsync("stopped");
        for (var round = 0; round < 20; round++)
        {
            await fred.BreakAsync(new JsonObject { ["line"] = 3, ["logMessage"] = $"round {round}: {{i}}" });
            var answer = await fred.Client.TryRequestAsync(round % 2 == 0 ? "reverseContinue" : "continue", new() { ["threadId"] = 1 });
            answer["success"]!.GetValue<bool>().ShouldBeTrue(answer.ToJsonString());
            await fred.Client.EventAsync("stopped"); // after the past was printed
            await fred.Client.EventAsync("stopped"); // of the movement
        }
    }

    [Fact]
    public async Task BreakpointsSetAgain_KeepTheirNumber()
    {
        await using var fred = new DapFixture(Loop);
        await fred.StartAsync();

        var before = await fred.BreakAsync(3, 4);
        var after = await fred.BreakAsync(4);

        after.Single()!["id"]!.GetValue<int>().ShouldBe(before[1]!["id"]!.GetValue<int>());
        after.Single()!["verified"]!.GetValue<bool>().ShouldBeTrue();
        await fred.MoveAsync("continue");
        (await fred.LineAsync()).ShouldBe(4);
    }

    [Fact]
    public async Task BreakpointsSetWhileTheProgramRuns_StopIt()
    {
        var release = new TaskCompletionSource();
        var running = new TaskCompletionSource();
        await using var fred = new DapFixture("i = 0\nwhile i < 100000000:\n    i = i + 1\n");
        fred.Prepare = backend => backend.Faults.Before = async (isHead, at) =>
        {
            if (isHead && at.Value > 50)
            {
                running.TrySetResult();
                await release.Task;
            }
        };
        await fred.StartAsync();
        await fred.Client.RequestAsync("continue", new() { ["threadId"] = 1 });
        await running.Task;

        var setting = fred.BreakAsync(3);
        release.SetResult();

        (await setting).Single()!["verified"]!.GetValue<bool>().ShouldBeTrue();
        (await fred.Client.EventAsync("stopped"))["reason"]!.GetValue<string>().ShouldBe("breakpoint");
        fred.Client.Log.Count(m => DapClient.Event("stopped")(m)).ShouldBe(2);
    }

    [Fact]
    public async Task BreakpointsOfTheBackendsDebugger_StandBesideTheEditors()
    {
        await using var fred = new DapFixture(Loop);
        await fred.StartAsync(() => fred.BreakAsync(4));

        await fred.Client.RequestAsync("evaluate", new() { ["expression"] = "scripted break 2", ["context"] = "repl" });

        (await fred.Client.EventAsync("breakpoint"))["reason"]!.GetValue<string>().ShouldNotBeNull();
        await fred.MoveAsync("continue");
        (await fred.LineAsync()).ShouldBe(2);
        await fred.Client.RequestAsync("evaluate", new() { ["expression"] = "scripted clear", ["context"] = "repl" });
        await fred.MoveAsync("continue");
        (await fred.LineAsync()).ShouldBe(4);
    }

    [Fact]
    public async Task WhatIsNoBreakpoint_IsSaidWithoutFailingTheOthers()
    {
        await using var fred = new DapFixture(Loop);
        await fred.StartAsync();

        var set = await fred.BreakAsync(new JsonObject { ["line"] = 3, ["hitCondition"] = "often" }, new JsonObject { ["line"] = 4 });

        set[0]!["verified"]!.GetValue<bool>().ShouldBeFalse();
        set[0]!["message"]!.GetValue<string>().ShouldContain("often");
        set[1]!["verified"]!.GetValue<bool>().ShouldBeTrue();
    }

    [Fact]
    public async Task AFunctionThatIsNotKnownYet_Waits()
    {
        await using var fred = new DapFixture(Loop);
        await fred.StartAsync();

        var body = await fred.Client.RequestAsync("setFunctionBreakpoints", new() { ["breakpoints"] = new JsonArray(new JsonObject { ["name"] = "later" }) });

        body["breakpoints"]![0]!["verified"]!.GetValue<bool>().ShouldBeFalse();
        body["breakpoints"]![0]!["message"]!.GetValue<string>().ShouldContain("tried again");
    }

    [Fact]
    public async Task ExceptionFilters_AreTaken_AndUnknownOnesNamed()
    {
        await using var fred = new DapFixture(Loop);
        await fred.StartAsync();

        (await fred.Client.RequestAsync("setExceptionBreakpoints", new() { ["filters"] = new JsonArray() }))["breakpoints"]!.AsArray().ShouldBeEmpty();
        var body = await fred.Client.RequestAsync("setExceptionBreakpoints", new()
        {
            ["filters"] = new JsonArray("userUnhandled"),
            ["filterOptions"] = new JsonArray(
                new JsonObject { ["filterId"] = "uncaught" },
                new JsonObject { ["filterId"] = "raised", ["condition"] = "ValueError, !app.KeyError" },
                new JsonObject { ["filterId"] = "raised", ["condition"] = "not (a) name" }),
        });

        body["breakpoints"]!.AsArray().Select(b => b!["verified"]!.GetValue<bool>()).ShouldBe([false, true, true, false]);
    }

    private static List<string> Logged(DapFixture fred) => [.. fred.Client.Log
        .Where(m => DapClient.Event("output")(m) && m["body"]!["category"]!.GetValue<string>() == "console" && m["body"]!["source"] is not null)
        .Select(m => m["body"]!["output"]!.GetValue<string>())];
}
