using System.Text.Json.Nodes;
using Fred.TestKit;
using Shouldly;

namespace Fred.Dap.Tests;

public sealed class LifecycleTests
{
    private const string Endless = "i = 0\nwhile i < 1000000000:\n    i = i + 1\n";

    [Fact]
    public async Task TheLaunch_IsAnsweredAfterConfigurationDone_AndTheStopAfterThat()
    {
        await using var fred = new DapFixture();
        await fred.StartAsync();

        var order = new[] { DapClient.Response("initialize"), DapClient.Event("initialized"), DapClient.Response("configurationDone"), DapClient.Response("launch"), DapClient.Event("stopped") };
        order.Select(fred.Client.IndexOf).ShouldBeInOrder();
    }

    [Fact]
    public async Task ALaunchThatFails_SaysWhy_AndCanBeTriedAgain()
    {
        await using var fred = new DapFixture();
        fred.OnLaunch = (_, _, _) => throw new FredException(ErrorId.ProgramNotFound, "'/x.py' does not exist. Check \"program\".");
        await fred.Client.RequestAsync("initialize");

        var response = await fred.Client.TryRequestAsync("launch", new() { ["program"] = "/x.py" });

        response["success"]!.GetValue<bool>().ShouldBeFalse();
        response["body"]!["error"]!["format"]!.GetValue<string>().ShouldContain("does not exist");
        response["body"]!["error"]!["showUser"]!.GetValue<bool>().ShouldBeTrue();
        fred.OnLaunch = (_, _, _) => Task.CompletedTask;
        await fred.StartAsync();
    }

    [Theory]
    [InlineData("{}", "nothing to debug")]
    [InlineData("""{"program":"a","module":"b"}""", "not both")]
    [InlineData("""{"program":"a","console":"tty"}""", "internalConsole")]
    [InlineData("""{"program":"a","checkpointer":"magic"}""", "reexec")]
    [InlineData("""{"program":"a","follow":"child:0"}""", "'child:0' is nobody to follow")]
    [InlineData("""{"program":"a","interval":0}""", "interval")]
    [InlineData("""{"program":5}""", "program")]
    public async Task LaunchSettingsThatMakeNoSense_AreNamed(string arguments, string expected)
    {
        await using var fred = new DapFixture();
        await fred.Client.RequestAsync("initialize");

        var response = await fred.Client.TryRequestAsync("launch", (JsonObject)JsonNode.Parse(arguments)!);

        response["message"]!.GetValue<string>().ShouldContain(expected);
    }

    [Fact]
    public async Task LaunchSettings_ReachTheLauncher()
    {
        await using var fred = new DapFixture();
        await fred.StartAsync(launch: new()
        {
            ["args"] = new JsonArray("a", "b"),
            ["cwd"] = "/tmp",
            ["env"] = new JsonObject { ["A"] = "1", ["B"] = null },
            ["python"] = "/usr/bin/python3",
            ["checkpointer"] = "reexec",
            ["follow"] = "child:2",
            ["interval"] = 0.5,
            ["justMyCode"] = false,
        });

        var settings = fred.Settings.ShouldNotBeNull();
        settings.Arguments.ShouldBe(["a", "b"]);
        settings.Environment.ShouldBe(new Dictionary<string, string?> { ["A"] = "1", ["B"] = null });
        (settings.Python, settings.Checkpointer, settings.Interval, settings.JustMyCode, settings.FollowChild).ShouldBe(("/usr/bin/python3", "reexec", TimeSpan.FromSeconds(0.5), false, 2));
    }

    [Fact]
    public async Task RunInTerminal_IsAskedOfTheEditor()
    {
        await using var fred = new DapFixture();
        JsonObject? asked = null;
        fred.Client.OnRequest = (command, arguments) =>
        {
            asked = arguments;
            return command == "runInTerminal";
        };
        fred.OnLaunch = async (_, terminal, ct) => await terminal!.RunAsync("prog.py", "/tmp", ["fred", "hold"], ct);
        await fred.StartAsync(
            launch: new() { ["console"] = "externalTerminal" },
            initialize: new() { ["supportsRunInTerminalRequest"] = true });

        asked.ShouldNotBeNull()["kind"]!.GetValue<string>().ShouldBe("external");
        asked["args"]!.AsArray().Count.ShouldBe(2);
    }

    [Fact]
    public async Task Pause_StopsALiveRun()
    {
        await using var fred = new DapFixture(Endless);
        await fred.StartAsync();
        await fred.Client.RequestAsync("continue", new() { ["threadId"] = 1 });
        (await fred.Client.TryRequestAsync("stackTrace", new() { ["threadId"] = 1 }))["message"]!.GetValue<string>().ShouldContain("running");

        (await fred.MoveAsync("pause"))["reason"]!.GetValue<string>().ShouldBe("pause");
        await fred.LineAsync();
    }

