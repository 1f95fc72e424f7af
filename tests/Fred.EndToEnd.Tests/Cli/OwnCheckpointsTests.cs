using System.Text.Json;
using Shouldly;
using Xunit;

namespace Fred.EndToEnd.Tests;

/// <summary>Programs under fred that take checkpoints of themselves and go back to them: the Python module fred on the session's forks.</summary>
public sealed class OwnCheckpointsTests : IDisposable
{
    private const string Python = "/usr/bin/python3";
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("fred-own-");

    public OwnCheckpointsTests() => Skip.IfNot(File.Exists(Python), $"{Python} is not there");

    private static string Program => Path.Combine(Path.GetDirectoryName(RealPython.Debuggees)!, "module", "own_checkpoints.py");

    private string Printed => PathOf("printed");

    public void Dispose() => _directory.Delete(recursive: true);

    [SkippableFact]
    public async Task GoingBack_PrintsWhatItDoesUnderDmtcp_AndEachLifeIsABranch()
    {
        var run = await FredAsync(Program, "continue", "branches", "checkpoints", "rs 3", "p x, fred.is_restart(), fred.num_checkpoints()", "switch main", "when", "p x, fred.is_restart()", "rs");
        run.Code.ShouldBe(0, run.Error);
        (await File.ReadAllTextAsync(Printed)).ShouldBe(await File.ReadAllTextAsync(Path.ChangeExtension(Program, ".txt")));
        run.Stop(1).GetProperty("reason").GetString().ShouldBe("exit");
        run.Text(1).ShouldContain("status 7");
        run.Text(2).Split('\n').Count(line => line.Contains("main", StringComparison.Ordinal)).ShouldBe(3, run.Text(2));
        run.Text(3).Split('\n').Count(line => line.EndsWith("yes", StringComparison.Ordinal)).ShouldBe(1, run.Text(3)); // the other was removed
        run.Text(5).ShouldBe("(1, True, 1)\n");
        run.Text(7).ShouldContain("branch main");
        run.Text(8).ShouldBe("(3, False)\n");
    }

    [SkippableFact]
    public async Task ACheckpoint_IsAPlaceInTheProgramsOwnStatement_AndMovementsPassIt()
    {
        var program = Write("import fred\ndef f():\n    s = fred.checkpoint('here')\n    return s\nx = f()\ny = x\n");
        var run = await FredAsync(program, "break 3", "continue", "next", "p s", "rs", "when", "where", "p fred.num_checkpoints()", "rs", "p fred.num_checkpoints()", "goto live", "rn", "next", "finish");
        run.Code.ShouldBe(0, run.Error);
        run.Line(3).ShouldBe(4);
        run.Text(4).ShouldBe("'here'\n");
        run.Line(5).ShouldBe(3); // inside the call
        run.Text(7).ShouldNotContain("checkpoint(name");
        run.Text(7).ShouldContain("(3)f()");
        run.Text(8).ShouldBe("1\n");
        run.Line(9).ShouldBe(3); // before it
        run.Text(10).ShouldBe("0\n");
        run.Line(12).ShouldBe(3);
        run.Line(13).ShouldBe(4);
    }

    [SkippableFact]
    public async Task StepsOverGoingBack_StopWhereTheProgramThenIs()
    {
        var program = Write("import fred\ns = fred.checkpoint()\nif fred.is_resume():\n    fred.restore(s, n=5)\nprint(fred.restart_arguments())\n");
        var stepped = await FredAsync(program, "break 4", "continue", "step", "p fred.is_restart()", "next", "continue", "rs 2", "p fred.is_restart()");
        stepped.Code.ShouldBe(0, stepped.Error);
        stepped.Line(3).ShouldBe(3);
        stepped.Text(4).ShouldBe("True\n");
        stepped.Line(5).ShouldBe(5);
        (await File.ReadAllTextAsync(Printed)).ShouldBe("{'n': 5}\n");
        stepped.Text(8).ShouldBe("True\n");
        var next = await FredAsync(program, "break 4", "continue", "next", "branches");
        next.Line(3).ShouldBe(3);
        next.Text(4).ShouldContain("branch-2");
    }

    [SkippableFact]
    public async Task SavedAndResumed_EveryLifeCanBeVisited()
    {
        (await FredAsync(Program, "continue", "save lives")).Code.ShouldBe(0);
        var resumed = await RunAsync("session", "resume", "lives", "--jsonl", "-ex", "rs 3", "-ex", "p x, fred.is_restart()", "-ex", "switch branch-2", "-ex", "goto live", "-ex", "rs", "-ex", "p x, second, fred.restart_arguments()");
        resumed.Code.ShouldBe(0, resumed.Error);
        resumed.Text(2).ShouldBe("(1, True)\n");
        resumed.Text(6).ShouldBe("(2, 'two', {'hello': [1, 'a']})\n");
    }

    [SkippableFact]
    public async Task LookingCannotAskForAnything_AndAStatementAtTheLiveEdgeCan()
    {
        var program = Write("import fred\nx = 1\nx = 2\nx = 3\n");
        var run = await FredAsync(program, "next", "p fred.is_enabled()", "p fred.checkpoint()", "!s = fred.checkpoint('typed')", "next", "next", "checkpoints", "p fred.list_sessions()[0].id, x");
        run.Code.ShouldBe(0, run.Error);
        run.Text(2).ShouldBe("True\n");
        run.Text(3).ShouldContain("CheckpointFailed");
        run.Text(7).ShouldContain("yes");
        run.Text(8).ShouldBe("('typed', 2)\n");
    }

    [SkippableFact]
    public async Task AProgramsOwnModuleOfThatName_Wins()
    {
        Write("x = 'mine'\n", "fred.py");
        var run = await FredAsync(Write("import fred\nprint(fred.x)\n"), "continue");
        run.Code.ShouldBe(0, run.Error);
        (await File.ReadAllTextAsync(Printed)).ShouldBe("mine\n");
    }

    private string PathOf(string name) => Path.Combine(_directory.FullName, name);

    private string Write(string text, string name = "prog.py")
    {
        File.WriteAllText(PathOf(name), text);
        return PathOf(name);
    }

    private Task<Answers> FredAsync(string program, params string[] commands) =>
        RunAsync(["python", "--python", Python, "--jsonl", "--output", Printed, .. commands.SelectMany(c => new[] { "-ex", c }), program]);

    private async Task<Answers> RunAsync(params string[] arguments)
    {
        var (code, output, error) = await FredProcess.StartAsync("env", string.Empty, [$"XDG_DATA_HOME={PathOf("data")}", FredProcess.Path, .. arguments]);
        return new Answers(code, output, error);
    }

    private sealed record Answers(int Code, string Output, string Error)
    {
        private readonly string[] _lines = Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        public JsonElement Stop(int line) => JsonDocument.Parse(_lines[line]).RootElement.GetProperty("stop");

        public int Line(int line) => Stop(line).GetProperty("line").GetInt32();

        public string Text(int line) => JsonDocument.Parse(_lines[line]).RootElement.GetProperty("output").GetString()!;
    }
}
