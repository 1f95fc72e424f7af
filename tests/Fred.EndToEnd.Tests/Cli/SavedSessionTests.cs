using System.Text.Json;
using Shouldly;
using Xunit;

namespace Fred.EndToEnd.Tests;

/// <summary>fred session: sittings that outlive their processes.</summary>
public sealed class SavedSessionTests : IDisposable
{
    private const string Python = "/usr/bin/python3";
    private const string Program = "import os, random, time\nx = 0\nfor i in range(20):\n    x += random.randrange(1, 9)\n    time.time()\nprint('x is', x)\n";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("fred-save-");

    public SavedSessionTests()
    {
        Skip.IfNot(File.Exists(Python), $"{Python} is not there");
        File.WriteAllText(PathOf("prog.py"), Program);
    }

    public void Dispose() => _directory.Delete(recursive: true);

    [SkippableFact]
    public async Task Resumed_StandsWhereItWas_AndKnowsTheSameValues_WithoutDoingAnythingAgain()
    {
        var first = await FredAsync("python", "--jsonl", "--python", Python, "-ex", "break 6", "-ex", "continue", "-ex", "p x", "-ex", "rs 7", "-ex", "p x", "-ex", "bookmark here", "-ex", "save one", PathOf("prog.py"));
        first.Code.ShouldBe(0, first.Error);
        var (end, here) = (Output(first, 3), Output(first, 5));

        var second = await FredAsync("session", "resume", "one", "--jsonl", "-ex", "p x", "-ex", "goto live", "-ex", "p x", "-ex", "goto here", "-ex", "history", "-ex", "break", "-ex", "when");
        second.Code.ShouldBe(0, second.Error);
        Output(second, 1).ShouldBe(here);
        Output(second, 3).ShouldBe(end);
        Output(second, 5).ShouldContain("reverse-step 7");
        Output(second, 6).ShouldContain("prog.py:6");
        Output(second, 7).ShouldContain("in the past");
        second.Error.ShouldNotContain("x is");
    }

    [SkippableFact]
    public async Task ChangingTheResumedPast_BeginsALiveBranch_ThatCanBeSavedToo()
    {
        (await SaveAsync("one")).Code.ShouldBe(0);
        var branched = await FredAsync("session", "resume", "one", "--jsonl", "-ex", "goto 3", "-ex", "x = 1000", "-ex", "continue", "-ex", "save two");
        branched.Code.ShouldBe(0, branched.Error);
        branched.Error.ShouldContain("x is 1"); // a number from 1000 on: the new branch prints, by itself
        var again = await FredAsync("session", "resume", "two", "--jsonl", "-ex", "rs", "-ex", "p x > 1000", "-ex", "switch main", "-ex", "goto live", "-ex", "rs", "-ex", "p x < 1000");
        again.Code.ShouldBe(0, again.Error);
        (Output(again, 2), Output(again, 6)).ShouldBe(("True\n", "True\n"));
    }

    [SkippableFact]
    public async Task Archive_IsOneFile_AndIsResumedFromAnotherDirectoryForTemporaryFiles()
    {
        var archive = PathOf("bug.fred");
        (await SaveAsync(archive, "--archive")).Code.ShouldBe(0);
        (await FredProcess.StartAsync("stat", string.Empty, "-c", "%a", archive)).Output.ShouldBe("600\n");
        var longer = _directory.CreateSubdirectory("a-directory-with-a-much-longer-name-than-the-usual-one").FullName;
        var run = await RunAsync([("TMPDIR", longer)], "session", "resume", archive, "--jsonl", "-ex", "rs", "-ex", "p i");
        run.Code.ShouldBe(0, run.Error + run.Output);
        Output(run, 2).ShouldBe("19\n");
        Directory.EnumerateFileSystemEntries(PathOf("data/fred/sessions")).ShouldBeEmpty();
        Directory.EnumerateFileSystemEntries(longer).ShouldBeEmpty();
    }

    [SkippableFact]
    public async Task ListShowRemove()
    {
        (await SaveAsync("one")).Code.ShouldBe(0);
        var listed = JsonDocument.Parse((await FredAsync("session", "list", "--json")).Output).RootElement;
        listed.GetArrayLength().ShouldBe(1);
        listed[0].GetProperty("name").GetString().ShouldBe("one");
        listed[0].GetProperty("ticks").GetInt64().ShouldBeGreaterThan(60);
        (await FredAsync("session", "show", "one")).Output.ShouldContain("it ended with status 0");
        foreach (var (target, options, why) in new[] { ("one", (string[])[], "fred session rm one"), ("a/b", [], "is no name"), (PathOf("nowhere/bug.fred"), ["--archive"], "There is no directory") })
        {
            var refused = await SaveAsync(target, options);
            (refused.Code, refused.Error.Contains(why, StringComparison.Ordinal)).ShouldBe((2, true), refused.Error);
            refused.Error.ShouldNotContain("x is"); // before the program is run
        }

        (await FredAsync("session", "rm", "one")).Code.ShouldBe(0);
        (await FredAsync("session", "resume", "one")).Error.ShouldContain("[NoSuchName]");
    }

