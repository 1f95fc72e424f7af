using System.Text.Json.Nodes;
using Shouldly;

namespace Fred.Dap.Tests;

public sealed class InspectionTests
{
    private const string Program = """
        def add(a):
            b = a + 1
            return b
        x = 5
        y = add(x)
        z = 'text'
        """;

    [Fact]
    public async Task StackTrace_PagesFrames_AndZeroLevelsMeansAll()
    {
        await using var fred = await InCallAsync();

        var all = await fred.Client.RequestAsync("stackTrace", new() { ["threadId"] = 1, ["startFrame"] = 0, ["levels"] = 0 });
        all["stackFrames"]!.AsArray().Select(f => f!["name"]!.GetValue<string>()).ShouldBe(["add", "<module>"]);
        var page = await fred.Client.RequestAsync("stackTrace", new() { ["threadId"] = 1, ["startFrame"] = 1, ["levels"] = 1 });
        page["stackFrames"]!.AsArray().Single()!["line"]!.GetValue<int>().ShouldBe(5);
        page["totalFrames"]!.GetValue<int>().ShouldBe(2);
    }

    [Fact]
    public async Task Variables_AreThoseOfTheFrame()
    {
        await using var fred = await InCallAsync();
        var stack = await fred.StackAsync();

        (await NamesAsync(fred, stack[0]!, 0)).ShouldBe(["a=5"]);
        (await NamesAsync(fred, stack[0]!, 1)).ShouldContain("x=5");
        (await NamesAsync(fred, stack[1]!, 0)).ShouldContain("x=5");
    }

    [Fact]
    public async Task Handles_OfAnEarlierStop_AreRefused()
    {
        await using var fred = await InCallAsync();
        var frame = (await fred.StackAsync())[0]!["id"]!.GetValue<int>();
        await fred.MoveAsync("next");
        await fred.StackAsync();

        var response = await fred.Client.TryRequestAsync("scopes", new() { ["frameId"] = frame });

        response["success"]!.GetValue<bool>().ShouldBeFalse();
        response["message"]!.GetValue<string>().ShouldContain("Ask for the stack trace again");
    }

    [Theory]
    [InlineData("watch")]
    [InlineData("hover")]
    [InlineData("repl")]
    [InlineData("clipboard")]
    [InlineData("variables")]
    public async Task Evaluate_GivesValueAndType_OfTheFrameAskedFor(string context)
    {
        await using var fred = await InCallAsync();
        var outer = (await fred.StackAsync())[1]!["id"]!.GetValue<int>();

        var body = await fred.Client.RequestAsync("evaluate", new() { ["expression"] = "x + 1", ["frameId"] = outer, ["context"] = context });

        body["result"]!.GetValue<string>().ShouldBe("6");
        body["type"]!.GetValue<string>().ShouldBe("int");
    }

    [Fact]
    public async Task Evaluate_OfWhatHasNoValue_IsAnErrorThatShowsNoBox()
    {
        await using var fred = await InCallAsync();

        var response = await fred.Client.TryRequestAsync("evaluate", new() { ["expression"] = "nowhere", ["context"] = "hover" });

        response["success"]!.GetValue<bool>().ShouldBeFalse();
        response["body"]!["error"]!["showUser"]!.GetValue<bool>().ShouldBeFalse();
    }

    [Fact]
    public async Task Completions_ReplaceTheWordBeforeTheCursor()
    {
        await using var fred = new DapFixture("counter = 1\nx = 2\n");
        await fred.StartAsync();
        await fred.MoveAsync("next");

        var targets = (await fred.Client.RequestAsync("completions", new() { ["text"] = "1 + cou", ["column"] = 8 }))["targets"]!.AsArray();

        targets.Single()!.ToJsonString().ShouldBe("""{"label":"counter","start":4,"length":3}""");
    }

    [Fact]
    public async Task SetVariable_Live_ChangesTheProgram()
    {
        await using var fred = await InCallAsync();
        var locals = await ScopeAsync(fred, (await fred.StackAsync())[0]!, 0);

        var body = await fred.Client.RequestAsync("setVariable", new() { ["variablesReference"] = locals, ["name"] = "a", ["value"] = "40" });

        body["value"]!.GetValue<string>().ShouldBe("40");
        await fred.Client.EventAsync("invalidated");
        await fred.MoveAsync("stepOut");
        (await fred.EvaluateAsync("b")).ShouldBe("41");
    }

