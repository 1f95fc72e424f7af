using Fred.Core;
using Shouldly;
using Xunit;

namespace Fred.Backends.Tests;

public sealed class ArrivalsTests : IDisposable
{
    private readonly SocketPair _pair = new();
    private readonly Arrivals _arrivals = new();

    [Fact]
    public async Task Fork_IsKnownByItsToken()
    {
        var (token, wanted) = _arrivals.Expect();
        _arrivals.Arrived(Coming(AgentRole.Replica, token, 5));
        (await wanted).Hello.Pid.ShouldBe(5);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Program_IsKnownByItsPidInEitherOrder(bool helloFirst)
    {
        var (token, wanted) = _arrivals.Expect();
        var arrival = Coming(AgentRole.Process, 0, 5);
        if (helloFirst)
        {
            _arrivals.Arrived(arrival);
            _arrivals.Made(token, 5);
        }
        else
        {
            _arrivals.Made(token, 5);
            _arrivals.Arrived(arrival);
        }

        (await wanted).ShouldBeSameAs(arrival);
    }

    [Fact]
    public async Task DeathBeforeTheHello_EndsTheWaiting()
    {
        var (token, wanted) = _arrivals.Expect();
        _arrivals.Made(token, 5);
        _arrivals.Exited(6, new WaitStatus(0));
        wanted.IsCompleted.ShouldBeFalse();
        _arrivals.Exited(5, new WaitStatus(9));
        var error = await Should.ThrowAsync<FredException>(() => wanted);
        (error.Id, error.Message.Contains("SIGKILL", StringComparison.Ordinal)).ShouldBe((ErrorId.ForkFailed, true));
    }

    [Fact]
    public async Task Refusal_NamesTheReason()
    {
        var (token, wanted) = _arrivals.Expect();
        _arrivals.Failed(token, 12);
        (await Should.ThrowAsync<FredException>(() => wanted)).Message.ShouldContain("ENOMEM");
    }

    [Fact]
    public async Task LateComer_IsClosed()
    {
        var (token, wanted) = _arrivals.Expect();
        _arrivals.Withdraw(token);
        wanted.IsCanceled.ShouldBeTrue();
        _arrivals.Arrived(Coming(AgentRole.Checkpoint, token, 5));
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        (await _pair.HearAsync(timeout.Token)).ShouldBeNull();
    }

    [Fact]
    public async Task Close_EndsAllWaitingNowAndLater()
    {
        var (_, before) = _arrivals.Expect();
        _arrivals.Close(new FredException(ErrorId.HeadLost, "over"));
        var (_, after) = _arrivals.Expect();
        (await Should.ThrowAsync<FredException>(() => before)).Message.ShouldBe("over");
        (await Should.ThrowAsync<FredException>(() => after)).Message.ShouldBe("over");
    }

    public void Dispose() => _pair.Dispose();

    private Arrival Coming(AgentRole role, long token, int pid) => new(new AgentMessage.Hello(role, token, pid, 0, 0), _pair.Lines);
}
