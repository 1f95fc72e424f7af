using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace Fred.EndToEnd.Tests;

/// <summary>The table of published bugs in docs/bisect.md: each is found by its one command.</summary>
public sealed partial class BugTests
{
    public static TheoryData<string, string, string> Table
    {
        get
        {
            var rows = new TheoryData<string, string, string>();
            foreach (Match row in Row().Matches(File.ReadAllText(InRepository("docs", "bisect.md"))))
            {
                rows.Add(row.Groups["bug"].Value, row.Groups["command"].Value, row.Groups["statement"].Value);
            }

            return rows;
        }
    }

    [Fact]
    public void TheTable_HasSixBugs() => Table.Count.ShouldBe(6);

    [SkippableTheory]
    [MemberData(nameof(Table))]
    public async Task ABug_IsFoundByItsCommand(string bug, string command, string statement)
    {
        Skip.IfNot(File.Exists("/usr/bin/python3"), "/usr/bin/python3 is missing");
        var line = command.Replace(" -- python ", " --json --python /usr/bin/python3 -- python ", StringComparison.Ordinal);
        var run = await FredProcess.StartInAsync(InRepository("tests", "debuggees", "bugs"), "/bin/sh", string.Empty, "-c", line);
        run.Code.ShouldBe(0, $"{bug}: {run.Output}{run.Error}");
        var answer = JsonDocument.Parse(run.Output).RootElement;
        answer = answer.ValueKind == JsonValueKind.Array ? answer.EnumerateArray().Last() : answer;
        answer.GetProperty("transitions").EnumerateArray().Last().GetProperty("text").GetString().ShouldBe(statement);
    }

    [GeneratedRegex(@"^\| (?<bug>[^|`]*CVE[^|]*) \| `(?<command>fred bisect [^|]*)` \| `(?<statement>[^`|]*)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    private static string InRepository(params string[] path) => Path.Combine([Root(), .. path]);

    private static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", ".."));
}
