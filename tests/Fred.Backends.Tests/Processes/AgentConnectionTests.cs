using Fred.Core;
using Shouldly;
using Xunit;

namespace Fred.Backends.Tests;

public sealed class AgentConnectionTests : IAsyncDisposable
{
    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromSeconds(30));
    private readonly SocketPair _pair = new();
    private readonly List<AgentMessage> _unasked = [];
    private readonly AgentConnection _connection;

    public AgentConnectionTests()
    {
        _connection = new AgentConnection(_pair.Lines, _unasked.Add, () => Task.FromResult(new FredException(ErrorId.ReplicaLost, "it is gone")), greeting: false);
    }

    [Fact]
    public async Task Ask_SendsAllLinesAtOnceAndCollectsMatches()
    {
        var reply = _connection.AskAsync("bp-clear\nrun limit=9\n");
        (await _pair.HearAsync(_timeout.Token)).ShouldBe("bp-clear");
        (await _pair.HearAsync(_timeout.Token)).ShouldBe("run limit=9");
        _pair.Say("match 3 1\nforked 1 2\nmatch 5 2\nscanned 9 0 2 -1 0 0 %\n");
        var (last, matches) = await reply;
        last.ShouldBe(new AgentMessage.Scanned(9, 0, 2, -1, 0, false, string.Empty));
        matches.ShouldBe([new AgentMessage.Match(3, 1), new AgentMessage.Match(5, 2)]);
        _unasked.ShouldContain(new AgentMessage.Forked(1, 2));
    }

    [Fact]
    public async Task Ask_TwiceAtOnceIsAnErrorOfTheCaller()
    {
        var first = _connection.AskAsync("run\n");
        await Should.ThrowAsync<InvalidOperationException>(() => _connection.AskAsync("run\n"));
        _pair.Say("watching\n");
        await first;
    }

    [Fact]
    public async Task Ask_AnsweredWithAnErrorThrowsItsTextAndGoesOn()
    {
        var reply = _connection.AskAsync("watch x y\n");
        _pair.Say("error invalid%20syntax\n");
        var error = await Should.ThrowAsync<FredException>(() => reply);
        (error.Id, error.Message).ShouldBe((ErrorId.BadExpression, "invalid syntax"));
        var next = _connection.AskAsync("watch x y\n");
        _pair.Say("watching\n");
        (await next).Last.ShouldBe(new AgentMessage.Watching());
    }

    [Fact]
    public async Task PeersDeath_EndsThisRequestAndAllLaterOnesWithTheExplanation()
    {
        var reply = _connection.AskAsync("run\n");
        _pair.Peer.Dispose();
        (await Should.ThrowAsync<FredException>(() => reply)).Message.ShouldBe("it is gone");
        (await Should.ThrowAsync<FredException>(() => _connection.AskAsync("run\n"))).Id.ShouldBe(ErrorId.ReplicaLost);
        (await _connection.Closed).Message.ShouldBe("it is gone");
    }

    [Fact]
    public async Task FirstReasonWins()
    {
        var reply = _connection.AskAsync("run\n");
        _pair.Say("diverged 7 8 other%20call\n");
        _pair.Peer.Dispose();
        var error = await Should.ThrowAsync<FredException>(() => reply);
        error.Id.ShouldBe(ErrorId.ReplayDiverged);
        error.Message.ShouldContain("tick 7");
        error.Message.ShouldContain("other call");
        _connection.Abort(new FredException(ErrorId.Internal, "late"));
        (await _connection.Closed).Id.ShouldBe(ErrorId.ReplayDiverged);
    }

    [Fact]
    public async Task Garbage_TakesTheConnectionDown()
    {
        var reply = _connection.AskAsync("run\n");
        _pair.Say("what is this\n");
        (await Should.ThrowAsync<FredException>(() => reply)).Id.ShouldBe(ErrorId.ProtocolBroken);
    }

    [Fact]
    public async Task Ask_RefusesALineThatIsTooLongWithoutHarm()
    {
        (await Should.ThrowAsync<FredException>(() => _connection.AskAsync("watch " + new string('x', 70_000) + "\n"))).Id.ShouldBe(ErrorId.Usage);
        var next = _connection.AskAsync("watch x y\n");
        _pair.Say("watching\n");
        await next;
    }

    [Fact]
    public async Task Greeting_IsTheFirstMessage()
    {
        using var pair = new SocketPair();
        await using var connection = new AgentConnection(pair.Lines, _ => { }, () => Task.FromResult(new FredException(ErrorId.HeadLost, "gone")), greeting: true);
        pair.Say("stopped entry 0 10 1 none 0 0 - % % % 1 1\n");
        (await connection.GreetingAsync()).ShouldBeOfType<AgentMessage.Stopped>().Reason.ShouldBe("entry");
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        _pair.Dispose();
        _timeout.Dispose();
    }
}
