using System.Text.Json;
using Shouldly;
using Xunit;

namespace Fred.Cli.Tests;

/// <summary>fred bisect over a program in memory.</summary>
public sealed class BisectTests : IDisposable
{
    private const string Source = """
        def add(a, b):
            c = a + b
            return c
        total = 0
        for i in range(6):
            total = add(total, i)
        total = 3
        total = 12
        print(total)
        """;

    private readonly TestCli _cli = new(Source);

    public void Dispose() => _cli.Dispose();

    [Fact]
    public async Task Found_ShowsTheStatementItsSurroundingsAndTheWayThere()
    {
        var run = await BisectAsync("--expr", "total < 6", "--stable");
        run.Code.ShouldBe(ExitCode.Ok);
        run.Error.ShouldBeEmpty();
        TestKit.Approved.Matches(run.Output);
    }

    [Theory]
    [InlineData("--last", "8")]
    [InlineData("--first", "6")]
    [InlineData("--all", "6 8")]
    [InlineData("--stable", "8")]
    public async Task Which_TransitionsAreMeant(string option, string lines)
    {
        var json = await JsonAsync("--expr", "total < 6", option);
        string.Join(' ', json.GetProperty("transitions").EnumerateArray().Select(t => t.GetProperty("line").GetInt32())).ShouldBe(lines);
    }

    [Fact]
    public async Task Json_FollowsTheContract()
    {
        var run = await BisectAsync("--expr", "total < 6", "--all", "--json");
        run.Code.ShouldBe(ExitCode.Ok);
        var json = JsonDocument.Parse(run.Output).RootElement;
        json.EnumerateObject().Select(p => p.Name).ShouldBe(
            ["backend", "expression", "frame", "result", "transitions", "monotone", "evaluations", "checkpoints", "recordSeconds", "searchSeconds", "reopen", "stop", "error"]);
        json.GetProperty("result").GetString().ShouldBe("transition");
        json.GetProperty("monotone").GetBoolean().ShouldBeFalse();
        json.GetProperty("frame").GetString().ShouldBe("<module>");
        json.GetProperty("stop").GetProperty("reason").GetString().ShouldBe("exit");
        json.GetProperty("error").ValueKind.ShouldBe(JsonValueKind.Null);
        var first = json.GetProperty("transitions")[0];
        first.EnumerateObject().Select(p => p.Name).ShouldBe(["file", "line", "function", "text", "tick", "before", "after", "stack"]);
        first.GetProperty("text").GetString().ShouldBe("total = add(total, i)");
        first.GetProperty("before").GetString().ShouldBe("True");
        first.GetProperty("after").GetString().ShouldBe("False");
    }

    [Fact]
    public async Task SeveralExpressions_AreAnArray_OneFoundIsEnough()
    {
        var run = await BisectAsync("--expr", "total < 100", "--expr", "total < 12", "--json");
        run.Code.ShouldBe(ExitCode.Ok);
        JsonDocument.Parse(run.Output).RootElement.EnumerateArray().Select(a => a.GetProperty("result").GetString()).ShouldBe(["always-good", "transition"]);
    }

    [Theory]
    [InlineData("total < 100", "always-good", 1)]
    [InlineData("total > 100", "always-bad", 1)]
    [InlineData("1 == 2", "always-bad", 1)]
    [InlineData("nowhere == 1", "error", 2)]
    [InlineData("total <", "error", 2)]
    public async Task BadQuestions_HaveTheirResultAndExitCode(string expression, string result, int code)
    {
        var run = await BisectAsync("--expr", expression, "--json");
        run.Code.ShouldBe(code);
        JsonDocument.Parse(run.Output).RootElement.GetProperty("result").GetString().ShouldBe(result);
    }

    [Fact]
    public async Task SyntaxError_IsSaidBeforeTheProgramRuns()
    {
        var run = await BisectAsync("--expr", "total <");
        run.Error.ShouldContain("[BadExpression]");
        _cli.Backend.Output.ShouldBeEmpty();
    }

    [Fact]
    public async Task NoValueYet_CountsAsGood_AndIsReported()
    {
        var json = await JsonAsync("--expr", "total > 100");
        json.GetProperty("transitions")[0].GetProperty("before").GetString()!.ShouldStartWith("not evaluable: NameError");
    }

