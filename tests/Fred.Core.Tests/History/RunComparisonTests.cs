using FsCheck;
using FsCheck.Fluent;
using Fred.TestKit;
using Shouldly;
using Xunit;

namespace Fred.Core.Tests;

public sealed class RunComparisonTests
{
    private const string Shop = """
        limit = input()
        def add(sum, price):
            if price > limit:
                return sum + limit
            return sum + price
        total = 0
        for i in range(40):
            total = add(total, i)
        last = total
        """;

    private static readonly EvaluationScope Module = new EvaluationScope.InActivation("module:__main__");

    [Fact]
    public async Task TheFirstEventThatDiffers_IsFound()
    {
        await using var first = await RunAsync("limit = 30\n" + Rest(Shop), 4);
        await using var second = await RunAsync("limit = 20\n" + Rest(Shop), 2);
        var found = (await new RunComparison(first, second).FindAsync(default)).ShouldNotBeNull();
        (found.LastCommon!.Location!.Line, found.First.Location!.Line, found.Second.Location!.Line).ShouldBe((3, 5, 4));
        (found.First.At, found.Second.At).ShouldBe((found.LastCommon.At.Next, found.LastCommon.At.Next));

        var values = new ValueComparison(first, second, found.LastCommon.At);
        var (limit, _) = await values.FindAsync("limit", Module, Module, default);
        (limit!.First.By!.At, limit.First.Value.Text, limit.Second.Value.Text).ShouldBe((new Ticks(1), "30", "20"));
        var (total, _) = await values.FindAsync("total", Module, Module, default);
        (total!.First.Value.Text, total.Second.Value.Text).ShouldBe(("231", "230"));
        total.First.By!.Location!.Line.ShouldBe(5);
        (await values.FindAsync("i", Module, Module, default)).ShouldBe((null, true));
        (await values.FindAsync("nothing", Module, Module, default)).ShouldBe((null, false));
    }

    [Fact]
    public async Task ARunThatEndsEarlier_DiffersAtItsEnd()
    {
        await using var first = await RunAsync("a = 1\nb = 2", 1);
        await using var second = await RunAsync("a = 1\nb = 2\nc = 3", 1);
        var found = (await new RunComparison(first, second).FindAsync(default)).ShouldNotBeNull();
        (found.LastCommon!.Location!.Line, found.First.Location, found.Second.Location!.Line).ShouldBe((2, null, 3));
        var (difference, _) = await new ValueComparison(first, second, found.LastCommon.At).FindAsync("c", Module, Module, default);
        (difference!.First.By, difference.First.Value.HasValue, difference.Second.Value.Text).ShouldBe((null, false, "3"));
    }

    [Fact]
    public async Task RunsThatDifferFromTheStart_HaveNothingInCommon()
    {
        await using var first = await RunAsync("\na = 1", 1);
        await using var second = await RunAsync("a = 1", 1);
        (await new RunComparison(first, second).FindAsync(default)).ShouldNotBeNull().LastCommon.ShouldBeNull();
    }

    /// <summary>Long enough that sums have to be taken in two rounds, with checkpoints at different ticks.</summary>
    [Fact]
    public async Task LongRuns_AreNarrowedDown()
    {
        const string Program = "for i in range(9000):\n    if i == LIMIT:\n        x = 1\n    y = i";
        await using var first = await RunAsync(Program.Replace("LIMIT", "7001", StringComparison.Ordinal), 6);
        await using var second = await RunAsync(Program.Replace("LIMIT", "8123", StringComparison.Ordinal), 3);
        var found = (await new RunComparison(first, second).FindAsync(default)).ShouldNotBeNull();
        var there = await first.ExecuteAsync(new SessionCommand.Goto(found.First.At), default);
        (there.Location!.Line, (await first.EvaluateAsync("i", new EvaluationScope.InFrame(0), default)).Value).ShouldBe((3, "7001"));
    }

    /// <summary>Against a plain comparison of the two traces, event by event.</summary>
    [Fact]
    public void TheAnswer_IsThatOfTheTraces() => Prop.ForAll(
        (from seed in Gen.Choose(0, int.MaxValue) from size in Gen.Choose(1, 40) from checkpoints in Gen.Choose(0, 6) from x in Gen.Choose(0, 5) select (seed, size, checkpoints, x)).ToArbitrary(),
        async c =>
        {
            var text = RandomProgram.Write(c.seed, c.size).ToString();
            text.ShouldStartWith("x = 0");
            var other = "x = " + c.x + text[5..];
            await using var first = await RunAsync(text, c.checkpoints);
            await using var second = await RunAsync(other, 6 - c.checkpoints);
            var found = await new RunComparison(first, second).FindAsync(default);
            var (mine, yours) = (ForwardTrace.Of(new ScriptedProgram(text)).Events, ForwardTrace.Of(new ScriptedProgram(other)).Events);
            var same = mine.Skip(1).Zip(yours.Skip(1)).TakeWhile(e => (e.First.Line, e.First.Kind) == (e.Second.Line, e.Second.Kind)).Count();
            var expected = same == mine.Count - 1 && same == yours.Count - 1 ? (long?)null : same + 1;
            (found?.First.At.Value).ShouldBe(expected);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));

    private static string Rest(string program) => program[(program.IndexOf('\n', StringComparison.Ordinal) + 1)..];

    private static async Task<DebugSession> RunAsync(string program, int checkpoints)
    {
        var session = await DebugSession.StartAsync(new ScriptedBackend(program), new SessionOptions { Replicas = 2 }, new ManualTime(), default);
        for (var i = 0; i < checkpoints && session.Stop.Kind != EventKind.End; i++)
        {
            await session.ExecuteAsync(new SessionCommand.Step(10), default);
            await session.TakeCheckpointAsync(default);
        }

        if (session.Stop.Kind != EventKind.End)
        {
            await session.ExecuteAsync(new SessionCommand.Continue(), default);
        }

        return session;
    }
}
