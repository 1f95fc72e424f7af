using System.Text.Json;
using Shouldly;
using Xunit;

namespace Fred.EndToEnd.Tests;

/// <summary>fred log, history-of and calls over real programs.</summary>
public sealed class HistoryTests : IDisposable
{
    private const string Python = "/usr/bin/python3";

    private const string Shop = """
        class Cart:
            def __init__(self):
                self.items, self.sum = [], 0
            def add(self, item, *rest, note="näh", **more):
                if item == 17:
                    raise ValueError("no 17")
                self.items.append(item)
                self.sum += item
                return self.sum * 1
            def __repr__(self):
                return "Cart(%d)" % self.sum
        def fib(n):
            return n if n < 2 else fib(n - 1) + fib(n - 2)
        def count(n):
            while n > 0:
                n -= 1
                yield n
        cart = Cart()
        rows = iter(range(100))
        for i in range(20):
            try:
                cart.add(i, 1, note="\x1e\ud800")
            except ValueError:
                pass
            next(rows)
        fib(3)
        list(count(2))
        print(cart.sum, next(rows))
        """;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("fred-history-");

    public void Dispose() => _directory.Delete(recursive: true);

    /// <summary>The repr is code of the program's own, the second expression changes it: the first is compared and found harmless, the second answered in forks.</summary>
    [SkippableTheory]
    [InlineData("self")]
    [InlineData("(self.sum, self.items.append(1))[0]")]
    [InlineData("(self.sum, next(rows))[0]")]
    [InlineData("self.sum")]
    public async Task Log_IsRight_WhateverTheExpressionDoes(string expression)
    {
        var rows = await AskAsync(0, "log", "--at", "shop.py:8", "--expr", expression, "--expr", "item", "--expr", "nothing");
        var (sum, expected) = (0, new List<string>());
        foreach (var i in Enumerable.Range(0, 20).Where(i => i != 17))
        {
            expected.Add($"{(expression == "self" ? $"Cart({sum})" : $"{sum}")} {i} ");
            sum += i;
        }

        rows.Select(r => string.Join(' ', r.GetProperty("values").EnumerateArray().Select(v => v.GetProperty("value").GetString()))).ShouldBe(expected);
        rows[0].GetProperty("values")[2].GetProperty("error").GetString().ShouldBe("NameError: name 'nothing' is not defined");
    }

    [SkippableFact]
    public async Task HistoryOf_NamesTheStatements()
    {
        var rows = await AskAsync(0, "history-of", "cart.sum");
        rows.Count.ShouldBe(19);
        rows.Skip(1).ShouldAllBe(r => r.GetProperty("text").GetString() == "self.sum += item" && r.GetProperty("function").GetString() == "add");
        rows[^1].GetProperty("new").GetString().ShouldBe("173");
        var inCalls = await AskAsync(0, "history-of", "n", "--frame", "fib");
        inCalls.Count(r => r.GetProperty("new").ValueKind == JsonValueKind.Null).ShouldBeGreaterThan(0);
        (await FredAsync("history-of", "cart.items.append(1)")).Code.ShouldBe(2);
    }

