using System.Text.Json;
using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace Fred.EndToEnd.Tests;

/// <summary>fred bisect over real programs.</summary>
public sealed partial class BisectTests : IDisposable
{
    private const string Python = "/usr/bin/python3";

    private const string Cart = """
        class Cart:
            def __init__(self):
                self.items, self.sum = [], 0
            def add(self, x):
                self.items.append(x)
                self.sum += x
        def check(c):
            if sum(c.items) != c.sum:
                raise ValueError("mismatch %d" % c.sum)
        def main():
            c = Cart()
            for i in range(20):
                c.add(i)
                if i == 11:
                    c.sum -= 1
            print("sum:", c.sum)
            check(c)
        try:
            main()
        finally:
            for i in range(300):
                last = i
            print("bye")
        """;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("fred-bisect-");

    public void Dispose() => _directory.Delete(recursive: true);

    /// <summary>What evaluates lives in a replica whose heap is no longer the recorded one: what the import reads there must go to the buffers as they are.</summary>
    [SkippableFact]
    public async Task ImportAfterTheFirstEvaluation_ReadsWhatItRead()
    {
        var program = Write("redirect.py", """
            from urllib.parse import urlsplit
            ANSWERS = {"https://a/x": "https://a/x/", "https://a/x/": "http://a/x/", "http://a/x/": None}
            def follow(url, headers):
                while ANSWERS[url] is not None:
                    if urlsplit(url).hostname != urlsplit(ANSWERS[url]).hostname:
                        headers.pop("Authorization")
                    url = ANSWERS[url]
                return url
            print(follow("https://a/x", {"Authorization": "secret"}))
            """);
        var run = await BisectAsync(0, program, "--frame", "follow", "--expr", "url.startswith('https:') or 'Authorization' not in headers", "--json");
        JsonDocument.Parse(run.Output).RootElement.GetProperty("transitions")[0].GetProperty("line").GetInt32().ShouldBe(7);
    }

    /// <summary>A task keeps its exception until it is awaited: other jobs come by the raising line before that.</summary>
    [SkippableFact]
    public async Task ExceptionOfATask_LeadsToTheCallThatRaised()
    {
        var program = Write("jobs.py", """
            import asyncio
            async def job(i):
                await asyncio.sleep(0)
                if i == 3: raise ValueError("job %d" % i)
                return i
            async def everything():
                return await asyncio.gather(*(job(i) for i in range(5)))
            asyncio.run(everything())
            """);
        var run = await BisectAsync(0, program, "--exception", "ValueError", "--json");
        var found = JsonDocument.Parse(run.Output).RootElement.GetProperty("transitions")[0];
        (found.GetProperty("line").GetInt32(), found.GetProperty("function").GetString()).ShouldBe((4, "job"));
        var stood = await FredProcess.RunAsync($"continue\ngoto {found.GetProperty("tick").GetInt64()}\np i\nq\n", "python", "--python", Python, program);
        stood.Output.ShouldContain("p i\n3\n");
    }

    /// <summary>There is hardly room for a call where a runaway recursion ends.</summary>
    [SkippableFact]
    public async Task RunawayRecursion_IsSearchedToItsEnd()
    {
        var program = Write("deep.py", "def f(n):\n    f(n + 1)\nf(0)\n");
        var run = await BisectAsync(0, program, "--exception", "RecursionError", "--expr", "n < 500", "--frame", "f");
        run.Output.ShouldContain("'n < 500' was false as soon as it had a value (in f())"); // in the call that failed, the innermost
        run.Output.ShouldContain(" more\n");
    }

