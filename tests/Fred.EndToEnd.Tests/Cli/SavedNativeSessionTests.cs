using System.Text.Json;
using Shouldly;
using Xunit;

namespace Fred.EndToEnd.Tests;

/// <summary>fred session, over gdb: native programs are resumed by running them again from their log.</summary>
public sealed class SavedNativeSessionTests : IDisposable
{
    private const string Source = """
        #include <stdio.h>
        #include <stdlib.h>
        #include <time.h>

        static volatile unsigned spun;
        static int total;

        static void add(int n)
        {
            int before = total;
            total += n;
            if (total < before)
                abort();
        }

        int main(int argc, char **argv)
        {
            srand((unsigned)time(NULL));
            for (int n = 0; n < 60; n++) {
                for (unsigned i = 0; argc > 1 && i < 2000000; i++)
                    spun += i;
                add(1 + rand() % 50);
            }
            printf("total is %d\n", total);
            return 0;
        }
        """;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("fred-save-");
    private readonly string _program;

    public SavedNativeSessionTests()
    {
        File.WriteAllText(PathOf("adder.c"), Source);
        _program = NativeDebuggee.Compile(PathOf("adder.c"), _directory.FullName);
    }

    public void Dispose() => _directory.Delete(recursive: true);

    [SkippableTheory]
    [InlineData("translated")]
    [InlineData("native")]
    public async Task Resumed_StandsWhereItWas_WithItsBreakpoints_AndAChangeBeginsALiveBranch(string head)
    {
        // With a native head the run is long enough for checkpoints, whose ticks are counted when the session is saved.
        string[] more = head == "native" ? ["spin"] : [];
        string[] commands = ["break add if total > 300", "tbreak main", "watch total", "delete 2", "disable 3", "continue", "print total", "bookmark here", "delete 1", "continue", "print total", "goto here", "break abort", "save one"];
        var first = await FredAsync(["gdb", "--jsonl", "--interval", "0.1", "--head", head, .. Each(commands), _program, .. more]);
        first.Code.ShouldBe(0, first.Error + first.Output);
        var (here, end) = (Value(first, 7), Value(first, 11));
        int.Parse(here).ShouldBeGreaterThan(300);
        first.Error.ShouldContain($"total is {end}");

        string[] questions = ["print total", "info breakpoints", "enable 3", "reverse-continue", "print total < " + here, "goto live", "print total", "disable", "goto here", "set var total = 100000", "continue", "print total > 100000", "save two"];
        var second = await FredAsync(["session", "resume", "one", "--jsonl", .. Each(questions)]);
        second.Code.ShouldBe(0, second.Error + second.Output);
        (Value(second, 1), Value(second, 5), Value(second, 7)).ShouldBe((here, "1", end));
        Output(second, 2).ShouldSatisfyAllConditions(o => o.ShouldContain("3 "), o => o.ShouldContain("total"), o => o.ShouldContain("4 "), o => o.ShouldContain("abort"), o => o.ShouldNotContain("main"));
        JsonDocument.Parse(Line(second, 4)).RootElement.GetProperty("stop").GetProperty("reason").GetString().ShouldBe("watch");
        (Value(second, 12), second.Error.Contains("total is 10", StringComparison.Ordinal)).ShouldBe(("1", true));

        var third = await FredAsync(["session", "resume", "two", "--jsonl", .. Each("goto live", "print total > 100000", "switch main", "goto here", "print total")]);
        third.Code.ShouldBe(0, third.Error + third.Output);
        (Value(third, 2), Value(third, 5)).ShouldBe(("1", here));
        third.Error.ShouldNotContain("total is");
    }

