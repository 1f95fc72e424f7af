using FsCheck;
using FsCheck.Fluent;
using Fred.Core;
using Shouldly;
using Xunit;

namespace Fred.Backends.Tests;

public sealed class MiParserTests
{
    [Fact]
    public void Result_HasTokenClassAndTypedFields()
    {
        var record = MiParser.Parse("""17^done,bkpt={number="1",addr="0x0000555555555189",times="0"},ids=["1","2"],stack=[frame={level="0",func="f"},frame={level="1",func="main"}]""");

        var result = record.ShouldBeOfType<MiRecord.Result>();
        (result.Token, result.Class).ShouldBe((17, "done"));
        result.Results["bkpt"]["addr"].Address().ShouldBe(0x555555555189ul);
        result.Results["bkpt"]["number"].Number().ShouldBe(1);
        result.Results["ids"].Items.Select(i => i.Text).ShouldBe(["1", "2"]);
        result.Results["stack"].Items.Select(f => f["func"].Text).ShouldBe(["f", "main"]);
    }

    [Theory]
    [InlineData("~\"a\\n\\t\\\"b\\\\\"", '~', "a\n\t\"b\\")]
    [InlineData("&\"\\303\\244\\342\\202\\254x\"", '&', "ä€x")]
    [InlineData("@\"\\033[1m\"", '@', "\u001b[1m")]
    public void Stream_IsDecoded(string line, char kind, string text) => MiParser.Parse(line).ShouldBe(new MiRecord.Stream(kind, text));

    [Fact]
    public void AsyncRecordsAndPrompt_AreTold()
    {
        MiParser.Parse("*stopped,reason=\"end-stepping-range\"").ShouldBeOfType<MiRecord.Async>().Results["reason"].Text.ShouldBe("end-stepping-range");
        MiParser.Parse("=breakpoint-deleted,id=\"3\"").ShouldBeOfType<MiRecord.Async>().Class.ShouldBe("breakpoint-deleted");
        MiParser.Parse("(gdb) ").ShouldBeOfType<MiRecord.Prompt>();
    }

    [Fact]
    public void Constants_ThatAreNoNumbers_AreNone()
    {
        var pending = MiParser.Parse("^done,addr=\"<PENDING>\"").ShouldBeOfType<MiRecord.Result>().Results;
        pending["addr"].Address().ShouldBeNull();
        Should.Throw<FredException>(() => pending["addr"].Number()).Id.ShouldBe(ErrorId.ProtocolBroken);
        Should.Throw<FredException>(() => pending["line"]).Message.ShouldContain("'line'");
    }

    [Fact]
    public void Quote_IsReadBackAsItWas() =>
        Prop.ForAll<string?>(text =>
        {
            // gdb sees lines: other control characters cannot be sent and are not.
            var line = string.Concat((text ?? string.Empty).Where(c => !char.IsControl(c) || c is '\n' or '\t'));
            return MiParser.Parse("~" + MiParser.Quote(line)) is MiRecord.Stream stream && stream.Text == line;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void DamagedLines_AreRefusedAndNothingElse()
    {
        const string Sound = """3^done,bkpt={number="1",locations=[{number="1.1",thread-groups=["i1"],func="a\303\244\"b"},{}],x=[]},y="z" """;
        var change = Gen.Zip(Gen.Choose(0, Sound.Length - 1), Gen.Elements("{}[],=\"\\~^(3x\0".ToCharArray())).ListOf(3);
        Prop.ForAll(change.ToArbitrary(), changes =>
        {
            var line = Sound.ToCharArray();
            foreach (var (at, c) in changes)
            {
                line[at] = c;
            }

            try
            {
                MiParser.Parse(line).ShouldNotBeNull();
            }
            catch (FredException e)
            {
                e.Id.ShouldBe(ErrorId.ProtocolBroken);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    [Fact]
    public void AnyText_IsARecordOrRefused() =>
        Prop.ForAll<string?, int>((text, pick) =>
        {
            try
            {
                MiParser.Parse(((ReadOnlySpan<string>)["^done,", "*stopped,", "~", "=", "1^", "", "(gdb)"])[(pick & int.MaxValue) % 7] + text).ShouldNotBeNull();
            }
            catch (FredException e)
            {
                e.Id.ShouldBe(ErrorId.ProtocolBroken);
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void DeepNesting_IsRefused() => Should.Throw<FredException>(() => MiParser.Parse("^done,a=" + new string('[', 100_000))).Message.ShouldContain("deeply");
}