    [Fact]
    public async Task SetExpression_InThePast_BeginsABranch_AndTheOldFutureStays()
    {
        await using var fred = new DapFixture(Program);
        await fred.StartAsync(() => fred.BreakAsync(6));
        await fred.MoveAsync("continue");
        await fred.MoveAsync("stepBack");

        await fred.Client.RequestAsync("setExpression", new() { ["expression"] = "x", ["value"] = "7" });
        await fred.MoveAsync("continue");

        (await fred.EvaluateAsync("y")).ShouldBe("8");
        var branches = (await fred.Client.RequestAsync("branches"))["branches"]!.AsArray();
        branches.Select(b => b!["current"]!.GetValue<bool>()).ShouldBe([false, true]);
        await fred.MoveAsync("branches", new() { ["switchTo"] = branches[0]!["name"]!.GetValue<string>() });
        await fred.MoveAsync("gotoTick", new() { ["live"] = true });
        (await fred.EvaluateAsync("y")).ShouldBe("6");
    }

    [Fact]
    public async Task DebugConsole_TakesStatements_FredsVerbs_AndTheBackendsCommands()
    {
        await using var fred = await InCallAsync();

        await ConsoleAsync(fred, "a = 9");
        (await fred.EvaluateAsync("a")).ShouldBe("9");
        (await ConsoleAsync(fred, "scripted where")).ShouldContain("add()");
        (await ConsoleAsync(fred, "fred-when")).ShouldContain("live");
        await ConsoleAsync(fred, "fred-reverse-step");
        (await fred.Client.EventAsync("stopped"))["description"]!.GetValue<string>().ShouldContain("in the past");
        (await ConsoleAsync(fred, "fred-help")).ShouldContain("fred-reverse-watch");
        (await fred.Client.TryRequestAsync("evaluate", new() { ["expression"] = "fred-fly", ["context"] = "repl" }))["message"]!.GetValue<string>().ShouldContain("fly");
    }

    [Fact]
    public async Task Timeline_ShowsCheckpointsBookmarksStopsAndBranches()
    {
        await using var fred = await InCallAsync();
        await fred.Client.RequestAsync("bookmark", new() { ["name"] = "here" });
        await fred.Client.RequestAsync("checkpoint");
        await fred.MoveAsync("next");

        var timeline = await fred.Client.RequestAsync("timeline");

        timeline["position"]!["live"]!.GetValue<bool>().ShouldBeTrue();
        timeline["bookmarks"]!.AsArray().Single()!["name"]!.GetValue<string>().ShouldBe("here");
        timeline["checkpoints"]!.AsArray().Count(c => c!["pinned"]!.GetValue<bool>()).ShouldBe(1);
        timeline["stops"]!.AsArray().Count.ShouldBe(3);
        timeline["branches"]!.AsArray().Count.ShouldBe(1);
        (await fred.Client.RequestAsync("history"))["entries"]!.AsArray().Count.ShouldBe(2);
        await fred.MoveAsync("gotoTick", new() { ["bookmark"] = "here" });
        (await fred.LineAsync()).ShouldBe(2);
    }

    [Fact]
    public async Task SourcesAndModules_AreThoseSeen()
    {
        await using var fred = await InCallAsync();
        await fred.StackAsync();

        (await fred.Client.RequestAsync("loadedSources"))["sources"]!.AsArray().Single()!["path"]!.GetValue<string>().ShouldBe(fred.File);
        (await fred.Client.RequestAsync("modules", new() { ["startModule"] = 0, ["moduleCount"] = 0 }))["totalModules"]!.GetValue<int>().ShouldBe(1);
        (await fred.Client.TryRequestAsync("source", new() { ["source"] = new JsonObject { ["path"] = "/no/such/file.py" }, ["sourceReference"] = 0 }))["success"]!.GetValue<bool>().ShouldBeFalse();
    }

    private static async Task<DapFixture> InCallAsync()
    {
        var fred = new DapFixture(Program);
        await fred.StartAsync(() => fred.BreakAsync(2));
        await fred.MoveAsync("continue");
        return fred;
    }

    private static async Task<string> ConsoleAsync(DapFixture fred, string line) =>
        (await fred.Client.RequestAsync("evaluate", new() { ["expression"] = line, ["context"] = "repl" }))["result"]!.GetValue<string>();

    private static async Task<int> ScopeAsync(DapFixture fred, JsonNode frame, int index) =>
        (await fred.Client.RequestAsync("scopes", new() { ["frameId"] = frame["id"]!.GetValue<int>() }))["scopes"]![index]!["variablesReference"]!.GetValue<int>();

    private static async Task<List<string>> NamesAsync(DapFixture fred, JsonNode frame, int scope)
    {
        var reference = await ScopeAsync(fred, frame, scope);
        var variables = await fred.Client.RequestAsync("variables", new() { ["variablesReference"] = reference, ["start"] = 0, ["count"] = 0 });
        return [.. variables["variables"]!.AsArray().Select(v => $"{v!["name"]}={v["value"]}")];
    }
}