    [Fact]
    public async Task Frame_OffTheStack_MeansEveryCall()
    {
        var json = await JsonAsync("--frame", "add", "--expr", "b < 3", "--first");
        json.GetProperty("frame").GetString().ShouldBe("every call of add()");
        json.GetProperty("transitions")[0].GetProperty("text").GetString().ShouldBe("total = add(total, i)");
    }

    [Fact]
    public async Task Frame_OnTheStack_MeansThatCall()
    {
        var json = await JsonAsync("--until", "prog.py:3:3", "--expr", "c < 2");
        json.GetProperty("frame").GetString().ShouldBe("add()");
        json.GetProperty("stop").GetProperty("reason").GetString().ShouldBe("breakpoint");
        json.GetProperty("transitions")[0].GetProperty("line").GetInt32().ShouldBe(2);
    }

    [Fact]
    public async Task Until_NotReached_IsAnError()
    {
        var run = await BisectAsync("--expr", "total < 6", "--until", "prog.py:3:9");
        run.Code.ShouldBe(ExitCode.Failed);
        run.Error.ShouldContain("[UntilNotReached]");
        run.Error.ShouldContain("6 times");
    }

    [Theory]
    [InlineData("9", 0)]
    [InlineData("0", 1)]
    public async Task ExitCode_BlamesTheStatementThatEnded(string code, int expected)
    {
        using var cli = new TestCli("x = 1\nexit(9)\nx = 2");
        var run = await cli.RunAsync("", "bisect", "--exit-code", code, "--json", "--", "python", cli.ProgramFile);
        run.Code.ShouldBe(expected);
        var json = JsonDocument.Parse(run.Output).RootElement;
        json.GetProperty("result").GetString().ShouldBe(expected == 0 ? "transition" : "always-good");
        json.GetProperty("expression").GetString().ShouldBe($"exit code {code}");
        json.GetProperty("transitions").GetArrayLength().ShouldBe(expected == 0 ? 1 : 0);
    }

    [Theory]
    [InlineData("Boom", 0, 2)]
    [InlineData("Exception", 0, 2)]
    [InlineData("Other", 1, 1)]
    public async Task Exception_ThenExpressionsAreAskedOnlyWhenItHappened(string type, int code, int answers)
    {
        using var cli = new TestCli("x = 1\ndef f(y):\n    raise 'Boom: bad'\nx = 5\nf(x)");
        var run = await cli.RunAsync("", "bisect", "--exception", type, "--expr", "x < 5", "--json", "--", "python", cli.ProgramFile);
        run.Code.ShouldBe(code);
        var json = JsonDocument.Parse(run.Output).RootElement;
        var all = json.ValueKind == JsonValueKind.Array ? [.. json.EnumerateArray()] : new List<JsonElement> { json };
        all.Count.ShouldBe(answers);
        if (code == 0)
        {
            all[0].GetProperty("transitions")[0].GetProperty("line").GetInt32().ShouldBe(3);
            all[1].GetProperty("transitions")[0].GetProperty("line").GetInt32().ShouldBe(4);
        }
    }

    [Fact]
    public async Task AlwaysBadInTheFailingCall_IsSearchedFurtherOutside()
    {
        using var cli = new TestCli("def check(c):\n    raise 'Boom'\ndef main():\n    c = 1\n    c = 7\n    check(c)\nmain()");
        var run = await cli.RunAsync("", "bisect", "--expr", "c < 5", "--json", "--", "python", cli.ProgramFile);
        var json = JsonDocument.Parse(run.Output).RootElement;
        json.GetProperty("frame").GetString().ShouldBe("main()");
        json.GetProperty("transitions")[0].GetProperty("line").GetInt32().ShouldBe(5);
    }

    [Fact]
    public async Task ProgramThatExitsAtOnce_HasNoValues()
    {
        using var cli = new TestCli("exit(3)");
        var run = await cli.RunAsync("", "bisect", "--expr", "x < 5", "--json", "--", "python", cli.ProgramFile);
        run.Code.ShouldBe(ExitCode.Usage);
        JsonDocument.Parse(run.Output).RootElement.GetProperty("error").GetProperty("id").GetString().ShouldBe("NeverEvaluable");
    }

