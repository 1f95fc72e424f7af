using System.Text.Json.Nodes;
using Fred.TestKit;
using Shouldly;

namespace Fred.Dap.Tests;

public sealed class DataBreakpointTests
{
    private const string Program = """
        x = 0
        for i in range(6):
            y = i * 2
            if i == 3:
                x = y
            else:
                pass
        for j in range(4):
            x = j % 2
        done = x
        """;

    [Fact]
    public async Task ArmedAndReversed_LandsOnEveryWriteThatChangedTheValue_LastFirst()
    {
        await using var fred = await AtDoneAsync();
        await ArmAsync(fred, "x");
        var seen = new List<(int Line, string Before)>();
        for (var stop = await fred.MoveAsync("reverseContinue"); stop["reason"]!.GetValue<string>() == "data breakpoint"; stop = await fred.MoveAsync("reverseContinue"))
        {
            stop["hitBreakpointIds"]!.AsArray().Count.ShouldBe(1);
            var value = await fred.Client.TryRequestAsync("evaluate", new() { ["expression"] = "x", ["context"] = "watch" });
            seen.Add((await fred.LineAsync(), value["body"]!["result"]?.GetValue<string>() ?? "undefined"));
        }

        seen.ShouldBe([(9, "0"), (9, "1"), (9, "0"), (9, "6"), (5, "0"), (1, "undefined")]);
    }

    [Fact]
    public async Task GoingForward_StopsBehindEachChange()
    {
        await using var fred = await AtDoneAsync();
        await fred.MoveAsync("gotoTick", new() { ["tick"] = 3 });
        await ArmAsync(fred, "x");
        await fred.BreakAsync(10);
        var seen = new List<string>();
        for (var stop = await fred.MoveAsync("continue"); stop["reason"]!.GetValue<string>() == "data breakpoint"; stop = await fred.MoveAsync("continue"))
        {
            stop["text"]!.GetValue<string>().ShouldContain("is now");
            seen.Add(await fred.EvaluateAsync("x"));
        }

        seen.ShouldBe(["6", "0", "1", "0", "1"]);
        (await fred.LineAsync()).ShouldBe(10);
    }

    [Fact]
    public async Task TheNearest_OfBreakpointAndChange_EndsTheReverse()
    {
        await using var fred = await AtDoneAsync();
        await ArmAsync(fred, "y");
        await fred.BreakAsync(9);

        (await fred.MoveAsync("reverseContinue"))["reason"]!.GetValue<string>().ShouldBe("breakpoint");
        await fred.BreakAsync(1);
        (await fred.MoveAsync("reverseContinue"))["reason"]!.GetValue<string>().ShouldBe("data breakpoint");
        (await fred.LineAsync()).ShouldBe(3);
    }

    [Fact]
    public async Task AConditionLetsChangesThrough_InBothDirections()
    {
        await using var fred = await AtDoneAsync();
        await ArmAsync(fred, "x", "x > 3");

        (await fred.MoveAsync("reverseContinue"))["reason"]!.GetValue<string>().ShouldBe("data breakpoint");
        (await fred.LineAsync()).ShouldBe(5);
        await fred.MoveAsync("gotoTick", new() { ["tick"] = 3 });
        (await fred.MoveAsync("continue"))["reason"]!.GetValue<string>().ShouldBe("data breakpoint");
        (await fred.EvaluateAsync("x")).ShouldBe("6");
    }

    [Fact]
    public async Task Undo_TakesTheWholeSearchBack()
    {
        await using var fred = await AtDoneAsync();
        var before = (await fred.Client.RequestAsync("timeline"))["position"]!.ToJsonString();
        await ArmAsync(fred, "x");
        await fred.MoveAsync("reverseContinue");

        (await fred.MoveAsync("undo"))["fred"]!.ToJsonString().ShouldBe(before);
    }

    [Fact]
    public async Task WhatCannotBeWatched_IsSaid()
    {
        await using var fred = await AtDoneAsync();

        var info = await fred.Client.RequestAsync("dataBreakpointInfo", new() { ["name"] = "nowhere" });
        info["dataId"].ShouldBeNull();
        info["description"]!.GetValue<string>().ShouldContain("nowhere");
        (await fred.Client.TryRequestAsync("setDataBreakpoints", new() { ["breakpoints"] = new JsonArray(new JsonObject { ["dataId"] = "x" }) }))["success"]!.GetValue<bool>().ShouldBeFalse();
        var read = await fred.Client.RequestAsync("setDataBreakpoints", new() { ["breakpoints"] = new JsonArray(new JsonObject { ["dataId"] = "x", ["accessType"] = "read" }) });
        read["breakpoints"]![0]!["verified"]!.GetValue<bool>().ShouldBeFalse();
    }

