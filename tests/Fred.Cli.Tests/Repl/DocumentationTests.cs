using System.Runtime.CompilerServices;
using Shouldly;
using Xunit;

namespace Fred.Cli.Tests;

public sealed class DocumentationTests
{
    [Fact]
    public void ReplDocument_HasExactlyTheTable()
    {
        var documented = File.ReadLines(Path.Combine(Root(), "docs", "repl.md")).Where(l => l.StartsWith("| `", StringComparison.Ordinal));
        documented.ShouldBe(ReplCommands.All.Select(Row));
    }

    /// <summary>A verb's row in docs/repl.md.</summary>
    private static string Row(ReplCommand command) =>
        $"| `{command.Usage.Replace("|", "\\|", StringComparison.Ordinal)}` | {string.Join(" ", command.Aliases.Select(a => $"`{a}`"))} | {command.Help} |";

    private static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", ".."));
}
