using Shouldly;
using Xunit;

namespace Fred.Cli.Tests;

public sealed class InterruptsTests
{
    [Fact]
    public void CtrlC_CancelsTheRunningCommandOnly()
    {
        using var interrupts = new Interrupts();
        using var command = interrupts.Begin();
        interrupts.Interrupt();
        command.IsCancellationRequested.ShouldBeTrue();
        interrupts.Lifetime.IsCancellationRequested.ShouldBeFalse();
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void CtrlC_WithoutCommand_EndsASittingWithoutTerminal(bool ignoresIdle, bool ends)
    {
        using var interrupts = new Interrupts { IgnoresIdle = ignoresIdle };
        interrupts.Begin().Dispose();
        interrupts.Interrupt();
        interrupts.Lifetime.IsCancellationRequested.ShouldBe(ends);
    }
}
