using Shouldly;
using Xunit;

namespace Fred.Cli.Tests;

public sealed class CommandLineTests : IDisposable
{
    private readonly TestCli _cli = new("x = 1\nprint(x)");

    public void Dispose() => _cli.Dispose();

    [Theory]
    [InlineData("python", "Which program?")]
    [InlineData("python --jsonl", "Which program?")]
    [InlineData("python --checkpointer tape a.py", "'tape' is no checkpointer")]
    [InlineData("python --interval 0 a.py", "'0' is no interval")]
    [InlineData("python --interval soon a.py", "'soon' is no interval")]
    [InlineData("python --follow child:0 a.py", "'child:0' is nobody to follow")]
    [InlineData("gdb --follow child:x ./a", "'child:x' is nobody to follow")]
    [InlineData("log --follow sibling:1 --at a.py:1 --expr x -- python a.py", "'sibling:1' is nobody to follow")]
    [InlineData("python --frobnicate a.py", "--frobnicate")]
    [InlineData("python -x", "-x")]
    [InlineData("python -m", "-m")]
    [InlineData("python -x /no/such/script a.py", "/no/such/script")]
    [InlineData("bogus", "bogus")]
    [InlineData("", "command")]
    public async Task Nonsense_IsRefusedWithAReason(string line, string reason)
    {
        var run = await _cli.RunAsync("", line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        run.Code.ShouldBe(ExitCode.Usage);
        run.Error.ShouldContain(reason);
        run.Error.ShouldStartWith("fred: ");
        run.Output.ShouldBeEmpty();
        _cli.Started.ShouldBeNull();
    }

    [Fact]
    public async Task PythonOptions_ReachTheBackend()
    {
        await _cli.RunAsync("q\n", "python", "--python", "/usr/bin/python3", "--interval", "2.5", "--output", "out", "--trace-library", "json*", "--trace-library", "re", "--checkpointer", "reexec", "--follow", "child:12", "-m", "pkg.mod", "-x", "--jsonl");
        var started = _cli.Started.ShouldNotBeNull();
        started.Module.ShouldBe("pkg.mod");
        started.Script.ShouldBeNull();
        started.ProgramArguments.ShouldBe(["-x", "--jsonl"]);
        started.TraceLibrary.ShouldBe(["json*", "re"]);
        started.Interval.ShouldBe(TimeSpan.FromSeconds(2.5));
        started.Checkpointer.ShouldBe("reexec");
        started.FollowChild.ShouldBe(12);
        started.Output.ShouldBe("out");
        started.Python.ShouldBe("/usr/bin/python3");
        started.JsonLines.ShouldBeFalse();
    }

    [Fact]
    public async Task Script_EndsTheSitting()
    {
        var run = await _cli.RunAsync("p 'not read'\n", "python", "-x", _cli.WriteScript("next", "# comment", "p x"), "prog.py");
        run.Code.ShouldBe(ExitCode.Ok);
        run.Output.ShouldContain("(fred) p x\n1\n");
        run.Output.ShouldNotContain("not read");
    }

    [Fact]
    public async Task Script_WithInteractive_GoesOnAtThePrompt()
    {
        var run = await _cli.RunAsync("p x + 1\n", "python", "-i", "-x", _cli.WriteScript("next"), "prog.py");
        run.Output.ShouldContain("(fred) p x + 1\n2\n");
    }

    [Fact]
    public async Task SourceCommand_RunsAFile()
    {
        var script = _cli.WriteScript("next", "p x");
        var run = await _cli.TypeAsync($"source {script}", "p x + 10");
        run.Output.ShouldContain("(fred) next\n");
        run.Output.ShouldContain("(fred) p x\n1\n(fred) p x + 10\n11\n");
    }

    [Fact]
    public async Task Doctor_FailsWhenSomethingIsMissing()
    {
        var run = await _cli.RunAsync("", "doctor");
        run.Code.ShouldBe(ExitCode.Failed);
        run.Output.ShouldContain("Make some.");
        (await _cli.RunAsync("", "doctor", "--json")).Output.ShouldContain("\"ok\": false");
    }

    [Theory]
    [InlineData("--version")]
    [InlineData("--help")]
    [InlineData("python --help")]
    public async Task Help_IsNoError(string line)
    {
        var run = await _cli.RunAsync("", line.Split(' '));
        run.Code.ShouldBe(ExitCode.Ok);
        run.Output.ShouldNotBeEmpty();
        run.Error.ShouldBeEmpty();
    }
}
