using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using Xunit;

namespace Fred.Core.Tests;

public sealed class BisectionTests
{
    [Fact]
    public void GallopBack_FindsTheOnlyChange_WithLogarithmicallyManyQuestions() =>
        Prop.ForAll((from count in Gen.Choose(0, 300) from firstBad in Gen.Choose(0, count) select (count, firstBad)).ToArbitrary(), async c =>
        {
            var questions = 0;
            var (good, bad) = await Bisection.GallopBackAsync(c.count, i =>
            {
                questions++;
                i.ShouldBeInRange(0, c.count - 1);
                return Task.FromResult(i < c.firstBad);
            });
            (good, bad).ShouldBe((c.firstBad - 1, c.firstBad));
            questions.ShouldBeLessThanOrEqualTo((int)(2 * Math.Log2(c.count + 1)) + 2);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    /// <summary>Where two are asked at once, there are fewer waits than questions without it.</summary>
    [Fact]
    public void GallopBack_AskingAhead_FindsTheSame_WithFewerWaits() =>
        Prop.ForAll((from count in Gen.Choose(0, 300) from firstBad in Gen.Choose(0, count) select (count, firstBad)).ToArbitrary(), async c =>
        {
            var (asked, waits) = (new HashSet<int>(), 0);
            var (good, bad) = await Bisection.GallopBackAsync(
                c.count,
                i =>
                {
                    waits += asked.Add(i) ? 1 : 0;
                    return Task.FromResult(i < c.firstBad);
                },
                i =>
                {
                    i.ShouldBeInRange(0, c.count - 1);
                    asked.Add(i);
                });
            (good, bad).ShouldBe((c.firstBad - 1, c.firstBad));
            waits.ShouldBeLessThanOrEqualTo((int)((Math.Log2(c.count + 1) / 2) + Math.Log(c.count + 1, 3)) + 3);
            asked.Count.ShouldBeLessThanOrEqualTo((int)(3 * Math.Log2(c.count + 1)) + 3);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    [Fact]
    public void GallopBack_OnAnyProperty_FindsNeighboursThatDiffer() =>
        Prop.ForAll((from points in Gen.Elements(true, false).ListOf() from ahead in Gen.Elements(true, false) select (points, ahead)).ToArbitrary(), async c =>
        {
            var points = c.points;
            var (good, bad) = await Bisection.GallopBackAsync(points.Count, i => Task.FromResult(points[i]), c.ahead ? _ => { } : null);
            if (good >= 0)
            {
                bad.ShouldBe(good + 1);
                points[good].ShouldBeTrue();
            }

            (bad == points.Count || !points[bad]).ShouldBeTrue();
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    [Fact]
    public async Task Bisect_NarrowsToNeighbours() =>
        (await Bisection.BisectAsync(3, 1_000_000_000_000, t => Task.FromResult(t < 123_456_789))).ShouldBe((123_456_788, 123_456_789));
}
