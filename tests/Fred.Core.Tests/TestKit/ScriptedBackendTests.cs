using Fred.TestKit;
using Shouldly;
using Xunit;

namespace Fred.Core.Tests;

public sealed class ScriptedBackendTests
{
    private const string Program = """
        total = 0
        def add(n):
            global total
            total = total + n
            return total
        for i in range(3):
            last = add(i)
        try:
            bad = 1 // 0
        except:
            name = input()
        print(name)
        raise 'end of ' + name
        """;

    [Fact]
    public void Trace_HasOneEventPerCallLineAndReturn()
    {
        var trace = ForwardTrace.Of(new ScriptedProgram(Program), ["Ada"]);
        var lines = trace.Events.Skip(3).Take(6).Select(e => (e.Kind, e.Line, e.Depth, e.Function));
        lines.ShouldBe([
            (EventKind.Line, 6, 0, "<module>"), (EventKind.Line, 7, 0, "<module>"), (EventKind.Call, 2, 1, "add"),
            (EventKind.Line, 3, 1, "add"), (EventKind.Line, 4, 1, "add"), (EventKind.Line, 5, 1, "add")]);
        trace.Events[9].Kind.ShouldBe(EventKind.Return);
        trace.Events[^1].Kind.ShouldBe(EventKind.End);
        trace.Events[^1].Exception.ShouldBe("end of Ada");
        trace.Events[^1].Evaluate("total").ShouldBe(3L);
    }

    [Fact]
    public async Task Replica_RepeatsInputButNotOutput()
    {
        await using var backend = new ScriptedBackend(Program, "Ada", "Bob");
        var head = await backend.StartAsync(default);
        var start = (await backend.Checkpoints.SaveAsync(head, default)).ShouldNotBeNull();
        var end = await head.RunAsync(new RunRequest(Ticks.Never), default);
        end.Reason.ShouldBe(StopReason.Exception);

        await using var replica = await backend.Checkpoints.RestoreAsync(start, BranchId.Main, default);
        var again = await replica.RunAsync(new RunRequest(end.At), default);
        again.Fingerprint.ShouldBe(end.Fingerprint);
        backend.Output.ShouldBe(["Ada"]);
    }

    [Fact]
    public async Task Promotion_BeginsAnotherFutureWithTheSamePast()
    {
        await using var backend = new ScriptedBackend("x = 1\nname = input()\nif x > 1:\n    y = input()\nprint(name)", "Ada", "Bob");
        var head = await backend.StartAsync(default);
        var start = (await backend.Checkpoints.SaveAsync(head, default)).ShouldNotBeNull();
        await head.RunAsync(new RunRequest(Ticks.Never), default);
        var replica = await backend.Checkpoints.RestoreAsync(start, BranchId.Main, default);
        await replica.RunAsync(new RunRequest(new Ticks(3)), default);
        var (second, _) = await backend.PromoteAsync(replica, new BranchId(2), default);
        (await second.MutateAsync(new Mutation("x = 5"), default)).Succeeded.ShouldBeTrue();
        await second.RunAsync(new RunRequest(Ticks.Never), default);

        var last = backend.TraceOf(new BranchId(2)).Events[^1];
        (last.Evaluate("name"), last.Evaluate("y")).ShouldBe(("Ada", "Bob"));
        backend.TraceOf(BranchId.Main).Events[^1].Evaluate("x").ShouldBe(1L);
        backend.Output.ShouldBe(["Ada", "Ada"]);
    }

    [Theory]
    [InlineData("1 + 2 * 3 == 7 and not False", true)]
    [InlineData("-7 // 2", -4L)]
    [InlineData("-7 % 3", 2L)]
    [InlineData("len('abc') > 2 or missing", true)]
    [InlineData("(1 + 2) * 3", 9L)]
    public void Expressions_AreEvaluatedAsPythonDoes(string text, object expected) =>
        ForwardTrace.Of(new ScriptedProgram("pass")).Events[^1].Evaluate(text).ShouldBe(expected);
}