    /// <summary>The frames of the traceback were left before the finally block ran; the failing call itself began too late to show the cause.</summary>
    [SkippableFact]
    public async Task Exception_WithStatementsAfterIt_LeadsToTheCause_AndThePrintedCommandGoesThere()
    {
        var program = Write("cart.py", Cart);
        var run = await BisectAsync(0, program, "--expr", "sum(c.items) == c.sum", "--json");
        run.Error.ShouldBe("sum: 189\nbye\n");
        var json = JsonDocument.Parse(run.Output).RootElement;
        json.GetProperty("frame").GetString().ShouldBe("main()");
        json.GetProperty("transitions")[0].GetProperty("text").GetString().ShouldBe("c.sum -= 1");
        json.GetProperty("monotone").GetBoolean().ShouldBeFalse();

        var reopened = await FredProcess.StartAsync("/bin/sh", "p c.sum\nnext\np c.sum\nq\n", "-c", json.GetProperty("reopen").GetString()!);
        reopened.Code.ShouldBe(0, reopened.Error);
        reopened.Output.ShouldContain("-> c.sum -= 1");
        reopened.Output.ShouldContain("p c.sum\n66\n");
        reopened.Output.ShouldContain("p c.sum\n65\n");
    }

    [SkippableFact]
    public async Task Exception_InACallThatWasLeft_IsSearchedFromThere()
    {
        var program = Write("cart.py", Cart);
        var json = await JsonAsync(0, program, "--expr", "c.sum < 100", "--frame", "main", "--exception", "ValueError");
        json[0].GetProperty("transitions")[0].GetProperty("text").GetString()!.ShouldStartWith("raise ValueError");
        json[1].GetProperty("transitions")[0].GetProperty("text").GetString().ShouldBe("self.sum += x");
    }

    [SkippableTheory]
    [InlineData("--last", 7, "3")]
    [InlineData("--first", 5, "1")]
    [InlineData("--all", 7, "3")]
    public async Task OutputMatches_LeadsToTheStatementThatWrote(string which, int line, string n)
    {
        var program = Write("prints.py", "import sys\nn = 0\nfor word in ['a', 'b']:\n    n += 1\n    print('total:', n, flush=False)\nn = 3\nsys.stderr.write('total: %d now' % n)\nn = 4\nprint('end')\n");
        var json = await JsonAsync(0, program, "--output-matches", "total: [13]", which, "--expr", "n < 1");
        var found = json[0].GetProperty("transitions").EnumerateArray().ToList();
        found.Count.ShouldBe(which == "--all" ? 2 : 1);
        found[^1].GetProperty("line").GetInt32().ShouldBe(line);
        found[^1].GetProperty("after").GetString()!.ShouldContain($"total: {n}");
        json[1].GetProperty("transitions")[0].GetProperty("line").GetInt32().ShouldBe(4);
    }

    [SkippableTheory]
    [InlineData("import os, signal\nx = 1\nos.kill(os.getpid(), signal.SIGSEGV)\n", "139", "os.kill(os.getpid(), signal.SIGSEGV)")]
    [InlineData("import os\nx = 1\nos._exit(7)\n", "7", "os._exit(7)")]
    [InlineData("import sys\nx = 1\nsys.exit(7)\n", "7", "sys.exit(7)")]
    [InlineData("x = 1\nx / 0\n", "1", "x / 0")]
    public async Task ExitCode_LeadsToTheStatementThatEnded(string source, string code, string text)
    {
        var json = await JsonAsync(0, Write("ends.py", source), "--exit-code", code);
        json[0].GetProperty("transitions")[0].GetProperty("text").GetString().ShouldBe(text);
    }

    [SkippableFact]
    public async Task Timeout_StopsAProgramThatHangs_AndItsHistoryIsSearched()
    {
        var program = Write("hangs.py", "import select\nx = 0\nx = 5\nselect.select([], [], [])\n");
        var json = await JsonAsync(0, program, "--timeout", "1", "--expr", "x < 3");
        json[0].GetProperty("stop").GetProperty("reason").GetString().ShouldBe("pause");
        json[0].GetProperty("transitions")[0].GetProperty("line").GetInt32().ShouldBe(3);
    }

    [SkippableFact]
    public async Task EveryCall_IsSearchedWhenTheFunctionIsNotOnTheStack()
    {
        var program = Write("calls.py", "def pay(n):\n    return n * 2\nfor i in range(5):\n    pay(i)\npay(-3)\npay(7)\n");
        var json = await JsonAsync(0, program, "--frame", "pay", "--expr", "n >= 0");
        json[0].GetProperty("transitions")[0].GetProperty("line").GetInt32().ShouldBe(5);
    }

