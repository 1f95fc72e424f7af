using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Shouldly;
using Xunit;

namespace Fred.EndToEnd.Tests;

/// <summary>The real program <c>fred</c>, from outside.</summary>
public sealed class FredTests : IDisposable
{
    private const string Python = "/usr/bin/python3";
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("fred-e2e-");

    public void Dispose() => _directory.Delete(recursive: true);

    [SkippableFact]
    public async Task Demo_FindsTheCulprit()
    {
        RequirePython();
        var run = await RunAsync("", "demo");
        run.Output.ShouldContain("Demo passed");
        run.Code.ShouldBe(0);
    }

    [SkippableFact]
    public async Task NativeDemo_FindsTheCulprit()
    {
        Skip.IfNot(File.Exists("/usr/bin/gdb"), "gdb is not installed");
        var run = await RunAsync("", "demo", "gdb");
        run.Output.ShouldContain("Demo passed");
        run.Code.ShouldBe(0);
    }

    [SkippableFact]
    public async Task JsonLines_FollowTheContract()
    {
        RequirePython();
        var program = Write("prog.py", "print('start')\nname = input()\ntotal = 0\nfor c in name:\n    total += ord(c)\nprint(name)\nassert total < 300\n");
        var script = Write("script", "# comment", "break 6", "continue", "continue", "rs 2", "rw total < 200 --frame <module>", "p total", "next", "p total", "goto live", "rc", "rc", "nonsense nonsense", "fred-nonsense");
        var run = await RunAsync("bob\nrest\n", "python", "--python", Python, "--jsonl", "-x", script, program);

        run.Code.ShouldBe(0);
        run.Error.ShouldContain("start\nbob\n");
        var lines = run.Output.TrimEnd('\n').Split('\n').Select(l => JsonDocument.Parse(l).RootElement).ToList();
        lines.Select(l => l.GetProperty("stop").GetProperty("reason").GetString())
            .ShouldBe(["entry", "entry", "breakpoint", "exception", "step", "transition", "transition", "step", "step", "exception", "breakpoint", "start-of-history", "start-of-history", "start-of-history"], run.Output);
        lines[5].GetProperty("watch").GetProperty("transitions")[0].GetProperty("text").GetString().ShouldBe("total += ord(c)");
        lines[6].GetProperty("output").GetString().ShouldBe("98\n");
        lines[8].GetProperty("output").GetString().ShouldBe("209\n");
        lines[3].GetProperty("stop").GetProperty("line").GetInt32().ShouldBe(7);
        lines[3].GetProperty("output").GetString()!.ShouldContain("AssertionError");
        lines[13].GetProperty("error").GetProperty("id").GetString().ShouldBe("UnknownCommand");
    }

    [SkippableFact]
    public async Task Commands_ComeFromStandardInput_WhatFollowsIsThePrograms()
    {
        RequirePython();
        var program = Write("prog.py", "import os\nline = os.read(0, 4)\nprint('program read', line)\n");
        var run = await RunAsync("next\nnext\nbob\np line\nrs\np 'back'\n", "python", "--python", Python, program);
        run.Code.ShouldBe(0);
        run.Output.ShouldContain("(fred) p line\nb'bob\\n'\n");
        run.Output.ShouldContain("'back'");
    }

    [Theory]
    [InlineData("missing.py", "ProgramNotFound")]
    [InlineData("syntax.py", "ProgramSyntaxError")]
    public async Task ProgramThatCannotRun_IsExplained(string name, string id)
    {
        Write("syntax.py", "def f(:\n");
        var run = await RunAsync("", "python", Path.Combine(_directory.FullName, name));
        run.Code.ShouldBe(3);
        run.Error.ShouldContain(name);
        run.Error.ShouldContain($"[{id}]");
    }

    [SkippableFact]
    public async Task FullDisk_EndsTheRecording_ThePastStays()
    {
        var run = await RunWithDiskAsync("6m");
        run.Code.ShouldBe(0, run.Error);
        var lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        lines[1].GetProperty("stop").GetProperty("reason").GetString().ShouldBe("end-of-history");
        lines[1].GetProperty("output").GetString()!.ShouldContain("disk is full");
        var last = int.Parse(lines[2].GetProperty("output").GetString()!, CultureInfo.InvariantCulture);
        last.ShouldBeGreaterThan(10);
        lines[5].GetProperty("output").GetString().ShouldBe($"{last - 1}\n");
    }

    [SkippableFact]
    public async Task FullDisk_FromTheStart_IsExplained()
    {
        var run = await RunWithDiskAsync("1m");
        run.Code.ShouldBe(3);
        run.Output.ShouldContain("LaunchFailed");
        run.Output.ShouldContain("disk is full");
    }

    [SkippableFact]
    public async Task Terminal_BelongsToWhoeverRuns()
    {
        RequirePython();
        var run = await FredProcess.StartAsync(Python, "", Path.Combine(Here(), "terminal.py"), FredProcess.Path, Python, _directory.FullName);
        run.Error.ShouldBeEmpty();
        run.Code.ShouldBe(0, run.Output);
    }

    /// <summary>Debugs a program that is given 26 MB of data, with a disk of some size for the recording.</summary>
    private async Task<(int Code, string Output, string Error)> RunWithDiskAsync(string size)
    {
        RequirePython();
        var program = Write("fill.py", "import os", "for i in range(400):", "    data = os.urandom(65536)");
        var script = Write("fill.fred", "continue", "p i", "reverse-step", "reverse-step", "p i");
        var disk = _directory.CreateSubdirectory("disk").FullName;
        return await FredProcess.WithDiskAsync(disk, size, [$"TMPDIR={disk}", FredProcess.Path, "python", "--jsonl", "-x", script, "--python", Python, program]);
    }

    private static void RequirePython() => Skip.IfNot(File.Exists(Python), $"{Python} is not there");

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;

    private static Task<(int Code, string Output, string Error)> RunAsync(string input, params string[] arguments) => FredProcess.RunAsync(input, arguments);

    private string Write(string name, params string[] lines)
    {
        var path = Path.Combine(_directory.FullName, name);
        File.WriteAllLines(path, lines);
        return path;
    }
}
