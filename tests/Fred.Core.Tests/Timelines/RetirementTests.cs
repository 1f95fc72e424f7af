using Shouldly;
using Xunit;

namespace Fred.Core.Tests;

public sealed class RetirementTests
{
    [Fact]
    public async Task WhatIsPostponed_LivesUntilItIsResumed()
    {
        var retired = new Retirement();
        var (early, late, after) = (new Mortal(), new Mortal(), new Mortal());
        retired.Add(early);
        retired.Postpone();
        retired.Postpone();
        retired.Add(late);
        await retired.WaitAsync();
        (early.IsGone, late.IsGone).ShouldBe((true, false));
        retired.Resume();
        retired.Add(after);
        await retired.WaitAsync();
        (late.IsGone, after.IsGone).ShouldBe((true, true));
        retired.Resume();
    }

    private sealed class Mortal : IAsyncDisposable
    {
        public bool IsGone { get; private set; }

        public ValueTask DisposeAsync()
        {
            IsGone = true;
            return ValueTask.CompletedTask;
        }
    }
}
