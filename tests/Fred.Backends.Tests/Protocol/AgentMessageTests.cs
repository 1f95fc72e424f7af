using Fred.Core;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using Xunit;

namespace Fred.Backends.Tests;

public sealed class AgentMessageTests
{
    public static TheoryData<string, object> Lines => new()
    {
        { "hello 3 checkpoint 7 1234 100 2048", new AgentMessage.Hello(AgentRole.Checkpoint, 7, 1234, 100, 2048) },
        { "hello 3 process 0 9 0 0", new AgentMessage.Hello(AgentRole.Process, 0, 9, 0, 0) },
        { "spawned 3 77", new AgentMessage.Spawned(3, 77) },
        { "forked 4 78", new AgentMessage.Forked(4, 78) },
        { "failed 5 11", new AgentMessage.Failed(5, 11) },
        { "exited 77 9", new AgentMessage.Exited(77, 9) },
        { "match 12 2", new AgentMessage.Match(12, 2) },
        { "scanned 100 4096 3 -1 2 1 ab", new AgentMessage.Scanned(100, 4096, 3, -1, 2, true, "ab") },
        { "seen 7 hit 0 3 2 10 /p.py add +1%1E-NameError:%20x 2", new AgentMessage.Seen(7, "hit", false, 3, 2, 10, "/p.py", "add", "+1\u001e-NameError: x", 2) },
        { "watching", new AgentMessage.Watching() },
        { "promoted", new AgentMessage.Promoted() },
        { "executed 1 ok %", new AgentMessage.Executed(1, true, string.Empty) },
        { "executed 2 error NameError:%20x", new AgentMessage.Executed(2, false, "NameError: x") },
        { "diverged 5 6 a%20b", new AgentMessage.Diverged(5, 6, "a b") },
        { "followed 81 2", new AgentMessage.Followed(81, 2) },
        { "notice unknown%20call", new AgentMessage.Notice("unknown call") },
        { "error no%20such", new AgentMessage.Error("no such") },
    };

    [Theory]
    [MemberData(nameof(Lines))]
    public void Parse_ReadsEachMessage(string line, object expected) => AgentMessage.Parse(line).ShouldBe(expected);

    [Fact]
    public void Parse_ReadsAStop()
    {
        var stop = AgentMessage.Parse("stopped breakpoint 41 900 3 line 17 5 2,9 /a%20b.py f % 3 4").ShouldBeOfType<AgentMessage.Stopped>();
        stop.Breakpoints.ShouldBe([2, 9]);
        (stop.Tick, stop.Cursor, stop.Depth, stop.Kind, stop.Line, stop.Probe, stop.File, stop.Function, stop.Detail)
            .ShouldBe((41L, 900L, 3, EventKind.Line, 17, 5L, "/a b.py", "f", string.Empty));
        (stop.Thread, stop.Threads).ShouldBe((3, 4));
    }

    [Fact]
    public void Words_AreThoseThatParse()
    {
        foreach (var word in AgentMessage.Words)
        {
            Should.Throw<FredException>(() => AgentMessage.Parse(word + " x x x x x x x x x x x x x x")).Message.ShouldNotContain("is unknown");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("hullo")]
    [InlineData("hello")]
    [InlineData("hello 2 head 0 1 0 0")]
    [InlineData("hello 3 boss 0 1 0 0")]
    [InlineData("hello 3 head 0 1 0")]
    [InlineData("hello 3 head 0 1 0 0 0")]
    [InlineData("exited 1 x")]
    [InlineData("exited 99999999999 0")]
    [InlineData("match  1")]
    [InlineData("stopped limit 1 2 3 dance 4 5 - % % % 1 1")]
    [InlineData("stopped limit 1 2 3 line 4 5 1,,2 % % % 1 1")]
    [InlineData("executed 1 maybe %")]
    [InlineData("error a%2")]
    public void Parse_RefusesGarbage(string line)
    {
        var error = Should.Throw<FredException>(() => AgentMessage.Parse(line));
        error.Id.ShouldBe(ErrorId.ProtocolBroken);
        error.Message.ShouldContain(line);
    }

    [Fact]
    public void Parse_OfAnyTextIsAMessageOrProtocolBroken() => Prop.ForAll<NonNull<string>, int>((text, pick) =>
    {
        var word = AgentMessage.Words[(int)((uint)pick % (uint)AgentMessage.Words.Count)];
        foreach (var line in (string[])[text.Get, $"{word} {text.Get}", $"{word} 1 {text.Get} 2 3"])
        {
            try
            {
                AgentMessage.Parse(line);
            }
            catch (FredException e) when (e.Id == ErrorId.ProtocolBroken)
            {
                // The other permitted outcome.
            }
        }
    }).QuickCheckThrowOnFailure();
}
