using System.Text.Json;
using Shouldly;
using Xunit;

namespace Fred.Cli.Tests;

/// <summary>fred rpc over a program in memory.</summary>
public sealed class RpcTests
{
    private const string Source = """
        total = 0
        for i in range(6):
            total = total + i
        total = 0 - 1
        """;

    private const string Initialize = """{"jsonrpc":"2.0","id":"first","method":"initialize","params":{"versions":[3,1]}}""";

    [Fact]
    public async Task Verbs_AreThoseOfThePrompt_WithTheirResults()
    {
        var answers = await TalkAsync(
            Initialize,
            Call(2, "launch", """{"command":["prog.py"]}"""),
            Call(3, "continue"),
            Call(4, "reverse-watch", """["total", ">= 0"]"""),
            Call(5, "evaluate", """{"expression":"total"}"""),
            Call(6, "stack"),
            Call(7, "variables", "{}"),
            Call(8, "log", """{"argument":"3 i"}"""),
            Call(9, "execute", """{"line":"p total + 1"}"""),
            Call(10, "reverse-step", "[2]"));
        answers.Select(a => a.GetProperty("id").ToString()).ShouldBe(["first", "2", "3", "4", "5", "6", "7", "8", "9", "10"]);
        var results = answers.Select(a => a.GetProperty("result")).ToList();
        results[0].GetProperty("version").GetInt32().ShouldBe(1);
        results[0].GetProperty("verbs").EnumerateArray().Select(v => v.GetProperty("name").GetString()).ShouldBe(ReplCommands.All.Select(c => c.Name));
        results[1].GetProperty("stop").GetProperty("reason").GetString().ShouldBe("entry");
        results[2].GetProperty("stop").GetProperty("reason").GetString().ShouldBe("exit");
        results[3].GetProperty("watch").GetProperty("transitions")[0].GetProperty("line").GetInt32().ShouldBe(4);
        results[4].GetProperty("value").GetString().ShouldBe("15");
        results[5].GetProperty("frames")[0].GetProperty("function").GetString().ShouldBe("<module>");
        results[6].GetProperty("variables").EnumerateArray().Select(v => v.GetProperty("name").GetString()).ShouldContain("total");
        results[7].GetProperty("history").GetProperty("rows").GetArrayLength().ShouldBe(6);
        results[8].GetProperty("output").GetString().ShouldBe("16\n");
        results[9].GetProperty("stop").GetProperty("live").GetBoolean().ShouldBeFalse();
    }

    [Theory]
    [InlineData("nonsense", -32700, "Usage")]
    [InlineData("""{"id":1,"method":"continue"}""", -32600, "Usage")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"fly"}""", -32601, "UnknownCommand")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"evaluate"}""", -32602, "Usage")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"continue","params":[true]}""", -32602, "Usage")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"launch","params":{"command":"prog.py"}}""", -32602, "Usage")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"continue"}""", -32001, "NotNow")]
    public async Task Errors_CarryTheirIds(string line, int code, string id)
    {
        var error = (await TalkAsync(Initialize, line))[^1].GetProperty("error");
        (error.GetProperty("code").GetInt32(), error.GetProperty("data").GetProperty("id").GetString()).ShouldBe((code, id));
    }

    [Fact]
    public async Task FailedCommands_TellWhereTheSittingStands()
    {
        var error = (await TalkAsync(Initialize, Call(2, "launch", """{"command":["prog.py"]}"""), Call(3, "goto", "[99999]")))[^1].GetProperty("error");
        error.GetProperty("data").GetProperty("id").GetString().ShouldBe("TickOutOfRange");
        error.GetProperty("data").GetProperty("stop").GetProperty("tick").GetInt64().ShouldBe(1);
    }

    [Fact]
    public async Task TheVersion_IsNegotiated_AndComesFirst()
    {
        (await TalkAsync("""{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"versions":[2]}}"""))[0].GetProperty("error").GetProperty("code").GetInt32().ShouldBe(-32002);
        (await TalkAsync(Call(1, "continue")))[0].GetProperty("error").GetProperty("code").GetInt32().ShouldBe(-32001);
    }

    [Fact]
    public async Task Batches_Notifications_CancelAndShutdown()
    {
        using var cli = new TestCli(Source);
        var run = await cli.RunAsync(
            string.Join(
                '\n',
                $"[{Initialize},{{\"jsonrpc\":\"2.0\",\"method\":\"when\"}},{Call(2, "launch", """{"command":["prog.py"]}""")}]",
                """{"jsonrpc":"2.0","method":"cancel","params":{"id":4}}""",
                """{"jsonrpc":"2.0","method":"continue"}""",
                Call(4, "reverse-step"),
                Call(5, "shutdown"),
                Call(6, "when")) + "\n",
            "rpc");
        run.Code.ShouldBe(ExitCode.Ok, run.Error);
        var lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Length.ShouldBe(3);
        JsonDocument.Parse(lines[0]).RootElement.EnumerateArray().Select(a => a.GetProperty("id").ToString()).ShouldBe(["first", "2"]);
        JsonDocument.Parse(lines[1]).RootElement.GetProperty("error").GetProperty("data").GetProperty("id").GetString().ShouldBe("Cancelled");
        JsonDocument.Parse(lines[2]).RootElement.GetProperty("result").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    private static string Call(int id, string method, string? parameters = null) =>
        $"{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"{method}\"{(parameters is null ? string.Empty : $",\"params\":{parameters}")}}}";

    private static async Task<List<JsonElement>> TalkAsync(params string[] lines)
    {
        using var cli = new TestCli(Source);
        var run = await cli.RunAsync(string.Concat(lines.Select(l => l + "\n")), "rpc");
        run.Code.ShouldBe(ExitCode.Ok, run.Error);
        return [.. run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)];
    }
}
