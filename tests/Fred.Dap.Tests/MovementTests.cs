using System.Text.Json.Nodes;
using Fred.TestKit;
using Shouldly;

namespace Fred.Dap.Tests;

public sealed class MovementTests
{
    private const string Program = """
        def add(a):
            b = a + 1
            return b
        x = 0
        for i in range(3):
            x = add(x)
        y = x
        """;

    [Fact]
    public async Task Start_StopsAtEntry_AndSaysWhereInTimeItIs()
    {
        await using var fred = new DapFixture(Program);

        var stop = await fred.StartAsync();

        stop["reason"]!.GetValue<string>().ShouldBe("entry");
        stop["description"]!.GetValue<string>().ShouldEndWith("live · tick 1");
    }

    [Fact]
    public async Task StepBack_IsTheMirrorOfNext()
    {
        await using var fred = new DapFixture(Program);
        await fred.StartAsync();
        var forward = new List<long>();
        for (var i = 0; i < 6; i++)
        {
            forward.Add(Tick(await fred.MoveAsync("next")));
        }

        var back = new List<long> { forward[^1] };
        for (var i = 0; i < 5; i++)
        {
            back.Add(Tick(await fred.MoveAsync("stepBack")));
        }

        back.AsEnumerable().Reverse().ShouldBe(forward);
        (await fred.MoveAsync("stepBack"))["description"]!.GetValue<string>().ShouldContain("in the past");
    }

    [Fact]
    public async Task ReverseContinue_StopsAtTheBreakpointHitBefore_AndAtTheBeginning()
    {
        await using var fred = new DapFixture(Program);
        await fred.StartAsync(() => fred.BreakAsync(2));
        var hits = new List<long>();
        for (var i = 0; i < 3; i++)
        {
            hits.Add(Tick(await fred.MoveAsync("continue")));
        }

        var stop = await fred.MoveAsync("reverseContinue");
        stop["reason"]!.GetValue<string>().ShouldBe("breakpoint");
        Tick(stop).ShouldBe(hits[1]);
        Tick(await fred.MoveAsync("reverseContinue")).ShouldBe(hits[0]);
        var first = await fred.MoveAsync("reverseContinue");
        first["description"]!.GetValue<string>().ShouldStartWith("Beginning of the history");
        Tick(first).ShouldBe(1);
    }

    [Fact]
    public async Task TheStop_ComesAfterTheResponse_AndTheProgramsOutputBeforeTheStop()
    {
        await using var fred = new DapFixture(Program);
        await fred.StartAsync();
        fred.Output.Writer.TryWrite(new DebuggeeOutput(false, "hello\n"));
        await fred.MoveAsync("next");

        var response = fred.Client.IndexOf(DapClient.Response("next"));
        var output = fred.Client.IndexOf(m => DapClient.Event("output")(m) && m["body"]!["output"]!.GetValue<string>() == "hello\n");
        var stop = fred.Client.Log.ToList().FindLastIndex(m => DapClient.Event("stopped")(m));
        response.ShouldBeLessThan(stop);
        output.ShouldBeInRange(0, stop - 1);
    }

    [Fact]
    public async Task ReverseSteps_GoIntoAndOutOfCalls()
    {
        await using var fred = new DapFixture(Program);
        await fred.StartAsync(() => fred.BreakAsync(7));
        await fred.MoveAsync("continue");

        await fred.MoveAsync("stepBack");
        await fred.MoveAsync("stepBack");
        (await fred.LineAsync()).ShouldBe(6);
        await fred.MoveAsync("continue");
        while ((await fred.StackAsync()).Count == 1)
        {
            await fred.MoveAsync("reverseStepIn");
        }

        (await fred.LineAsync()).ShouldBe(3);
        await fred.MoveAsync("reverseStepOut");
        (await fred.LineAsync()).ShouldBe(6);
    }

    [Fact]
    public async Task Undo_TakesOneMoveBack_HoweverManyCommandsItTook()
    {
        await using var fred = new DapFixture(Program);
        await fred.StartAsync(() => fred.BreakAsync(new JsonObject { ["line"] = 2, ["logMessage"] = "a={a}" }, new JsonObject { ["line"] = 7 }));
        var before = Tick(await fred.MoveAsync("next"));
        await fred.MoveAsync("continue");
        (await fred.LineAsync()).ShouldBe(7);

        Tick(await fred.MoveAsync("undo")).ShouldBe(before);
    }

    [Fact]
    public async Task GotoTick_GoesThere_AndRefusesWhatIsOutside()
    {
        await using var fred = new DapFixture(Program);
        await fred.StartAsync(() => fred.BreakAsync(7));
        var edge = Tick(await fred.MoveAsync("continue"));

        Tick(await fred.MoveAsync("gotoTick", new() { ["tick"] = 3 })).ShouldBe(3);
        (await fred.Client.TryRequestAsync("gotoTick", new() { ["tick"] = edge + 1 }))["body"]!["error"]!["variables"]!["errorId"]!.GetValue<string>().ShouldBe("TickOutOfRange");
        Tick(await fred.MoveAsync("gotoTick", new() { ["live"] = true })).ShouldBe(edge);
    }

    [Fact]
    public async Task TheEnd_IsAStop_AndContinueEndsTheSession()
    {
        await using var fred = new DapFixture(Program);
        await fred.RunToAsync();

        (await fred.Client.EventAsync("exited"))["exitCode"]!.GetValue<int>().ShouldBe(0);
        (await fred.Client.EventAsync("stopped"))["reason"]!.GetValue<string>().ShouldBe("exit");
        Tick(await fred.MoveAsync("stepBack")).ShouldBeGreaterThan(0);
        await fred.MoveAsync("continue");
        await fred.Client.RequestAsync("continue", new() { ["threadId"] = 1 });
        await fred.Client.EventAsync("terminated");
        fred.Client.Log.Count(m => DapClient.Event("exited")(m)).ShouldBe(1);
    }

    [Fact]
    public async Task AnUncaughtException_CanBeAskedFor()
    {
        await using var fred = new DapFixture("x = 1\nraise 'ValueError: bad'\n");
        await fred.RunToAsync();

        (await fred.Client.EventAsync("stopped"))["reason"]!.GetValue<string>().ShouldBe("exception");
        (await fred.Client.RequestAsync("exceptionInfo", new() { ["threadId"] = 1 }))["breakMode"]!.GetValue<string>().ShouldBe("unhandled");
    }

    private static long Tick(JsonObject stop) => stop["fred"]!["tick"]!.GetValue<long>();
}
