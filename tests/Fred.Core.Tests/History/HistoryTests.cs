using FsCheck;
using FsCheck.Fluent;
using Fred.TestKit;
using Shouldly;
using Xunit;

namespace Fred.Core.Tests;

public sealed class HistoryTests
{
    private const string Counter = """
        def add(a, b):
            c = a + b
            return c
        total = 0
        for i in range(30):
            total = add(total, i)
        last = total
        """;

    private static readonly EvaluationScope Module = new EvaluationScope.InActivation("module:__main__");

    private static readonly LogPoint AtAdd = new(1, new SourceLocation("/program/prog.py", 2), null, ["a", "b", "nothing"]);

    [Fact]
    public async Task Log_NotesEveryVisit_InOrder_FromAllIntervals()
    {
        await using var session = await AtEndAsync(new ScriptedBackend(Counter), 5);
        var before = session.Position;
        var seen = new List<Observation>();
        var summary = await session.LogAsync([AtAdd, new LogPoint(2, null, "add", ["a"]) { Condition = "b == 3" }], new HistoryRange { Jobs = 3 }, Into(seen), default);
        seen.Count.ShouldBe(31);
        seen.Select(s => s.At).ShouldBe(seen.Select(s => s.At).Order());
        seen.Where(s => s.Number == 1).Select(s => (s.Values[0].Text, s.Values[1].Text)).ShouldBe(Enumerable.Range(0, 30).Select(i => ($"{i * (i - 1) / 2}", $"{i}")));
        seen[0].Values[2].ShouldBe(new ObservedValue("NameError: name 'nothing' is not defined", false));
        seen.Single(s => s.Number == 2).Values.ShouldHaveSingleItem().Text.ShouldBe("3");
        (summary.Count, summary.IsComplete, summary.Forked).ShouldBe((31, true, 0));
        summary.Intervals.ShouldBeGreaterThan(2);
        session.Position.ShouldBe(before);
    }

    [Fact]
    public async Task Most_EndsTheSearch_AndSaysThatThereIsMore()
    {
        await using var session = await AtEndAsync(new ScriptedBackend(Counter), 3);
        var seen = new List<Observation>();
        var summary = await session.LogAsync([AtAdd], new HistoryRange { Most = 7 }, Into(seen), default);
        (seen.Count, summary.Count, summary.IsComplete).ShouldBe((7, 7, false));
        (await session.LogAsync([AtAdd], new HistoryRange { Most = 30 }, Into(seen), default)).IsComplete.ShouldBeTrue();
    }

    [Fact]
    public async Task Range_BoundsTheAnswers()
    {
        await using var session = await AtEndAsync(new ScriptedBackend(Counter), 3);
        var all = new List<Observation>();
        await session.LogAsync([AtAdd], HistoryRange.All, Into(all), default);
        var some = new List<Observation>();
        await session.LogAsync([AtAdd], new HistoryRange { From = all[4].At, To = all[9].At }, Into(some), default);
        some.Select(s => s.At).ShouldBe(all[5..10].Select(s => s.At));
    }