    [SkippableFact]
    public async Task WhatCannotBeReplayed_IsRefused_WithTheDifference()
    {
        (await SaveAsync("one")).Code.ShouldBe(0);
        var launch = PathOf("data/fred/sessions/one/launch.json");
        var good = await File.ReadAllTextAsync(launch);
        await RefusedAsync(good.Replace("build-id:", "build-id:0", StringComparison.Ordinal), "is not the one in the program's memory");
        await RefusedAsync(good.Replace("\"format\": 1", "\"format\": 9", StringComparison.Ordinal), "another version");
        await RefusedAsync(good[..40], "no recording that can be read");
        await File.WriteAllTextAsync(launch, good);
        File.Delete(PathOf("data/fred/sessions/one/log-1"));
        (await FredAsync("session", "resume", "one")).Error.ShouldContain("incomplete");
        await File.WriteAllTextAsync(PathOf("junk.fred"), "no archive");
        (await FredAsync("session", "resume", PathOf("junk.fred"))).Error.ShouldContain("[SessionUnusable]");
        (await FredAsync("session", "save", "../x", "--", "python3", PathOf("prog.py"))).Error.ShouldContain("[Usage]");

        async Task RefusedAsync(string content, string why)
        {
            await File.WriteAllTextAsync(launch, content);
            var run = await FredAsync("session", "resume", "one");
            run.Code.ShouldBe(3);
            run.Error.ShouldContain(why);
            run.Error.ShouldContain("[SessionUnusable]");
        }
    }

    [SkippableFact]
    public async Task WithImages_ResumedFromDisk_AndWithoutDmtcpRefused()
    {
        FredProcess.RequireDmtcp();
        var first = await FredAsync("python", "--jsonl", "--python", Python, "--checkpointer", "dmtcp", "-ex", "break 4, i == 10", "-ex", "continue", "-ex", "checkpoint", "-ex", "p x", "-ex", "clear 1", "-ex", "continue", "-ex", "save one", PathOf("prog.py"));
        first.Code.ShouldBe(0, first.Error + first.Output);
        Directory.EnumerateFiles(PathOf("data/fred/sessions/one"), "*.dmtcp").Count().ShouldBe(2);
        var second = await FredAsync("session", "resume", "one", "--jsonl", "-ex", "restart 2", "-ex", "p i, x", "-ex", "rs", "-ex", "p i", "-ex", "x = 1000", "-ex", "continue");
        second.Code.ShouldBe(0, second.Error + second.Output);
        Output(second, 2).ShouldBe($"(10, {Output(first, 4).Trim()})\n");
        Output(second, 4).ShouldBe("9\n"); // the loop's header, before i is 10
        second.Error.ShouldContain("x is 1");
        (await RunAsync([("FRED_DMTCP", "/nowhere")], "session", "resume", "one")).Error.ShouldContain("[DmtcpMissing]");
        var image = PathOf("data/fred/sessions/one/image-0.dmtcp");
        using (var file = File.OpenWrite(image))
        {
            file.SetLength(50_000);
        }

        (await FredAsync("session", "resume", "one")).Error.ShouldContain("[ImageUnusable]");
    }

    private static string Output((int Code, string Output, string Error) run, int line) =>
        JsonDocument.Parse(run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[line]).RootElement.GetProperty("output").GetString()!;

    private string PathOf(string name) => Path.Combine(_directory.FullName, name);

    private Task<(int Code, string Output, string Error)> SaveAsync(string target, params string[] options) =>
        FredAsync(["session", "save", target, .. options, "--python", Python, "--", "python3", PathOf("prog.py")]);

    private Task<(int Code, string Output, string Error)> FredAsync(params string[] arguments) => RunAsync([], arguments);

    private Task<(int Code, string Output, string Error)> RunAsync((string Name, string Value)[] variables, params string[] arguments) =>
        FredProcess.StartAsync("env", string.Empty, [$"XDG_DATA_HOME={PathOf("data")}", .. variables.Select(v => $"{v.Name}={v.Value}"), FredProcess.Path, .. arguments]);
}
