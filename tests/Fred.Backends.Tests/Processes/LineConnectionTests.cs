using Fred.Core;
using Shouldly;
using Xunit;

namespace Fred.Backends.Tests;

public sealed class LineConnectionTests : IDisposable
{
    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromSeconds(30));
    private readonly SocketPair _pair = new();

    [Fact]
    public async Task ReadLine_JoinsPiecesAndSplitsBursts()
    {
        _pair.Say("on");
        var first = _pair.Lines.ReadLineAsync(100, _timeout.Token);
        _pair.Say("e\ntwo\nthree é\n");
        (await first).ShouldBe("one");
        (await _pair.Lines.ReadLineAsync(100, _timeout.Token)).ShouldBe("two");
        (await _pair.Lines.ReadLineAsync(100, _timeout.Token)).ShouldBe("three é");
    }

    [Theory]
    [InlineData("")]
    [InlineData("half a li")]
    public async Task ReadLine_OfAPeerThatIsGoneIsNull(string last)
    {
        _pair.Say(last);
        _pair.Peer.Dispose();
        (await _pair.Lines.ReadLineAsync(100, _timeout.Token)).ShouldBeNull();
    }

    [Fact]
    public async Task ReadLine_RefusesEndlessLines()
    {
        _pair.Say(new string('x', 300));
        (await Should.ThrowAsync<FredException>(async () => await _pair.Lines.ReadLineAsync(100, _timeout.Token))).Id.ShouldBe(ErrorId.ProtocolBroken);
    }

    [Fact]
    public async Task Dispose_EndsAWaitingReader()
    {
        var line = _pair.Lines.ReadLineAsync(100, _timeout.Token);
        _pair.Lines.Dispose();
        (await line).ShouldBeNull();
    }

    [Fact]
    public async Task Write_KeepsGroupsOfLinesTogether()
    {
        var writers = Enumerable.Range(0, 20).Select(i => Task.Run(async () => await _pair.Lines.WriteAsync($"a{i}\nb{i}\n", _timeout.Token)));
        await Task.WhenAll(writers);
        for (var i = 0; i < 20; i++)
        {
            var first = await _pair.HearAsync(_timeout.Token);
            (await _pair.HearAsync(_timeout.Token)).ShouldBe("b" + first![1..]);
        }
    }

    [Fact]
    public async Task Write_ToAPeerThatIsGoneIsFalse()
    {
        _pair.Peer.Dispose();
        (await _pair.Lines.WriteAsync("x\n", _timeout.Token)).ShouldBeFalse();
    }

    public void Dispose()
    {
        _pair.Dispose();
        _timeout.Dispose();
    }
}
