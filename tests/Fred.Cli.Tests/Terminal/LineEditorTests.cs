using System.Text;
using Shouldly;
using Xunit;

namespace Fred.Cli.Tests;

public sealed class LineEditorTests
{
    [Theory]
    [InlineData("next\r", "next")]
    [InlineData("nxt\u001b[D\u001b[De\r", "next")]
    [InlineData("nexxt\u001b[D\u007f\r", "next")]
    [InlineData("xt\u0001ne\r", "next")]
    [InlineData("ext\u001b[Hn\u001b[F 2\r", "next 2")]
    [InlineData("next junk\u0017\u007f\r", "next")]
    [InlineData("one two\u001b[1;5D\u000bx\r", "one x")]
    [InlineData("junk\u0015next\r", "next")]
    [InlineData("nnext\u0001\u001b[3~\r", "next")]
    [InlineData("nnext\u0001\u0004\r", "next")]
    [InlineData("p ä€😀\r", "p ä€😀")]
    [InlineData("junk\u0003next\r", "next")]
    [InlineData("n\u001b[15~ext\r", "next")]
    public async Task Keys_EditTheLine(string keys, string expected) => (await ReadAsync(keys)).Line.ShouldBe(expected);

    [Theory]
    [InlineData("\u0004")]
    [InlineData("")]
    [InlineData("unfinished")]
    public async Task EndOfInput_IsNull(string keys) => (await ReadAsync(keys)).Line.ShouldBeNull();

    [Theory]
    [InlineData("\u001b[A\r", "second")]
    [InlineData("\u001b[A\u001b[A\r", "first")]
    [InlineData("\u001b[A\u001b[A\u001b[A\r", "first")]
    [InlineData("dra\u001b[A\u001b[Bft\r", "draft")]
    [InlineData("\u001bOA\r", "second")]
    public async Task Arrows_RecallHistory(string keys, string expected)
    {
        var history = new HistoryFile(null);
        history.Add("first");
        history.Add("second");
        (await ReadAsync(keys, history)).Line.ShouldBe(expected);
    }

    [Theory]
    [InlineData("reverse-w\t x\r", "reverse-watch x")]
    [InlineData("rev\t\r", "reverse-")]
    public async Task Tab_CompletesWhatIsCommon(string keys, string expected) => (await ReadAsync(keys)).Line.ShouldBe(expected);

    [Fact]
    public async Task Tab_ListsWhenNothingMoreIsCommon() => (await ReadAsync("reverse-\t\r")).Screen.ShouldContain("reverse-step  reverse-watch");

    [Fact]
    public async Task LongLines_ScrollInOneRow()
    {
        var (line, screen) = await ReadAsync(new string('x', 200) + "\r");
        line!.Length.ShouldBe(200);
        screen.Split('\r').ShouldAllBe(row => row.Replace("\u001b[K", "").Replace("\n", "").Length <= 40);
    }

    [Fact]
    public void History_IsKeptInItsFile()
    {
        var directory = Directory.CreateTempSubdirectory();
        try
        {
            var path = Path.Combine(directory.FullName, "state", "history");
            var history = new HistoryFile(path);
            history.Add("one");
            history.Add("one");
            history.Add(" ");
            history.Add("two");
            new HistoryFile(path).Lines.ShouldBe(["one", "two"]);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public void History_ThatCannotBeWritten_IsNoError()
    {
        var history = new HistoryFile("/proc/nowhere/history");
        history.Add("one");
        history.Lines.ShouldBe(["one"]);
    }

    private static async Task<(string? Line, string Screen)> ReadAsync(string keys, HistoryFile? history = null)
    {
        using var input = new MemoryStream(Encoding.UTF8.GetBytes(keys));
        using var screen = new StringWriter();
        var editor = new LineEditor(new KeyReader(input), screen, history ?? new HistoryFile(null), () => 40, (text, cursor) => Task.FromResult(Verbs(text, cursor)));
        return (await editor.ReadLineAsync("(fred) "), screen.ToString());
    }

    private static Completion Verbs(string text, int cursor) =>
        new(0, [.. ReplCommands.All.Select(c => c.Name).Where(n => n.StartsWith(text[..cursor], StringComparison.Ordinal)).Order(StringComparer.Ordinal)]);
}