    [SkippableFact]
    public async Task WithoutAPrompt_InAnArchive_AndWhatCannotBeReplayedIsRefused()
    {
        var archive = PathOf("bug.fred");
        var saved = await FredAsync("session", "save", archive, "--archive", "--", _program);
        saved.Code.ShouldBe(0, saved.Error + saved.Output);
        (await FredAsync("session", "show", archive)).Output.ShouldSatisfyAllConditions(o => o.ShouldContain($"program      {_program}"), o => o.ShouldContain("it ended with status 0"));
        var resumed = await FredAsync(["session", "resume", archive, "--jsonl", .. Each("reverse-watch total < 300 --frame main", "print total < 300")]);
        (resumed.Code, Value(resumed, 2)).ShouldBe((0, "1"), resumed.Error + resumed.Output);

        (await FredAsync("session", "save", "one", "--", _program)).Code.ShouldBe(0);
        var launch = PathOf("data/fred/sessions/one/launch.json");
        var good = await File.ReadAllTextAsync(launch);
        await RefusedAsync(System.Text.RegularExpressions.Regex.Replace(good, "\"processor\": \"[^\"]*\"", "\"processor\": \"Z80|0\""), "other features or caches (Z80;");
        await RefusedAsync(good.Replace("build-id:", "build-id:0", StringComparison.Ordinal), "is not the one in the program's memory");

        async Task RefusedAsync(string content, string why)
        {
            await File.WriteAllTextAsync(launch, content);
            var run = await FredAsync("session", "resume", "one");
            run.Code.ShouldBe(3);
            run.Error.ShouldContain(why);
        }
    }

    [SkippableTheory]
    [InlineData("translated")]
    [InlineData("native")]
    public async Task WithImages_ResumedFromDisk_WithItsBreakpoints_AndAChangeBeginsALiveBranch(string head)
    {
        FredProcess.RequireDmtcp();
        var first = await FredAsync(["gdb", "--jsonl", "--checkpointer", "dmtcp", "--head", head, .. Each("break abort", "tbreak 22 if total > 300", "continue", "checkpoint", "print total", "continue", "reverse-step", "break add if total < 0", "save one"), _program]);
        first.Code.ShouldBe(0, first.Error + first.Output);
        Directory.EnumerateFiles(PathOf("data/fred/sessions/one"), "*.dmtcp").Count().ShouldBe(2);
        var here = Value(first, 5);
        Output(first, 8).ShouldNotContain("locations"); // functions of Fred's or DMTCP's are none of the program's

        string[] questions = ["restart 2", "print total", "reverse-next", "print total == " + here, "info breakpoints", "goto live", "goto 0", "set var total = 100000", "continue"];
        var second = await FredAsync(["session", "resume", "one", "--jsonl", .. Each(questions)]);
        second.Code.ShouldBe(0, second.Error + second.Output);
        (Value(second, 2), Value(second, 4), Output(second, 5).Contains("abort", StringComparison.Ordinal), Output(second, 5).Split("keep y").Length).ShouldBe((here, "1", true, 3));
        second.Error.ShouldContain("total is 10");
        Directory.EnumerateDirectories(PathOf("tmp"), "dmtcp-*").ShouldBeEmpty(); // its logs
    }

    private static string[] Each(params string[] commands) => [.. commands.SelectMany(c => (string[])["-ex", c])];

    private static string Line((int Code, string Output, string Error) run, int line) => run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[line];

    private static string Output((int Code, string Output, string Error) run, int line) => JsonDocument.Parse(Line(run, line)).RootElement.GetProperty("output").GetString()!;

    /// <summary>What gdb's print says behind the equals sign.</summary>
    private static string Value((int Code, string Output, string Error) run, int line) => Output(run, line).Split(" = ")[^1].Trim();

    private string PathOf(string name) => Path.Combine(_directory.FullName, name);

    private Task<(int Code, string Output, string Error)> FredAsync(params string[] arguments) =>
        FredProcess.StartAsync("env", string.Empty, [$"XDG_DATA_HOME={PathOf("data")}", $"TMPDIR={_directory.CreateSubdirectory("tmp").FullName}", FredProcess.Path, .. arguments]);
}
