using Shouldly;
using Xunit;

namespace Fred.Cli.Tests;

public sealed class CommandParserTests
{
    [Theory]
    [InlineData("s", "step", "")]
    [InlineData("  rs 5 ", "reverse-step", "5")]
    [InlineData("fred-reverse-step 5", "reverse-step", "5")]
    [InlineData("fred-rs", "reverse-step", "")]
    [InlineData("rw len(a) == b --first", "reverse-watch", "len(a) == b --first")]
    [InlineData("rw -x > 0", "reverse-watch", "-x > 0")]
    [InlineData("goto +10", "goto", "+10")]
    [InlineData("goto -10", "goto", "-10")]
    [InlineData("r", "finish", "")]
    [InlineData("return", "finish", "")]
    [InlineData("fred-history = 3", "history", "= 3")]
    [InlineData("? rs", "help", "rs")]
    [InlineData("?", "help", "")]
    [InlineData("help rs", "help", "rs")]
    [InlineData("undo 2", "undo", "2")]
    public void Parse_FindsVerbs(string line, string name, string argument)
    {
        var verb = CommandParser.Parse(line).ShouldBeOfType<ParsedLine.Verb>();
        verb.Command.Name.ShouldBe(name);
        verb.Argument.ShouldBe(argument);
    }

    [Theory]
    [InlineData("p x")]
    [InlineData("x = 1")]
    [InlineData("n = 5")]
    [InlineData("n == 5")]
    [InlineData("s += 'a'")]
    [InlineData("history[0]")]
    [InlineData("history.pop()")]
    [InlineData("history = []")]
    [InlineData("source(1)")]
    [InlineData("c, d = 1, 2")]
    [InlineData("n is None")]
    [InlineData("n in items")]
    [InlineData("n-1")]
    [InlineData("r\"text\"")]
    [InlineData("!undo = 1")]
    [InlineData("where")]
    [InlineData("Step")]
    public void Parse_LeavesTheLanguageAlone(string line) => CommandParser.Parse(line).ShouldBe(new ParsedLine.Backend(line));

    [Theory]
    [InlineData("fred-")]
    [InlineData("fred-frobnicate 3")]
    public void Parse_UnknownFredCommand_SaysSo(string line) => Should.Throw<FredException>(() => CommandParser.Parse(line)).Id.ShouldBe(ErrorId.UnknownCommand);

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("two")]
    [InlineData("1.5")]
    [InlineData("1 2")]
    [InlineData("99999999999")]
    public void Count_RefusesWhatIsNone(string argument)
    {
        var error = Should.Throw<FredException>(() => CommandParser.Count("step", argument));
        error.Id.ShouldBe(ErrorId.Usage);
        error.Message.ShouldContain($"'{argument}'");
    }

    [Fact]
    public void Count_DefaultsToOne() => CommandParser.Count("step", string.Empty).ShouldBe(1);

    [Theory]
    [InlineData("n", new[] { "n" })]
    [InlineData("n ;; p x;;s", new[] { "n", "p x", "s" })]
    [InlineData("alias two n;;n", new[] { "alias two n;;n" })]
    [InlineData(";;", new[] { "" })]
    public void Split_FollowsPdb(string line, string[] parts) => CommandParser.Split(line).ShouldBe(parts);

    [Fact]
    public void Table_HasNoWordTwice()
    {
        var words = ReplCommands.All.SelectMany(c => c.Aliases.Append(c.Name)).ToList();
        words.Distinct().Count().ShouldBe(words.Count);
    }

    [Fact]
    public void Table_HasTheVerbsOfTheContract()
    {
        var expected = "step s next n finish return r until unt continue c cont reverse-step rs reverse-next rn reverse-finish rf reverse-continue rc reverse-watch rw undo checkpoint ckpt restart checkpoints history branch switch branches goto bookmark bookmarks when source pdb help quit q";
        foreach (var word in expected.Split(' '))
        {
            ReplCommands.Find(word).ShouldNotBeNull(word);
        }
    }

    [Theory]
    [InlineData("a == b", "a == b", WhichTransition.Last, null)]
    [InlineData("--first a == b", "a == b", WhichTransition.First, null)]
    [InlineData("a == b --all", "a == b", WhichTransition.All, null)]
    [InlineData("--frame main a < 3 --first", "a < 3", WhichTransition.First, "main")]
    [InlineData("a < 3 --first --frame <module>", "a < 3", WhichTransition.First, "<module>")]
    [InlineData("a - --b", "a - --b", WhichTransition.Last, null)]
    [InlineData("'--first' in a", "'--first' in a", WhichTransition.Last, null)]
    public void Watch_TakesOptionsAroundTheExpression(string argument, string expression, WhichTransition which, string? function) =>
        WatchHandler.Parse(argument).ShouldBe(new WatchRequest(expression, which, function));

    [Theory]
    [InlineData("")]
    [InlineData("--first")]
    [InlineData("--frame main")]
    [InlineData("--frame")]
    public void Watch_WithoutExpression_SaysSo(string argument) => Should.Throw<FredException>(() => WatchHandler.Parse(argument)).Id.ShouldBe(ErrorId.Usage);
}
