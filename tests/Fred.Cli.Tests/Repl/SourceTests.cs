using System.Text;
using Shouldly;
using Xunit;

namespace Fred.Cli.Tests;

public sealed class SourceTests
{
    private static CancellationToken Token => new CancellationTokenSource(TimeSpan.FromSeconds(20)).Token;

    [Fact]
    public async Task StreamSource_LeavesTheRestToTheProgram()
    {
        using var input = new MemoryStream(Encoding.UTF8.GetBytes("next\r\np 'ä'\nthe program's own line\n"));
        var source = new StreamSource(input);

        (await source.ReadLineAsync("", Token)).ShouldBe("next");
        (await source.ReadLineAsync("", Token)).ShouldBe("p 'ä'");

        using var rest = new StreamReader(input);
        (await rest.ReadLineAsync(Token)).ShouldBe("the program's own line");
    }

    [Fact]
    public async Task StreamSource_GivesALastLineWithoutNewline()
    {
        using var input = new MemoryStream("a\n\nb"u8.ToArray());
        var source = new StreamSource(input);

        (await source.ReadLineAsync("", Token)).ShouldBe("a");
        (await source.ReadLineAsync("", Token)).ShouldBe("");
        (await source.ReadLineAsync("", Token)).ShouldBe("b");
        (await source.ReadLineAsync("", Token)).ShouldBeNull();
    }

    [Fact]
    public void ScriptFile_SkipsCommentsAndEmptyLines()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "# comment\n\n  next 2\n\t# another\np x # of the program's language\n");
            ScriptFile.Read(path).ShouldBe(["next 2", "p x # of the program's language"]);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void ScriptFile_Missing_NamesTheFile()
    {
        var error = Should.Throw<FredException>(() => ScriptFile.Read("/no/such/script"));
        error.Id.ShouldBe(ErrorId.Usage);
        error.Message.ShouldContain("/no/such/script");
    }
}