    [Fact]
    public async Task PauseOnTheWayThroughThePast_ReturnsToTheOldPosition()
    {
        await using var fred = new DapFixture("i = 0\nfor i in range(300):\n    x = i\ny = 1\n");
        var held = new TaskCompletionSource();
        fred.Prepare = backend => backend.Faults.Before = (isHead, _) => isHead ? Task.CompletedTask : Task.Run(() => held.Task);
        await fred.StartAsync(() => fred.BreakAsync(4));
        var before = (await fred.MoveAsync("continue"))["fred"]!.ToJsonString();
        await fred.Client.RequestAsync("reverseContinue", new() { ["threadId"] = 1 });
        await fred.Client.RequestAsync("pause", new() { ["threadId"] = 1 });
        await fred.Client.RequestAsync("cancel"); // Its answer proves that the pause has been carried out.
        held.SetResult();

        var stop = await fred.Client.EventAsync("stopped");

        stop["reason"]!.GetValue<string>().ShouldBe("pause");
        stop["fred"]!.ToJsonString().ShouldBe(before);
    }

    [Fact]
    public async Task Restart_RunsTheProgramAgain_WithItsBreakpoints()
    {
        await using var fred = new DapFixture("x = 1\ny = 2\n");
        await fred.StartAsync(() => fred.BreakAsync(2), launch: new() { ["stopOnEntry"] = false });

        await fred.Client.RequestAsync("restart");

        (await fred.Client.EventAsync("stopped"))["reason"]!.GetValue<string>().ShouldBe("breakpoint");
        fred.Backends.Count.ShouldBe(2);
        fred.Backends[0].IsDisposed.ShouldBeTrue();
        (await fred.LineAsync()).ShouldBe(2);
    }

    [Fact]
    public async Task Terminate_EndsTheProgram_AndDisconnectTheConnection()
    {
        await using var fred = new DapFixture(Endless);
        await fred.StartAsync();
        await fred.Client.RequestAsync("continue", new() { ["threadId"] = 1 });

        await fred.Client.RequestAsync("terminate");
        await fred.Client.EventAsync("terminated");
        fred.Backend.AliveSessions.ShouldBe(0);
        await fred.Client.RequestAsync("disconnect");
        await fred.Client.ClosedAsync();
        (await fred.Serving).ShouldBeNull();
    }

    [Fact]
    public async Task AClientThatVanishes_LeavesNothingRunning()
    {
        var fred = new DapFixture(Endless);
        await fred.StartAsync();
        await fred.Client.RequestAsync("continue", new() { ["threadId"] = 1 });

        await fred.DisposeAsync();

        fred.Backend.IsDisposed.ShouldBeTrue();
    }

    [Fact]
    public async Task AServerThatIsEnded_LeavesNothingRunning()
    {
        await using var fred = new DapFixture(Endless);
        await fred.StartAsync();
        await fred.Client.RequestAsync("continue", new() { ["threadId"] = 1 });

        await fred.KillAsync();
        await fred.Client.ClosedAsync();

        fred.Backend.IsDisposed.ShouldBeTrue();
    }

    [Fact]
    public async Task DisconnectDuringALaunch_EndsTheLaunch()
    {
        await using var fred = new DapFixture();
        var launching = new TaskCompletionSource();
        fred.OnLaunch = async (_, _, ct) =>
        {
            launching.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct);
        };
        await fred.Client.RequestAsync("initialize");
        var launch = await fred.Client.SendAsync("launch", new() { ["program"] = "x" });
        await launching.Task;

        await fred.Client.RequestAsync("disconnect");

        (await fred.Client.ResponseAsync(launch))["message"]!.GetValue<string>().ShouldBe("cancelled");
        await fred.Client.ClosedAsync();
    }

    [Fact]
    public async Task NoDebug_RunsToTheEnd_WithoutBreakpoints()
    {
        await using var fred = new DapFixture("x = 1\ny = 2\n");
        await fred.RunToAsync(() => fred.BreakAsync(2), launch: new() { ["noDebug"] = true });

        await fred.Client.EventAsync("terminated");
        fred.Client.IndexOf(DapClient.Event("stopped")).ShouldBe(-1);
    }

    [Fact]
    public async Task ALostProgram_LeavesItsHistory()
    {
        await using var fred = new DapFixture(Endless);
        fred.Prepare = backend => backend.Faults.HeadDies = at => at.Value > 100;
        await fred.StartAsync();

        var stop = await fred.MoveAsync("continue");

        stop["description"]!.GetValue<string>().ShouldContain("failed");
        (await fred.MoveAsync("stepBack"))["fred"]!["tick"]!.GetValue<long>().ShouldBeGreaterThan(0);
    }
}
