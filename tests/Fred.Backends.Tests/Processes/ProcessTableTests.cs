using Shouldly;
using Xunit;

namespace Fred.Backends.Tests;

public sealed class ProcessTableTests
{
    [Fact]
    public async Task WhenExited_AnswersBeforeAndAfterTheReport()
    {
        var table = new ProcessTable();
        var before = table.WhenExitedAsync(5);
        before.IsCompleted.ShouldBeFalse();
        table.Exited(5, new WaitStatus(0x300));
        (await before)!.Value.ExitCode.ShouldBe(3);
        (await table.WhenExitedAsync(5))!.Value.ExitCode.ShouldBe(3);
        table.HasExited(5).ShouldBeTrue();
        table.HasExited(6).ShouldBeFalse();
    }

    [Fact]
    public async Task Forget_MakesRoomForAnotherProcessOfTheSamePid()
    {
        var table = new ProcessTable();
        table.Exited(5, new WaitStatus(9));
        await table.WhenExitedAsync(5);
        table.Forget(5);
        table.HasExited(5).ShouldBeFalse();
        table.WhenExitedAsync(5).IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Close_EndsEveryone()
    {
        var table = new ProcessTable();
        var before = table.WhenExitedAsync(5);
        table.Close();
        (await before).ShouldBeNull();
        (await table.WhenExitedAsync(6)).ShouldBeNull();
        table.HasExited(7).ShouldBeTrue();
    }

    [Theory]
    [InlineData(0, "it exited with status 0")]
    [InlineData(0x4d00, "it exited with status 77")]
    [InlineData(11, "it was ended by SIGSEGV")]
    [InlineData(139, "it was ended by SIGSEGV")]
    [InlineData(64, "it was ended by signal 64")]
    public void WaitStatus_SaysHow(int raw, string text) => new WaitStatus(raw).ToString().ShouldBe(text);
}
