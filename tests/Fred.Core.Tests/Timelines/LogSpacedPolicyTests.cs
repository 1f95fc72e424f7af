using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using Xunit;

namespace Fred.Core.Tests;

public sealed class LogSpacedPolicyTests
{
    [Theory]
    [InlineData(null, 250)]
    [InlineData(10.0, 100)]
    [InlineData(2000.0, 2000)]
    public void Spacing_IsTheUsersButNeverTooClose(double? wanted, double expected) =>
        new LogSpacedPolicy(new SessionOptions { Interval = wanted is { } ms ? TimeSpan.FromMilliseconds(ms) : null }).PeriodAfter(TimeSpan.FromHours(1)).ShouldBe(TimeSpan.FromMilliseconds(expected));

    [Theory]
    [InlineData(0, 12)]
    [InlineData(96, 12)]
    [InlineData(500, 62.5)]
    [InlineData(2000, 250)]
    [InlineData(60_000, 250)]
    public void Checkpoints_AreTheCloserTheShorterTheRunIs(double running, double expected) =>
        new LogSpacedPolicy(new SessionOptions()).PeriodAfter(TimeSpan.FromMilliseconds(running)).ShouldBe(TimeSpan.FromMilliseconds(expected));

    /// <summary>What the backend says is only what is usual: the user is asked first, and a run that is searched grows up to it.</summary>
    [Theory]
    [InlineData(HistoryUse.Visits, 1000.0, null, 0, 1000)]
    [InlineData(HistoryUse.Visits, 100.0, null, 60_000, 100)]
    [InlineData(HistoryUse.Visits, 100.0, 500.0, 60_000, 500)]
    [InlineData(HistoryUse.Search, null, null, 0, 12)]
    [InlineData(HistoryUse.Search, null, null, 192, 12)]
    [InlineData(HistoryUse.Search, null, null, 1600, 100)]
    [InlineData(HistoryUse.Search, 1000.0, null, 0, 24)]
    [InlineData(HistoryUse.Search, 1000.0, null, 2000, 250)]
    [InlineData(HistoryUse.Search, 1000.0, null, 60_000, 1000)]
    [InlineData(HistoryUse.Search, 100.0, null, 799, 99.875)]
    [InlineData(HistoryUse.Search, 100.0, null, 801, 100)]
    [InlineData(HistoryUse.Replay, 100.0, null, 60_000, 50)]
    public void UsualSpacing_IsTheBackends(HistoryUse use, double? usual, double? wanted, double running, double expected) =>
        new LogSpacedPolicy(new SessionOptions { Use = use, Interval = wanted is { } ms ? TimeSpan.FromMilliseconds(ms) : null }, BackendTraits.Statements with { Spacing = usual is { } own ? TimeSpan.FromMilliseconds(own) : null })
            .PeriodAfter(TimeSpan.FromMilliseconds(running)).ShouldBe(TimeSpan.FromMilliseconds(expected));

    [Fact]
    public void TheHeadsOfNativePrograms_AreParkedMoreOften() => BackendTraits.Instructions.Spacing.ShouldNotBeNull().ShouldBeLessThan(LogSpacedPolicy.Default);

    /// <summary>A timer that comes a little early is no reason to wait for another one, twice as long.</summary>
    [Theory]
    [InlineData(7.9, 0, false)]
    [InlineData(8, 0, true)]
    [InlineData(40, 8, true)]
    [InlineData(40, 8.1, false)]
    [InlineData(1000, 105, false)]
    public void ACheckpoint_WaitsUntilTheOthersArePaidOff(double running, double spent, bool due) =>
        new LogSpacedPolicy(new SessionOptions()).IsDue(TimeSpan.FromMilliseconds(running), TimeSpan.FromMilliseconds(running), TimeSpan.FromMilliseconds(spent)).ShouldBe(due);

    /// <summary>Memory that the program gets is no checkpoint's cost.</summary>
    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(1000, 0, 2000)]
    [InlineData(1000, 800, 400)]
    [InlineData(1000, -800, 2000)]
    [InlineData(1000, 2000, 0)]
    public void WhatCheckpointsCost_AreTheFaultsThatAreNotTheProgramsOwn(long faults, long pages, double microseconds) =>
        new HeadUsage(10 + faults, TimeSpan.FromMicroseconds(1), 10_000 + pages, 0)
            .CopyTimeSince(new HeadUsage(10, default, 10_000, 0)).ShouldBe(TimeSpan.FromMicroseconds(microseconds));

    [Fact]
    public void Thinning_KeepsTheLimits_TheOriginAndThePinned_AndStaysDenseNearNow() =>
        Prop.ForAll(
            (from max in Gen.Choose(4, 48) from count in Gen.Choose(1, 400) from step in Gen.Choose(1, 1000) from pinEvery in Gen.Choose(2, 50) select (max, count, step, pinEvery)).ToArbitrary(),
            c =>
            {
                var policy = new LogSpacedPolicy(new SessionOptions { MaxCheckpoints = c.max });
                List<ParkedCheckpoint> kept = [Make(0, CheckpointRole.Origin)];
                for (var i = 1; i <= c.count; i++)
                {
                    var now = new Ticks(i * c.step);
                    kept.Add(Make(now.Value, i % c.pinEvery == 0 ? CheckpointRole.Pinned : CheckpointRole.Automatic));
                    var dropped = policy.Thin(kept, now, 0);
                    dropped.ShouldAllBe(d => d.Role == CheckpointRole.Automatic);
                    kept.RemoveAll(dropped.Contains);
                    kept.Count(k => k.Role == CheckpointRole.Automatic).ShouldBeLessThanOrEqualTo(c.max);
                }

                kept[0].Role.ShouldBe(CheckpointRole.Origin);
                kept.Count(k => k.Role == CheckpointRole.Pinned).ShouldBe(c.count / c.pinEvery);

                // Gaps grow with age at most proportionally: a goto to age a replays no more than a fixed share of a.
                var end = c.count * c.step;
                for (var i = 1; i < kept.Count; i++)
                {
                    (kept[i].At - kept[i - 1].At).ShouldBeLessThanOrEqualTo((long)(12.0 / c.max * Math.Max(c.step * c.max, end - kept[i - 1].At.Value)) + c.step);
                }
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(40));

    [Fact]
    public void Thinning_HoldsTheMemoryBudget()
    {
        var policy = new LogSpacedPolicy(new SessionOptions { MemoryBudget = 1000 });
        List<ParkedCheckpoint> all = [Make(0, CheckpointRole.Origin), .. Enumerable.Range(1, 9).Select(i => Make(i * 10, CheckpointRole.Automatic))];
        policy.Thin(all, new Ticks(100), 1500).Count.ShouldBe(4);
        policy.Thin(all, new Ticks(100), 1000).ShouldBeEmpty();
        policy.Thin([all[0]], new Ticks(100), 5000).ShouldBeEmpty();
    }

    private static ParkedCheckpoint Make(long at, CheckpointRole role) => new(1, new Checkpoint((int)at, new Ticks(at), default), BranchId.Main, role);
}