    [Fact]
    public async Task Doubt_ThatProvesUnfounded_ChangesNothing()
    {
        var backend = new ScriptedBackend(Counter);
        backend.Faults.EvaluationTouches = at => at.Value > 40;
        backend.Faults.MostDoubtful = 3;
        await using var session = await AtEndAsync(backend, 2);
        var seen = new List<Observation>();
        var summary = await session.LogAsync([AtAdd], HistoryRange.All, Into(seen), default);
        (summary.Count, summary.Forked).ShouldBe((30, 0));
        seen.Select(s => s.Values[1].Text).ShouldBe(Enumerable.Range(0, 30).Select(i => $"{i}"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Evaluations_ThatChangeTheProgram_AreMadeInForks(bool byDivergence)
    {
        var backend = new ScriptedBackend(Counter);
        backend.Faults.EvaluationTouches = at => at.Value > 40;
        backend.Faults.PerturbValue = (_, doubtful, value) => doubtful ? value with { Text = "wrong" } : value;
        backend.Faults.DigestDiffers = _ => !byDivergence;
        backend.Faults.ObservationDiverges = _ => byDivergence;
        await using var session = await AtEndAsync(backend, 2);
        var seen = new List<Observation>();
        var summary = await session.LogAsync([AtAdd], HistoryRange.All, Into(seen), default);
        seen.Select(s => s.Values[1].Text).ShouldBe(Enumerable.Range(0, 30).Select(i => $"{i}"));
        summary.Forked.ShouldBeGreaterThan(0);
        (await Should.ThrowAsync<FredException>(session.FindChangesAsync("total", Module, HistoryRange.All, _ => ValueTask.CompletedTask, default))).Id.ShouldBe(ErrorId.BadExpression);
    }

    [Fact]
    public async Task Changes_NameTheStatementThatMadeThem()
    {
        await using var session = await AtEndAsync(new ScriptedBackend(Counter), 4);
        var changes = new List<ValueChange>();
        var summary = await session.FindChangesAsync("total", Module, HistoryRange.All, Into(changes), default);
        changes.Select(c => c.New.Text).ShouldBe(["0", .. Enumerable.Range(1, 29).Select(i => $"{i * (i + 1) / 2}")]);
        changes.Skip(1).Select(c => c.Old).ShouldBe(changes.SkipLast(1).Select(c => c.New));
        changes[0].Old.HasValue.ShouldBeFalse();
        changes[0].Location?.Line.ShouldBe(4);
        summary.Count.ShouldBe(30);
        foreach (var change in changes)
        {
            (await ValueAtAsync(session, change.At.Next)).ShouldBe(change.New.Text);
            (await ValueAtAsync(session, change.At)).ShouldNotBe(change.New.Text);
        }
    }

    /// <summary>A coroutine that waits is followed at its depth by others: neither their calls nor their returns say anything about it.</summary>
    [Fact]
    public void CallsOfCoroutines_ThatWait_GetNobodyElsesResult()
    {
        var merge = new CallMerge();
        ObservedValue mark = new("suspends", false), one = new("n=1", true);
        void Note(long at, ObservationKind kind, long entry, params ObservedValue[] values) => merge.Take(new Observation(new Ticks(at), kind, values) { Depth = 5, Number = entry });
        Note(1, ObservationKind.Call, 1, one, mark);
        Note(2, ObservationKind.Call, 2, one, mark);
        Note(3, ObservationKind.Return, 2, mark);
        Note(4, ObservationKind.Call, 4, one, mark);
        Note(5, ObservationKind.Return, 4, new ObservedValue("7", true));
        merge.Complete(all: true).Select(c => (c.Outcome, c.Result?.Text, c.Arguments.Count)).ShouldBe(
            [(CallOutcome.Suspended, null, 1), (CallOutcome.Suspended, null, 1), (CallOutcome.Returned, "7", 1)]);
    }

    [Fact]
    public async Task Calls_HaveArgumentsResultsAndNesting()
    {
        await using var session = await AtEndAsync(
            new ScriptedBackend("def down(n):\n    if n > 0:\n        down(n - 1)\n    else:\n        x = 1 // 0\n    return n\ntry:\n    down(2)\nexcept:\n    pass\ndown(0 - 1)\n"), 4);
        var calls = new List<CallRecord>();
        var summary = await session.FindCallsAsync("down", HistoryRange.All, Into(calls), default);
        calls.Select(c => (c.Arguments[0].Text, c.Nesting, c.Outcome)).ShouldBe(
            [("n=2", 0, CallOutcome.Raised), ("n=1", 1, CallOutcome.Raised), ("n=0", 2, CallOutcome.Raised), ("n=-1", 0, CallOutcome.Raised)]);
        calls[3].Result?.Text.ShouldContain("ZeroDivisionError");
        (summary.Count, summary.IsComplete).ShouldBe((4, true));

        await using var counted = await AtEndAsync(new ScriptedBackend(Counter), 4);
        calls.Clear();
        (await counted.FindCallsAsync("add", new HistoryRange { Most = 5 }, Into(calls), default)).IsComplete.ShouldBeFalse();
        calls.Select(c => (c.Outcome, c.EndedAt > c.At)).ShouldBe(Enumerable.Repeat((CallOutcome.Returned, true), 5));
    }

    [Fact]
    public async Task Cancelling_EndsIt_AndLeavesNothingRunning()
    {
        var backend = new ScriptedBackend(Counter);
        await using (var session = await AtEndAsync(backend, 4))
        {
            using var cancel = new CancellationTokenSource();
            var asking = session.LogAsync(
                [AtAdd],
                HistoryRange.All,
                async seen =>
                {
                    await cancel.CancelAsync();
                },
                cancel.Token);
            (await Should.ThrowAsync<FredException>(asking)).Id.ShouldBe(ErrorId.Cancelled);
            var seen = new List<Observation>();
            (await session.LogAsync([AtAdd], HistoryRange.All, Into(seen), default)).Count.ShouldBe(30);
        }

        (backend.AliveSessions, backend.OpenInspectors).ShouldBe((0, 0));
    }

    [Fact]
    public async Task ADyingReplica_IsReplaced_AndNoAnswerComesTwice()
    {
        var backend = new ScriptedBackend(Counter);
        await using var session = await AtEndAsync(backend, 3);
        var died = 0;
        backend.Faults.ReplicaDies = (_, at) => at.Value == 50 && Interlocked.Increment(ref died) == 1;
        var seen = new List<Observation>();
        await session.LogAsync([AtAdd], HistoryRange.All, Into(seen), default);
        seen.Select(s => s.Values[1].Text).ShouldBe(Enumerable.Range(0, 30).Select(i => $"{i}"));
    }

    [Fact]
    public void Changes_EqualTheForwardTrace() => Prop.ForAll(
        (from seed in Gen.Choose(0, int.MaxValue) from size in Gen.Choose(1, 40) from checkpoints in Gen.Choose(0, 6) from jobs in Gen.Choose(1, 4) select (seed, size, checkpoints, jobs)).ToArbitrary(),
        async c =>
        {
            await using var backend = new ScriptedBackend(RandomProgram.Write(c.seed, c.size), ["a", "b"]);
            await using var session = await AtEndAsync(backend, c.checkpoints);
            var trace = backend.TraceOf(BranchId.Main);
            var changes = new List<ValueChange>();
            await session.FindChangesAsync("x + y", Module, new HistoryRange { Jobs = c.jobs }, Into(changes), default);
            var values = trace.Events.Skip(1).Select(e => (At: e.At.Previous, Text: Value(e))).ToList();
            var expected = values.Where((v, i) => i == 0 ? v.Text is not null : v.Text != values[i - 1].Text).Select(v => (v.At, v.Text));
            changes.Select(v => (v.At, v.New.HasValue ? v.New.Text : null)).ShouldBe(expected);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));

    private static string? Value(ScriptedEvent e)
    {
        try
        {
            return Convert.ToString(e.Evaluate("x + y", e.Stack.Count - 1), System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (ScriptException)
        {
            return null;
        }
    }

    private static Func<T, ValueTask> Into<T>(List<T> list) => item =>
    {
        list.Add(item);
        return ValueTask.CompletedTask;
    };

    private static async Task<string> ValueAtAsync(DebugSession session, Ticks at)
    {
        await session.ExecuteAsync(new SessionCommand.Goto(at), default);
        return (await session.EvaluateAsync("total", Module, default)).Value;
    }

    private static async Task<DebugSession> AtEndAsync(ScriptedBackend backend, int checkpoints)
    {
        var session = await DebugSession.StartAsync(backend, new SessionOptions { Replicas = 2 }, new ManualTime(), default);
        for (var i = 0; i < checkpoints && session.Stop.Kind != EventKind.End; i++)
        {
            await session.ExecuteAsync(new SessionCommand.Step(25), default);
            await session.TakeCheckpointAsync(default);
        }

        await session.ExecuteAsync(new SessionCommand.Continue(), default);
        return session;
    }
}