    /// <summary>Two methods of one name, and a class inside a function.</summary>
    [SkippableTheory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task AFunction_CanBeNamedWithItsClass(int python)
    {
        Program = Write("named.py", """
            class Cart:
                def __init__(self):
                    self.sum = 0
                def add(self, x):
                    self.sum += x
            class Box(Cart):
                def add(self, x):
                    for each in range(2):
                        super().add(x)
            def make():
                class Tin:
                    def add(self, x):
                        return x
                return Tin()
            Cart().add(1)
            Box().add(2)
            make().add(3)
            """);
        Interpreter = RealPython.Some[python];
        RealPython.Require(Interpreter);
        async Task<string> CallsAsync(string name) => string.Join(' ', (await AskAsync(0, "calls", name)).Select(r => r.GetProperty("line").GetInt32()));
        (await CallsAsync("add")).ShouldBe("4 7 4 4 12");
        (await CallsAsync("Cart.add")).ShouldBe("4 4 4");
        (await CallsAsync("Box.add")).ShouldBe("7");
        (await CallsAsync("make.Tin.add")).ShouldBe("12");
        (await CallsAsync("Tin.add")).ShouldBe("12");
        (await AskAsync(0, "log", "--at", "Box.add", "--expr", "x")).Count.ShouldBe(1);
        (await AskAsync(0, "history-of", "each", "--frame", "Box.add")).Count(r => r.GetProperty("new").GetString() == "1").ShouldBe(1);
        (await FredAsync("calls", "art.add")).Code.ShouldBe(1);
    }

    /// <summary>The assignment happens after the return event, which is the last event before it.</summary>
    [SkippableFact]
    public async Task WhatACallReturns_IsAssignedByTheStatementThatMadeIt()
    {
        Program = Write("total.py", "def add(a, b):\n    c = a + b\n    return c\ntotal = 0\nfor i in range(3):\n    total = add(\n        total, i)\nprint(sorted([3, 1], key=lambda n: add(n, 1)))\n");
        var rows = await AskAsync(0, "history-of", "total");
        rows.Select(r => (r.GetProperty("line").GetInt32(), r.GetProperty("function").GetString(), r.GetProperty("new").GetString())).ShouldBe([(4, "<module>", "0"), (6, "<module>", "1"), (6, "<module>", "3")]);
        var found = await FredAsync("bisect", "--expr", "total < 2", "--json");
        var transition = JsonDocument.Parse(found.Output).RootElement.GetProperty("transitions")[0];
        (transition.GetProperty("line").GetInt32(), transition.GetProperty("tick").GetInt64()).ShouldBe((6, rows[2].GetProperty("tick").GetInt64()));
        transition.GetProperty("stack").GetArrayLength().ShouldBe(1);
    }

    [SkippableFact]
    public async Task Calls_HaveArgumentsResultsAndExceptions()
    {
        var adds = await AskAsync(0, "calls", "add");
        adds.Count.ShouldBe(20);
        string.Join(' ', adds[3].GetProperty("arguments").EnumerateArray()).ShouldBe("self=Cart(3) item=3 note=' \\ud800' rest=(1,) more={}".Replace("note=' ", "note='\\x1e", StringComparison.Ordinal));
        adds[3].GetProperty("result").GetString().ShouldBe("6");
        (adds[17].GetProperty("outcome").GetString(), adds[17].GetProperty("exception").GetString()).ShouldBe(("raised", "ValueError: no 17"));
        (await AskAsync(0, "calls", "fib")).Select(r => (r.GetProperty("arguments")[0].GetString(), r.GetProperty("nesting").GetInt32(), r.GetProperty("result").GetString()))
            .ShouldBe([("n=3", 0, "2"), ("n=2", 1, "1"), ("n=1", 2, "1"), ("n=0", 2, "0"), ("n=1", 1, "1")]);
        (await AskAsync(0, "calls", "count")).Count.ShouldBe(3);
    }

    /// <summary>Many intervals, several at once, and enough answers to make those that are ahead wait.</summary>
    [SkippableFact]
    public async Task ManyAnswers_FromManyIntervals_AreInOrder()
    {
        Program = Write("long.py", "def work(n):\n    total = 0\n    i = 0\n    while i < n:\n        total += i\n        i += 1\n    return total\nprint(work(150000))\n");
        var two = await FredAsync("log", "--at", "long.py:5", "--expr", "i", "--json", "--jobs", "2");
        two.Code.ShouldBe(0, two.Error);
        var values = two.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split("\"value\":\"")[1].Split('"')[0]);
        values.ShouldBe(Enumerable.Range(0, 150_000).Select(i => $"{i}"));
    }

    private string? Program { get; set; }

    private string? Interpreter { get; set; }

    private async Task<List<JsonElement>> AskAsync(int code, params string[] words)
    {
        var run = await FredAsync([.. words, "--json"]);
        run.Code.ShouldBe(code, run.Error);
        return [.. run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
    }

    private Task<(int Code, string Output, string Error)> FredAsync(params string[] words)
    {
        Skip.IfNot(File.Exists(Python), $"{Python} is missing");
        var program = Program ?? Write("shop.py", Shop);
        return FredProcess.RunAsync(string.Empty, [.. words, "--python", Interpreter ?? Python, "--", "python", program]);
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_directory.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }
}