    [Fact]
    public async Task ReverseWatch_FindsTheStatementThatBrokeTheInvariant()
    {
        await using var fred = await AtDoneAsync();

        var found = await fred.Client.RequestAsync("reverseWatch", new() { ["expression"] = "x < 5", ["which"] = "first" });

        found["result"]!.GetValue<string>().ShouldBe("transition");
        var transition = found["transitions"]!.AsArray().Single()!;
        (transition["line"]!.GetValue<int>(), transition["before"]!.GetValue<string>(), transition["after"]!.GetValue<string>()).ShouldBe((5, "True", "False"));
        var stop = await fred.Client.EventAsync("stopped");
        stop["description"]!.GetValue<string>().ShouldContain("in the past");
        (await fred.LineAsync()).ShouldBe(5);
        await fred.MoveAsync("next");
        (await fred.EvaluateAsync("x < 5")).ShouldBe("False");
    }

    [Theory]
    [InlineData("x", "last", 9, "0", "1")]
    [InlineData("x", "first", 9, "0", "1")]
    [InlineData("y", "last", 3, "8", "10")]
    [InlineData("i * 3", "last", 2, "12", "15")]
    public async Task ReverseWatch_FindsTheStatementThatGaveAnExpressionItsValue(string expression, string which, int line, string before, string after)
    {
        await using var fred = await AtDoneAsync();

        var found = await fred.Client.RequestAsync("reverseWatch", new() { ["expression"] = expression, ["which"] = which, ["mode"] = "change" });

        found["result"]!.GetValue<string>().ShouldBe("transition");
        var transition = found["transitions"]![0]!;
        (transition["before"]!.GetValue<string>(), transition["after"]!.GetValue<string>()).ShouldBe((before, after));
        await fred.Client.EventAsync("stopped");
        (await fred.LineAsync()).ShouldBe(line);
    }

    [Fact]
    public async Task ReverseWatch_ForTheChangeOfWhatHasNoValue_SaysSo()
    {
        await using var fred = await AtDoneAsync();
        var answer = await fred.Client.TryRequestAsync("reverseWatch", new() { ["expression"] = "nothing", ["mode"] = "change" });

        answer["body"]!["error"]!["variables"]!["errorId"]!.GetValue<string>().ShouldBe("BadExpression");
        (await fred.LineAsync()).ShouldBe(10);
    }

    [Fact]
    public async Task AReverseWatch_CancelledByItsRequest_ReturnsToTheOldPosition()
    {
        var held = new TaskCompletionSource();
        var searching = new TaskCompletionSource();
        await using var fred = new DapFixture(Program);
        fred.Prepare = backend => backend.Faults.Before = (isHead, _) =>
        {
            if (isHead)
            {
                return Task.CompletedTask;
            }

            searching.TrySetResult();
            return held.Task;
        };
        await fred.StartAsync(() => fred.BreakAsync(10));
        var before = (await fred.MoveAsync("continue"))["fred"]!.ToJsonString();
        var watch = await fred.Client.SendAsync("reverseWatch", new() { ["expression"] = "x < 5", ["which"] = "all" });
        await searching.Task;

        await fred.Client.RequestAsync("cancel", new() { ["requestId"] = watch });
        held.SetResult();

        (await fred.Client.ResponseAsync(watch))["message"]!.GetValue<string>().ShouldBe("cancelled");
        (await fred.Client.EventAsync("stopped"))["fred"]!.ToJsonString().ShouldBe(before);
        fred.Client.Log.Count(m => DapClient.Event("progressStart")(m)).ShouldBe(fred.Client.Log.Count(m => DapClient.Event("progressEnd")(m)));
    }

    private static async Task<DapFixture> AtDoneAsync()
    {
        var fred = new DapFixture(Program);
        await fred.StartAsync(() => fred.BreakAsync(10));
        await fred.MoveAsync("continue");
        await fred.BreakAsync(Array.Empty<int>());
        return fred;
    }

    private static async Task ArmAsync(DapFixture fred, string expression, string? condition = null)
    {
        var info = await fred.Client.RequestAsync("dataBreakpointInfo", new() { ["name"] = expression });
        var breakpoint = new JsonObject { ["dataId"] = info["dataId"]!.GetValue<string>(), ["accessType"] = "write", ["condition"] = condition };
        var set = await fred.Client.RequestAsync("setDataBreakpoints", new() { ["breakpoints"] = new JsonArray(breakpoint) });
        set["breakpoints"]![0]!["verified"]!.GetValue<bool>().ShouldBeTrue();
    }
}
