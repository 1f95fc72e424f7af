using System.Text.Json;
using Shouldly;
using Xunit;

namespace Fred.Cli.Tests;

/// <summary>fred log, history-of and calls, and the verbs of the prompt, over a program in memory.</summary>
public sealed class HistoryTests
{
    private const string Source = """
        def add(a, b):
            c = a + b
            return c
        total = 0
        for i in range(6):
            total = add(total, i)
        print(total)
        """;

    [Fact]
    public async Task Tables_AreForPeople()
    {
        var log = await RunAsync("log", "--at", "prog.py:2", "--at", "add()", "--expr", "a", "--expr", "b * 1000", "--expr", "zero");
        var changes = await RunAsync("history-of", "total");
        var calls = await RunAsync("calls", "add", "--most", "3");
        (log.Code, changes.Code, calls.Code).ShouldBe((ExitCode.Ok, ExitCode.Ok, ExitCode.Ok));
        TestKit.Approved.Matches(string.Join("\n", log.Output, changes.Output, calls.Output));
    }

    [Fact]
    public async Task JsonLines_FollowTheDocumentation()
    {
        var log = Rows((await RunAsync("log", "--at", "prog.py:2", "--expr", "b", "--json")).Output);
        log.Count.ShouldBe(6);
        log[3].GetRawText().ShouldContain("\"values\":[{\"expression\":\"b\",\"value\":\"3\",\"error\":null}]");
        log[0].EnumerateObject().Select(p => p.Name).ShouldBe(["tick", "file", "line", "function", "values"]);
        var changes = Rows((await RunAsync("history-of", "total", "--json")).Output);
        changes.Select(c => c.GetProperty("new").GetString()).ShouldBe(["0", "1", "3", "6", "10", "15"]);
        changes[0].GetProperty("old").ValueKind.ShouldBe(JsonValueKind.Null);
        changes[0].EnumerateObject().Select(p => p.Name).ShouldBe(["tick", "file", "line", "function", "text", "old", "oldError", "new", "newError"]);
        var calls = Rows((await RunAsync("calls", "add", "--json")).Output);
        calls[5].EnumerateObject().Select(p => p.Name).ShouldBe(["tick", "file", "line", "function", "nesting", "arguments", "outcome", "endTick", "result", "exception"]);
        calls[5].GetProperty("outcome").GetString().ShouldBe("returned");
    }

    [Theory]
    [InlineData(ExitCode.NotFound, "log --at prog.py:99 --expr a", "was never reached")]
    [InlineData(ExitCode.NotFound, "calls nothing", "was never called")]
    [InlineData(ExitCode.NotFound, "history-of nothing", "never had a value")]
    [InlineData(ExitCode.Usage, "log --expr a", "--at")]
    [InlineData(ExitCode.Usage, "log --at prog.py: --expr a", "no place in a program")]
    [InlineData(ExitCode.Usage, "log --at prog.py:2 --expr a+", "is no expression")]
    [InlineData(ExitCode.Usage, "calls add --jobs 0", "no number for --jobs")]
    public async Task ExitCodes_TellWhatHappened(int code, string line, string text)
    {
        var run = await RunAsync(line.Split(' '));
        run.Code.ShouldBe(code, run.Error);
        (run.Output + run.Error).ShouldContain(text);
    }

    [Fact]
    public async Task ThePrompt_HasTheSameVerbs()
    {
        using var cli = new TestCli(Source);
        var run = await cli.RunAsync("continue\nlog 2 b\nlog\nhistory-of total\ncalls --most 2 add\ncalls\n", "python", "--jsonl", "prog.py");
        var lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        JsonElement Of(string command) => lines.Single(l => l.GetProperty("command").GetString() == command);
        Of("log 2 b").GetProperty("history").GetProperty("rows").GetArrayLength().ShouldBe(6);
        Of("log").GetProperty("error").GetProperty("id").GetString().ShouldBe("Usage");
        Of("history-of total").GetProperty("output").GetString()!.ShouldContain("return c");
        Of("calls --most 2 add").GetProperty("history").GetProperty("complete").GetBoolean().ShouldBeFalse();
        Of("calls").GetProperty("error").GetProperty("id").GetString().ShouldBe("Usage");
    }

    private static List<JsonElement> Rows(string output) => [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];

    private static async Task<TestRun> RunAsync(params string[] words)
    {
        using var cli = new TestCli(Source); // a program in memory runs once
        return await cli.RunAsync(string.Empty, [.. words.Select(w => w.Replace("prog.py", cli.ProgramFile, StringComparison.Ordinal)), "--", "python", "prog.py"]);
    }
}
