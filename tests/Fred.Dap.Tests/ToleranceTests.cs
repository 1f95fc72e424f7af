using System.Text;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Fred.TestKit;
using Shouldly;

namespace Fred.Dap.Tests;

/// <summary>What real clients send, and what broken ones might.</summary>
public sealed class ToleranceTests
{
    [Fact]
    public async Task Kate_SendsSeqZero_NullArguments_AndTypeLast()
    {
        await using var fred = new DapFixture();

        await fred.Client.SendTextAsync("""{"arguments":{"adapterID":"fred","linesStartAt1":true,"path":true},"command":"initialize","seq":0,"type":"request"}""");
        (await fred.Client.ResponseAsync(0))["success"]!.GetValue<bool>().ShouldBeTrue();
        await fred.Client.SendTextAsync("""{"arguments":null,"command":"threads","seq":1,"type":"request"}""");
        (await fred.Client.ResponseAsync(1))["body"]!["threads"]!.AsArray().Count.ShouldBe(1);
    }

    [Fact]
    public async Task EveryRequest_WithoutArguments_IsAnswered()
    {
        await using var fred = new DapFixture("x = 1\nx = 2\nx = 3\n");
        await fred.StartAsync();
        foreach (var command in RequestGate.Rows.Select(row => row.Command).Except(["disconnect", "terminate", "restart", "reverseContinue", "continue"]))
        {
            var response = await fred.Client.TryRequestAsync(command);
            if (!response["success"]!.GetValue<bool>())
            {
                response["message"]!.GetValue<string>().ShouldNotBeNullOrEmpty();
                response["body"]!["error"]!["variables"]!["errorId"]!.GetValue<string>().ShouldNotBe("Internal", $"{command}: {response.ToJsonString()}");
            }
        }
    }

    [Fact]
    public async Task EveryRequest_WithArgumentsOfTheWrongType_IsAnswered()
    {
        await using var fred = new DapFixture("x = 1\nx = 2\nx = 3\n");
        await fred.StartAsync();
        string[] names = ["threadId", "frameId", "variablesReference", "source", "breakpoints", "filters", "expression", "name", "count", "tick", "text", "requestId", "startFrame", "startModule", "arguments"];
        foreach (var command in RequestGate.Rows.Select(row => row.Command).Except(["disconnect", "terminate", "restart"]))
        {
            foreach (var wrong in new JsonNode[] { new JsonArray(1), new JsonObject { ["a"] = 1 }, "text", 1e300, true })
            {
                var arguments = new JsonObject([.. names.Select(name => KeyValuePair.Create(name, (JsonNode?)wrong.DeepClone()))]);
                var response = await fred.Client.TryRequestAsync(command, arguments);
                response["body"]?["error"]?["variables"]?["errorId"]?.GetValue<string>().ShouldNotBe("Internal", $"{command}: {response.ToJsonString()}");
            }
        }
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("not json")]
    [InlineData("{\"seq\":1}")]
    [InlineData("{\"seq\":\"1\",\"type\":\"request\",\"command\":\"threads\"}")]
    [InlineData("{\"seq\":1.5,\"type\":\"request\",\"command\":\"threads\"}")]
    [InlineData("{\"seq\":1,\"type\":\"event\",\"event\":\"x\"}")]
    [InlineData("{\"seq\":1,\"type\":\"response\",\"request_seq\":77,\"success\":true,\"command\":\"x\"}")]
    [InlineData("{\"seq\":1,\"type\":\"request\",\"command\":\"threads\"")]
    public async Task WhatIsNoRequest_LeavesTheConnectionUsable(string text)
    {
        await using var fred = new DapFixture();

        await fred.Client.SendTextAsync(text);

        await fred.Client.RequestAsync("initialize");
    }

    [Theory]
    [InlineData("{\"seq\":7,\"type\":\"request\"}")]
    [InlineData("{\"seq\":7,\"type\":\"request\",\"command\":5}")]
    [InlineData("{\"seq\":7,\"type\":\"request\",\"command\":\"threads\",\"arguments\":[1]}")]
    [InlineData("{\"seq\":7,\"type\":\"request\",\"command\":\"attach\"}")]
    [InlineData("{\"seq\":7,\"type\":\"request\",\"command\":\"no such thing\"}")]
    public async Task AWrongRequestWithANumber_GetsAnErrorResponse(string text)
    {
        await using var fred = new DapFixture();

        await fred.Client.SendTextAsync(text);

        (await fred.Client.ResponseAsync(7))["success"]!.GetValue<bool>().ShouldBeFalse();
    }

    [Fact]
    public async Task NestedAndInvalidText_IsRefused()
    {
        await using var fred = new DapFixture();

        await fred.Client.SendTextAsync(new string('[', 100_000));
        await fred.Client.SendBytesAsync([.. "Content-Length: 4\r\n\r\n\""u8, 0xff, 0xfe, (byte)'"']);

        await fred.Client.RequestAsync("initialize");
    }

    [Fact]
    public async Task RequestsSentAtOnce_AreAnsweredInOrder()
    {
        await using var fred = new DapFixture();
        await fred.StartAsync();
        var bytes = new StringBuilder();
        for (var seq = 1000; seq < 1200; seq++)
        {
            var body = $$"""{"seq":{{seq}},"type":"request","command":"threads"}""";
            bytes.Append($"Content-Length: {body.Length}\r\n\r\n{body}");
        }

        await fred.Client.SendBytesAsync(Encoding.ASCII.GetBytes(bytes.ToString()));
        await fred.Client.ResponseAsync(1199);

        fred.Client.Log.Where(m => DapClient.Response("threads")(m)).Select(m => m["request_seq"]!.GetValue<int>()).ShouldBe(Enumerable.Range(1000, 200));
    }

    [Fact]
    public void AnyBytes_EndTheServerOrAreAnswered_ButNeverHangOrCrashIt()
    {
        string[] pieces = ["Content-Length: ", "5", "2", "\r\n\r\n", "{}", "{\"seq\":1,\"type\":\"request\",\"command\":\"threads\"}", "\n", "X: y\r\n", "\0", "ÿ", "99999999999", "disconnect"];
        var bytes = Gen.Elements(pieces).ListOf().Select(list => Encoding.Latin1.GetBytes(string.Concat(list))).ToArbitrary();

        Prop.ForAll(bytes, async input =>
        {
            await using var fred = new DapFixture();
            await fred.Client.SendBytesAsync(input);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));
    }
}
