using Shouldly;
using Xunit;

namespace Fred.Core.Tests;

/// <summary>An axis of ticks with holes, compared with the list of all ticks on it.</summary>
public class TickScaleTests
{
    private static readonly TickScale Scale = new([(new Ticks(5), new Ticks(10)), (new Ticks(10), new Ticks(12)), (new Ticks(15), new Ticks(100))]);

    private static readonly long[] All = [.. Enumerable.Range(0, 5).Select(t => (long)t), .. Enumerable.Range(12, 3).Select(t => (long)t), .. Enumerable.Range(100, 20).Select(t => (long)t)];

    [Fact]
    public void Floor_IsTheLastTickNotBehindTheNumber()
    {
        for (var number = 0L; number < 120; number++)
        {
            if (number is >= 10 and < 12)
            {
                continue; // A stretch without instructions: two checkpoints of one state.
            }

            Scale.Floor(new Ticks(number)).Value.ShouldBe(All.Last(t => t <= number), $"number {number}");
        }
    }

    [Fact]
    public void Shift_And_Between_CountTicksOnly()
    {
        for (var i = 0; i < All.Length; i++)
        {
            for (var j = 0; j < All.Length; j++)
            {
                Scale.Shift(new Ticks(All[i]), j - i).Value.ShouldBe(All[j], $"from {All[i]} by {j - i}");
                if (j >= i)
                {
                    Scale.Between(new Ticks(All[i]), new Ticks(All[j])).ShouldBe(j - i);
                }
            }
        }
    }

    [Fact]
    public void Whole_LeavesNumbersAlone()
    {
        TickScale.Whole.Floor(new Ticks(7)).ShouldBe(new Ticks(7));
        TickScale.Whole.Shift(new Ticks(7), -3).ShouldBe(new Ticks(4));
        TickScale.Whole.Between(new Ticks(3), new Ticks(7)).ShouldBe(4);
    }
}