    [SkippableTheory]
    [InlineData("import os\nx = 1\nos.execv('/bin/true', ['true'])\n", "RecordingEnded", 3)]
    [InlineData("def f(:\n", "ProgramSyntaxError", 3)]
    [InlineData("", "NeverEvaluable", 2)]
    public async Task ProgramsThatCannotBeSearched_AreExplained(string source, string id, int code)
    {
        var json = await JsonAsync(code, Write("bad.py", source), "--expr", "x < 1");
        json[0].GetProperty("result").GetString().ShouldBe("error");
        json[0].GetProperty("error").GetProperty("id").GetString().ShouldBe(id);
    }

    [SkippableFact]
    public async Task MissingProgram_IsExplained()
    {
        var json = await JsonAsync(3, Path.Combine(_directory.FullName, "missing.py"), "--expr", "x < 1");
        json[0].GetProperty("error").GetProperty("id").GetString().ShouldBe("ProgramNotFound");
    }

    /// <summary>The script is the one printed in docs/bisect.md.</summary>
    [SkippableFact]
    public async Task GitBisectRecipe_FindsTheCommit()
    {
        RealPython.Require(Python);
        var git = await FredProcess.StartAsync("/bin/sh", string.Empty, "-c", "command -v git");
        Skip.IfNot(git.Code == 0, "git is not installed");
        Write("culprit.sh", Recipe());
        var history = await ShellAsync("""
            set -e
            git init -q . && git config user.email test@example.org && git config user.name test
            commit() { printf "$2" > shop.py && git add shop.py && git commit -q -m "$1"; }
            commit good 'prices = [3, 4]\ntotal = 0\nfor p in prices:\n    total += p\nprint("total:", total)\n'
            git tag good
            commit broken 'prices = [3, 4, 5]\ntotal = 0\nfor p in prices\n    total += p\nprint("total:", total)\n'
            commit more 'prices = [3, 4, 5]\ntotal = 0\nfor p in prices:\n    total += p\nprint("total:", total)\n'
            commit discount 'prices = [3, 4, 5]\ntotal = 0\nfor p in prices:\n    total += p\ntotal -= 20\nprint("total:", total)\n'
            commit later 'prices = [3, 4, 5, 6]\ntotal = 0\nfor p in prices:\n    total += p\ntotal -= 20\nprint("total:", total)\n'
            """);
        history.Code.ShouldBe(0, history.Error);
        var run = await ShellAsync("git bisect start HEAD good && git bisect run sh culprit.sh");
        run.Code.ShouldBe(0, run.Output + run.Error);
        run.Output.ShouldContain("is the first bad commit");
        (await ShellAsync("git log -1 --format=%s refs/bisect/bad")).Output.ShouldBe("discount\n");
    }

    [GeneratedRegex("```sh\\n(# culprit.sh.*?)```", RegexOptions.Singleline)]
    private static partial Regex Script();

    private static string Recipe() =>
        Script().Match(File.ReadAllText(Path.Combine(RealPython.Debuggees, "..", "..", "..", "docs", "bisect.md"))).Groups[1].Value;

    private Task<(int Code, string Output, string Error)> ShellAsync(string script) => FredProcess.StartInAsync(_directory.FullName, "/bin/sh", string.Empty, "-c", script);

    private static async Task<(int Code, string Output, string Error)> BisectAsync(int code, string program, params string[] options)
    {
        RealPython.Require(Python);
        var run = await FredProcess.RunAsync(string.Empty, ["bisect", .. options, "--", Python, program]);
        run.Code.ShouldBe(code, run.Output + run.Error);
        return run;
    }

    /// <summary>The answers, one or several.</summary>
    private static async Task<IReadOnlyList<JsonElement>> JsonAsync(int code, string program, params string[] options)
    {
        var json = JsonDocument.Parse((await BisectAsync(code, program, [.. options, "--json"])).Output).RootElement;
        return json.ValueKind == JsonValueKind.Array ? [.. json.EnumerateArray()] : [json];
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_directory.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }
}
