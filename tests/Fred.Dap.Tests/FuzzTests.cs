using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;

namespace Fred.Dap.Tests;

/// <summary>Requests and bytes that no client of good will sends: everything that has a number is answered once, and the connection lives or ends, but never hangs.</summary>
public sealed class FuzzTests
{
    private const string Loop = "n = 0\nwhile n < 5:\n    n = n + 1\nprint(n)\n";

    private static readonly string[] Names =
    [
        "threadId", "frameId", "variablesReference", "source", "path", "breakpoints", "line", "endLine", "condition", "hitCondition", "logMessage", "filters", "filterOptions",
        "filterId", "expression", "context", "value", "name", "dataId", "accessType", "count", "tick", "live", "bookmark", "text", "column", "requestId", "progressId", "startFrame",
        "levels", "start", "filter", "granularity", "switchTo", "rename", "restart", "which", "most", "arguments", "nonsense", "",
    ];

    // Ending requests have tests of their own; here the connection has to survive.
    private static readonly string[] Commands = [.. RequestGate.Rows.Select(row => row.Command).Except(["disconnect", "terminate"]), "goto", "no such thing", ""];

    private static readonly Gen<JsonNode?> Scalar = Gen.OneOf(
        Gen.Choose(-5, 12).Select(number => (JsonNode?)number),
        Gen.Elements<JsonNode?>(null, true, false, 1e300, -1, int.MaxValue, long.MinValue, 0.5, "", "n", "n > 2", "raised", "fred-goto 3", "pdb q", "\ud800", "{", new string('x', 5000)));

    [Fact]
    public void EveryNumberedRequest_IsAnsweredOnce_WhateverItsArguments()
    {
        var requests = Gen.Zip(Gen.Elements(Commands), Json(3)).ListOf(25).ToArbitrary();

        Prop.ForAll(requests, async all =>
        {
            await using var fred = new DapFixture(Loop);
            await fred.StartAsync(() => fred.BreakAsync(3));
            var seq = 1000;
            foreach (var (command, arguments) in all)
            {
                await fred.Client.SendTextAsync(new JsonObject { ["seq"] = seq++, ["type"] = "request", ["command"] = command, ["arguments"] = arguments?.DeepClone() }.ToJsonString());
            }

            await AllAnsweredOnceAsync(fred, 1000, seq);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(40));
    }

    [Fact]
    public void MessagesCutAndMixedWithRubbish_KeepTheStreamInStep()
    {
        string[] rubbish = ["{", "[]", "null", "5", "\"x\"", "{\"seq\":3}", "{\"type\":\"event\"}", "{\"type\":\"response\",\"request_seq\":9}", "\u0000", ""];
        var plan = Gen.Zip(Gen.Elements(rubbish).ListOf(10), Gen.Choose(1, 70)).ToArbitrary();

        Prop.ForAll(plan, async input =>
        {
            await using var fred = new DapFixture(Loop);
            var (pieces, step) = input;
            var text = new StringBuilder();
            var seq = 1000;
            foreach (var piece in pieces)
            {
                Append(text, piece);
                Append(text, string.Create(CultureInfo.InvariantCulture, $$"""{"seq":{{seq++}},"type":"request","command":"threads","arguments":null}"""));
            }

            var bytes = Encoding.UTF8.GetBytes(text.ToString());
            for (var at = 0; at < bytes.Length; at += step)
            {
                await fred.Client.SendBytesAsync(bytes[at..Math.Min(bytes.Length, at + step)]);
            }

            await AllAnsweredOnceAsync(fred, 1000, seq);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(30));
    }

    [Fact]
    public async Task AMessageCutOffByTheEndOfTheStream_EndsTheServer()
    {
        var whole = Encoding.UTF8.GetBytes("Content-Length: 62\r\n\r\n{\"seq\":1,\"type\":\"request\",\"command\":\"threads\",\"arguments\":null}");
        for (var length = 1; length < whole.Length; length += 7)
        {
            await using var fred = new DapFixture(Loop);
            await fred.Client.SendBytesAsync(whole[..length]);
            await fred.Client.DisposeAsync();
            (await fred.Serving.WaitAsync(TimeSpan.FromSeconds(20))).ShouldNotBeNull();
        }
    }

    [Fact]
    public async Task ADeepOrHugeMessage_IsRefused_AndTheNextOneAnswered()
    {
        await using var fred = new DapFixture(Loop);

        await fred.Client.SendTextAsync($"{{\"seq\":7,\"type\":\"request\",\"command\":\"evaluate\",\"arguments\":{new string('[', 60)}{new string(']', 60)}}}");
        (await fred.Client.ResponseAsync(7))["success"]!.GetValue<bool>().ShouldBeFalse();
        await fred.Client.SendTextAsync($"{{\"seq\":8,\"type\":\"request\",\"command\":\"setBreakpoints\",\"arguments\":{{\"source\":{{\"path\":\"{new string('p', 4 << 20)}\"}}}}}}");
        (await fred.Client.ResponseAsync(8))["request_seq"]!.GetValue<int>().ShouldBe(8);
        await fred.Client.SendTextAsync(new string(' ', DapStream.MaxBody + 1));

        await fred.Client.RequestAsync("initialize");
    }

    private static Gen<JsonNode?> Json(int depth) => depth == 0 ? Scalar : Gen.OneOf(
        Scalar,
        Json(depth - 1).ListOf(3).Select(list => (JsonNode?)new JsonArray([.. list.Select(item => item?.DeepClone())])),
        Members(depth),
        Members(depth));

    private static Gen<JsonNode?> Members(int depth) => Gen.Zip(Gen.Elements(Names), Json(depth - 1)).ListOf(6).Select(members => (JsonNode?)new JsonObject(
        members.DistinctBy(member => member.Item1).Select(member => KeyValuePair.Create(member.Item1, member.Item2?.DeepClone()))));

    private static void Append(StringBuilder text, string body) =>
        text.Append(CultureInfo.InvariantCulture, $"Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");

    private static async Task AllAnsweredOnceAsync(DapFixture fred, int from, int to)
    {
        for (var seq = from; seq < to; seq++)
        {
            var response = await fred.Client.ResponseAsync(seq);
            response["body"]?["error"]?["variables"]?["errorId"]?.GetValue<string>().ShouldNotBe("Internal", response.ToJsonString());
        }

        await fred.Client.TryRequestAsync("threads");
        fred.Client.Log.Where(m => m["type"]!.GetValue<string>() == "response" && m["request_seq"]!.GetValue<int>() >= from).GroupBy(m => m["request_seq"]!.GetValue<int>())
            .ShouldAllBe(answers => answers.Count() == 1);
    }
}
