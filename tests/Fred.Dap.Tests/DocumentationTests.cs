using System.Runtime.CompilerServices;
using Shouldly;

namespace Fred.Dap.Tests;

public sealed class DocumentationTests
{
    private static readonly string Text = File.ReadAllText(Path.Combine(Path.GetDirectoryName(Here())!, "../../docs/dap.md"));

    [Fact]
    public void EveryRequest_IsInTheDocumentation()
    {
        foreach (var row in RequestGate.Rows)
        {
            Text.ShouldContain(row.Command);
        }
    }

    [Fact]
    public void EveryRequestOfFredsOwn_HasASection()
    {
        string[] own = ["reverseStepIn", "reverseStepOut", "reverseWatch", "gotoTick", "undo", "timeline", "bookmark", "checkpoint", "branches", "history"];
        var headings = Text.Split('\n').Where(line => line.StartsWith("### ", StringComparison.Ordinal)).ToList();

        own.ShouldAllBe(command => headings.Any(heading => heading.Contains(command, StringComparison.Ordinal)));
        own.ShouldAllBe(command => RequestGate.Find(command) != null);
    }

    [Fact]
    public void EveryVerbOfTheDebugConsole_HasOneNameAndOneEffect()
    {
        ConsoleVerb.All.SelectMany(verb => new[] { verb.Name, verb.Alias }).ShouldBeUnique();
        ConsoleVerb.All.Where(verb => verb.Move is null && verb.Answer is null).Select(verb => verb.Name).ShouldBe(["reverse-watch"]);
    }

    private static string Here([CallerFilePath] string file = "") => file;
}