    [Theory]
    [InlineData("bisect", "Which question?")]
    [InlineData("bisect --expr x --first --all -- python prog.py", "Only one of")]
    [InlineData("bisect --expr x", "Which program?")]
    [InlineData("bisect --expr x -- python", "Which program")]
    [InlineData("bisect --expr x -- python -O prog.py", "'-O' is not possible")]
    [InlineData("bisect --expr x --until here -- python prog.py", "'here' is no place")]
    [InlineData("bisect --expr x --until prog.py:1:0 -- python prog.py", "is no place")]
    [InlineData("bisect --expr x --timeout soon -- python prog.py", "'soon' is no timeout")]
    [InlineData("bisect --expr x --max-memory much -- python prog.py", "'much' is no size")]
    [InlineData("bisect --output-matches ( -- python prog.py", "no regular expression")]
    [InlineData("bisect --expr x --json /no/such/dir/f -- python prog.py", "/no/such/dir/f")]
    public async Task Nonsense_IsRefusedWithAReason(string line, string reason)
    {
        var run = await _cli.RunAsync("", line.Split(' '));
        run.Code.ShouldBe(ExitCode.Usage);
        run.Error.ShouldContain(reason);
    }

    [Theory]
    [InlineData("bisect --expr x --gdb /opt/gdb -- ./prog a -b", "./prog", "/opt/gdb")]
    [InlineData("bisect --expr x -- prog a -b", "prog", null)]
    [InlineData("bisect --expr x --gdb /opt/gdb -- python3 a -b", "python3", "/opt/gdb")]
    public async Task NativePrograms_ReachTheirBackend(string line, string program, string? gdb)
    {
        await _cli.RunAsync("", line.Split(' '));
        var started = _cli.Started.ShouldNotBeNull();
        (started.Native, started.Gdb, started.Script).ShouldBe((program, gdb, null));
        started.ProgramArguments.ShouldBe(["a", "-b"]);
    }

    [Fact]
    public async Task Options_ReachTheRecording()
    {
        await _cli.RunAsync("", "bisect", "--expr", "x", "--python", "/opt/python", "--interval", "2", "--checkpointer", "reexec", "--output", "out", "--", "python3.11", "-u", "-m", "pkg.mod", "-x", "@y", "--", "z");
        var started = _cli.Started.ShouldNotBeNull();
        (started.Module, started.Python, started.Checkpointer, started.Output, started.OutputToError).ShouldBe(("pkg.mod", "/opt/python", "reexec", "out", true));
        started.ProgramArguments.ShouldBe(["-x", "@y", "--", "z"]);
        started.Environment["PYTHONUNBUFFERED"].ShouldBe("1");
    }

    [Fact]
    public async Task Annotations_NameTheLine()
    {
        var run = await BisectAsync("--expr", "total < 6", "--annotations", "--stable");
        run.Output.ShouldContain("::error file=");
        run.Output.ShouldContain(",line=8,title=fred%3A total < 6::This statement makes 'total < 6' false (in <module>). Before: True. After: False.\n");
    }

    [Fact]
    public async Task StableOutput_IsTheSameTwice()
    {
        var first = await BisectAsync("--expr", "total < 6", "--all", "--json", "--stable");
        using var again = new TestCli(Source);
        var second = await again.RunAsync("", "bisect", "--expr", "total < 6", "--all", "--json", "--stable", "--", "python3", again.ProgramFile);
        second.Output.ShouldBe(first.Output);
        first.Output.ShouldContain("\"recordSeconds\": null");
    }

    [Fact]
    public async Task NothingIsLeft()
    {
        await BisectAsync("--expr", "total < 6");
        _cli.Backend.IsDisposed.ShouldBeTrue();
        _cli.Backend.AliveSessions.ShouldBe(0);
        _cli.Backend.OpenInspectors.ShouldBe(0);
        _cli.Backend.Output.ShouldBe(["12"]);
    }

    private Task<TestRun> BisectAsync(params string[] options) => _cli.RunAsync("", ["bisect", .. options, "--", "python3", _cli.ProgramFile]);

    private async Task<JsonElement> JsonAsync(params string[] options)
    {
        var run = await BisectAsync([.. options, "--json"]);
        return JsonDocument.Parse(run.Output).RootElement;
    }
}
