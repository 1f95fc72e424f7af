using System.Text.Json;
using Fred.Core;
using Shouldly;
using Xunit;

namespace Fred.Backends.Tests;

public sealed class PdbInspectorTests : IDisposable
{
    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromSeconds(30));
    private readonly SocketPair _pair = new();
    private readonly List<int> _ended = [];
    private readonly PdbInspector _inspector;

    public PdbInspectorTests()
    {
        _inspector = new PdbInspector(_pair.Lines, new OwnedProcess(99, pid =>
        {
            _ended.Add(pid);
            return Task.FromResult<WaitStatus?>(new WaitStatus(9));
        }));
    }

    [Fact]
    public async Task Stack_AndFingerprintComeFromOneAnswer()
    {
        var stack = _inspector.GetStackAsync(0, 1, _timeout.Token);
        await AnswerAsync(
            "stop",
            """
            "frames":[{"index":0,"file":"/a.py","line":3,"function":"f","user":true,"activation":"frame:1:250:7"},
            {"index":1,"file":"/a.py","line":9,"function":"<module>","user":true,"activation":"module:__main__"}],"total":2,"fingerprint":"abc","exception":null
            """);
        var page = await stack;
        page.Total.ShouldBe(2);
        page.Frames.ShouldBe([new Frame(0, new SourceLocation("/a.py", 3), "f", true, "frame:1:250:7") { Entry = new Ticks(250) }]);
        (await _inspector.GetValueFingerprintAsync(_timeout.Token)).ShouldBe("abc");
        (await _inspector.GetStackAsync(0, 0, _timeout.Token)).Frames[1].Entry.ShouldBeNull();
    }

    [Theory]
    [InlineData("""
        "state":"good","value":"5","type":"int","ref":0
        """, Truth.Good, "5", "int")]
    [InlineData("""
        "state":"bad","value":"[]","type":"list","ref":3
        """, Truth.Bad, "[]", "list")]
    [InlineData("""
        "state":"unevaluable","error":"NameError: name 'x' is not defined"
        """, Truth.NotEvaluable, "NameError: name 'x' is not defined", "")]
    [InlineData("""
        "state":"unevaluable","error":{"type":"NameError","message":"x"}
        """, Truth.NotEvaluable, "NameError: x", "")]
    public async Task Evaluate_KnowsThreeStates(string answer, Truth truth, string value, string type)
    {
        var evaluation = _inspector.EvaluateAsync("x", new EvaluationScope.InActivation("module:m"), _timeout.Token);
        var request = await AnswerAsync("eval", answer);
        request.GetProperty("activation").GetString().ShouldBe("module:m");
        request.TryGetProperty("frame", out _).ShouldBeFalse();
        var result = await evaluation;
        (result.Truth, result.Value, result.Type).ShouldBe((truth, value, type));
    }

    [Theory]
    [InlineData("invalid", true)]
    [InlineData("unevaluable", false)]
    public async Task Evaluate_TellsWhatDoesNotParseFromWhatHasNoValue(string state, bool invalid)
    {
        var evaluation = _inspector.EvaluateAsync("x <", new EvaluationScope.InFunction("f"), _timeout.Token);
        var request = await AnswerAsync("eval", $"\"state\":\"{state}\",\"error\":\"e\"");
        request.GetProperty("activation").GetString().ShouldBe("function:f");
        (await evaluation).IsInvalid.ShouldBe(invalid);
    }

    [Fact]
    public async Task Execute_TranslatesActionsAndBreakpoints()
    {
        var reply = _inspector.ExecuteAsync("next", "s0", _timeout.Token);
        (await AnswerAsync("command", """
            "output":"","state":"s1","frame":2,"action":{"kind":"run","depth":4,"line":0,"ret":0},
            "breakpoints":[{"number":1,"file":"/a.py","line":3,"temporary":true,"enabled":false,"condition":"x","ignore":2,"hits":5,"function":"f"}]
            """)).GetProperty("state").GetString().ShouldBe("s0");
        var result = await reply;
        (result.State, result.SelectedFrame).ShouldBe(("s1", 2));
        result.Action.ShouldBe(new BackendAction.Run(new StepFilter(4)));
        result.Breakpoints.ShouldBe([new Breakpoint(1, new SourceLocation("/a.py", 3)) { Temporary = true, Enabled = false, Condition = "x", IgnoreCount = 2, Hits = 5, Function = "f" }]);
    }

    [Fact]
    public async Task Refusal_BecomesAnErrorWithItsText()
    {
        var matches = _inspector.CompleteAsync("x.", 2, 0, _timeout.Token);
        await _pair.HearAsync(_timeout.Token);
        _pair.Say("""{"id":1,"ok":false,"error":{"type":"ValueError","message":"bad"}}""" + "\n");
        (await Should.ThrowAsync<FredException>(() => matches)).Message.ShouldBe("ValueError: bad");
    }

    [Fact]
    public async Task Cancel_KillsTheCopy()
    {
        using var cancel = new CancellationTokenSource();
        var evaluation = _inspector.EvaluateAsync("while_true()", new EvaluationScope.InFrame(0), cancel.Token);
        await _pair.HearAsync(_timeout.Token);
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => evaluation);
        await _inspector.DisposeAsync();
        _ended.ShouldBe([99]);
    }

    [Fact]
    public async Task Death_SaysThatTheProgramIsUntouched()
    {
        var evaluation = _inspector.EvaluateAsync("os._exit(1)", new EvaluationScope.InFrame(0), _timeout.Token);
        await _pair.HearAsync(_timeout.Token);
        _pair.Peer.Dispose();
        var error = await Should.ThrowAsync<FredException>(() => evaluation);
        (error.Id, error.Message.Contains("untouched", StringComparison.Ordinal)).ShouldBe((ErrorId.ReplicaLost, true));
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("null")]
    [InlineData("{\"id\":7,\"ok\":true}")]
    public async Task Garbage_IsAProtocolError(string line)
    {
        var display = _inspector.DisplayAsync(string.Empty, _timeout.Token);
        await _pair.HearAsync(_timeout.Token);
        _pair.Say(line + "\n");
        (await Should.ThrowAsync<FredException>(() => display)).Id.ShouldBe(ErrorId.ProtocolBroken);
    }

    public void Dispose()
    {
        _pair.Dispose();
        _timeout.Dispose();
    }

    private async Task<JsonElement> AnswerAsync(string op, string members)
    {
        var request = JsonDocument.Parse((await _pair.HearAsync(_timeout.Token))!).RootElement;
        request.GetProperty("op").GetString().ShouldBe(op);
        _pair.Say($"{{\"id\":{request.GetProperty("id").GetInt64()},\"ok\":true,{members.ReplaceLineEndings(" ")}}}\n");
        return request;
    }
}
