using System.Text.Json;
using Shouldly;
using Xunit;

namespace Fred.Cli.Tests;

public sealed class JsonLinesTests : IDisposable
{
    private readonly TestCli _cli = new("""
        x = 0
        while x < 3:
            x = x + 1
        boom()
        """);

    public void Dispose() => _cli.Dispose();

    [Fact]
    public async Task EachCommand_IsOneObject()
    {
        var script = _cli.WriteScript("# go", "next", "", "p x", "fred-nonsense", "continue", "rs 50");
        var run = await _cli.RunAsync("", "python", "--jsonl", "-x", script, "prog.py");

        run.Code.ShouldBe(ExitCode.Ok);
        run.Error.ShouldBeEmpty();
        var lines = Lines(run);
        lines.Select(l => l.GetProperty("command").GetString()).ShouldBe(["", "next", "p x", "fred-nonsense", "continue", "rs 50"]);
        lines.Select(l => l.GetProperty("stop").GetProperty("reason").GetString()).ShouldBe(["entry", "step", "step", "step", "exception", "start-of-history"]);
        lines.ShouldAllBe(l => Members(l) == "command stop output error");
        lines.ShouldAllBe(l => Members(l.GetProperty("stop")) == "reason file line function tick live");
        lines[2].GetProperty("output").GetString().ShouldBe("0\n");
        lines[3].GetProperty("error").GetProperty("id").GetString().ShouldBe("UnknownCommand");
        lines[3].GetProperty("error").GetProperty("message").GetString().ShouldNotBeNullOrEmpty();
        lines.Where((_, i) => i != 3).ShouldAllBe(l => l.GetProperty("error").ValueKind == JsonValueKind.Null);
    }

    [Fact]
    public async Task Stop_SaysWhereInTime()
    {
        var run = await _cli.RunAsync("n\nn\nrs\n", "python", "--jsonl", "prog.py");
        var stop = Lines(run)[^1].GetProperty("stop");
        stop.GetProperty("file").GetString().ShouldBe("/dir/prog.py");
        stop.GetProperty("line").GetInt32().ShouldBe(2);
        stop.GetProperty("live").GetBoolean().ShouldBeFalse();
        stop.GetProperty("tick").GetInt64().ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Watch_CarriesItsReport()
    {
        var run = await _cli.RunAsync("c\nrw x < 2\n", "python", "--jsonl", "prog.py");
        var line = Lines(run)[^1];
        line.GetProperty("stop").GetProperty("reason").GetString().ShouldBe("transition");
        var watch = line.GetProperty("watch");
        watch.GetProperty("result").GetString().ShouldBe("transition");
        var transition = watch.GetProperty("transitions")[0];
        transition.GetProperty("line").GetInt32().ShouldBe(3);
        transition.GetProperty("text").GetString().ShouldBe("x = x + 1");
        transition.GetProperty("tick").GetInt64().ShouldBe(line.GetProperty("stop").GetProperty("tick").GetInt64());
    }

    [Fact]
    public async Task StartFailure_IsAnObjectToo()
    {
        var run = await _cli.RunAsync("", "python", "--jsonl", "-x", "/no/such/script", "prog.py");
        run.Code.ShouldBe(ExitCode.Usage);
        var line = Lines(run).ShouldHaveSingleItem();
        line.GetProperty("stop").ValueKind.ShouldBe(JsonValueKind.Null);
        line.GetProperty("error").GetProperty("id").GetString().ShouldBe("Usage");
    }

    private static string Members(JsonElement json) => string.Join(' ', json.EnumerateObject().Select(p => p.Name));

    private static List<JsonElement> Lines(TestRun run)
    {
        run.Output.ShouldEndWith("\n");
        return [.. run.Output.TrimEnd('\n').Split('\n').Select(l => JsonDocument.Parse(l).RootElement)];
    }
}
