using System.Text.Json;
using Shouldly;
using Xunit;

namespace Fred.EndToEnd.Tests;

/// <summary>fred bisect, log, history-of and calls over real native programs.</summary>
public sealed class NativeQuestionTests : IDisposable
{
    private const string Shop = """
        #include <signal.h>
        #include <stdio.h>
        #include <string.h>
        struct receipt { double net; long items; };
        static int total;
        static char name[8] = "shop";
        static void on(int s) { (void)s; }
        static int sum(const int *prices, int n)
        {
            int all = 0;
            for (int i = 0; i < n; i++)
                all += prices[i];
            return all;
        }
        static struct receipt sell(int price)
        {
            total += price;
            struct receipt r = { price / 2.0, 1 };
            fprintf(stderr, "total: %d\n", total);
            return r;
        }
        static int depth(int n)
        {
            return n == 0 ? 0 : depth(n - 1) + 1;
        }
        int main(void)
        {
            int prices[] = { 5, 7, -40, 3, 60 };
            signal(SIGUSR1, on);
            raise(SIGUSR1);
            for (int i = 0; i < 5; i++)
                sell(prices[i]);
            memset(name, 'x', 4 + depth(3));
            return sum(prices, 5) == total ? 3 : 0;
        }
        """;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("fred-native-");

    public void Dispose() => _directory.Delete(recursive: true);

    [SkippableFact]
    public async Task Bisect_NamesTheStatement_OfTheFailureAndOfTheWholeRun()
    {
        var crash = NativeDebuggee.Compile("crash.c", _directory.FullName);
        var answer = await BisectAsync(0, crash, "--expr", "p != 0");
        Found(answer).ShouldBe((46, "main", "p = p->next;"));
        answer.GetProperty("stop").GetProperty("detail").GetString().ShouldBe("SIGSEGV");
        answer.GetProperty("backend").GetString().ShouldBe("gdb");
        Found(await BisectAsync(0, crash, "--exit-code", "139")).Line.ShouldBe(45);
        Found(await BisectAsync(0, crash, "--until", "crash.c:32", "--expr", "total < 20")).ShouldBe((27, "push", "total += 2 * value;"));

        // After its end the program's last statement is where the names are; the change is made in libc, the statement is the user's. A handled signal is no end.
        var shop = Compile();
        Found(await BisectAsync(0, shop, "--expr", "name[0] == 's'")).ShouldBe((33, "main", "memset(name, 'x', 4 + depth(3));"));
        Found(await BisectAsync(0, shop, "--output-matches", "total: -28", "--expr", "total >= 0")).ShouldBe((19, "sell", "fprintf(stderr, \"total: %d\\n\", total);"));
        (await BisectAsync(1, shop, "--expr", "total < 100")).GetProperty("result").GetString().ShouldBe("always-good");
    }

    [SkippableTheory]
    [InlineData(2, "NeverEvaluable", "--expr", "nosuch > 1")]
    [InlineData(2, "BadExpression", "--expr", "total > > 1")]
    [InlineData(3, "UntilNotReached", "--expr", "1", "--until", "shop.c:26:9")]
    public async Task Bisect_SaysWhatIsWrong(int code, string error, params string[] options) =>
        (await BisectAsync(code, Compile(), options)).GetProperty("error").GetProperty("id").GetString().ShouldBe(error);

    [SkippableFact]
    public async Task Bisect_SaysWhatCannotBeDebugged()
    {
        (await BisectAsync(3, "./missing", "--expr", "1")).GetProperty("error").GetProperty("id").GetString().ShouldBe("ProgramNotFound");
        Compile();
        (await BisectAsync(3, Path.Combine(_directory.FullName, "shop.c"), "--expr", "1")).GetProperty("error").GetProperty("id").GetString().ShouldBe("ProgramUnsupported");
    }

    [SkippableFact]
    public async Task Log_HasTheValuesOfEachVisit()
    {
        (await AskAsync(0, "log", "--at", "shop.c:17", "--expr", "price", "--expr", "total + price", "--if", "price > 0")).Select(r => Values(r)).ShouldBe(["5 5", "7 12", "3 -25", "60 35"]);
        (await AskAsync(0, "log", "--at", "depth", "--expr", "n", "--jobs", "2")).Select(r => Values(r)).ShouldBe(["3", "2", "1", "0"]);
        await AskAsync(1, "log", "--at", "nosuch", "--expr", "n");
    }

    [SkippableFact]
    public async Task HistoryOf_HasEachChange_AndTheStatementThatMadeIt()
    {
        var totals = await AskAsync(0, "history-of", "total");
        totals.Select(r => r.GetProperty("new").GetString()).ShouldBe(["0", "5", "12", "-28", "-25", "35", null], "main's names end with main");
        totals.Skip(1).SkipLast(1).ShouldAllBe(r => r.GetProperty("line").GetInt32() == 17 && r.GetProperty("function").GetString() == "sell");

        // What calls functions is looked at wherever a line begins; a function's own names come and go with it.
        var sums = await AskAsync(0, "history-of", "sum(prices, 5) + 0 * total", "--frame", "main");
        sums[^2].GetProperty("new").GetString().ShouldBe("35");
        var all = await AskAsync(0, "history-of", "all", "--frame", "sum");
        all.Select(r => r.GetProperty("new").GetString()).Where(v => v is not null).TakeLast(5).ShouldBe(["5", "12", "-28", "-25", "35"]);
        all[^1].GetProperty("newError").GetString().ShouldBe("its function is not on the stack");
    }

    [SkippableFact]
    public async Task Calls_HaveArgumentsAndResults()
    {
        var calls = await AskAsync(0, "calls", "depth");
        calls.Select(r => $"{r.GetProperty("nesting")} {r.GetProperty("arguments")[0]} {r.GetProperty("result")}").ShouldBe(["0 n=3 3", "1 n=2 2", "2 n=1 1", "3 n=0 0"]);

        // A structure that comes back in an integer and a floating point register.
        (await AskAsync(0, "calls", "sell", "--most", "2")).Select(r => r.GetProperty("result").GetString()).ShouldBe(["{net = 2.5, items = 1}", "{net = 3.5, items = 1}"]);
    }

    private static (int Line, string? Function, string? Text) Found(JsonElement answer)
    {
        var last = answer.ValueKind == JsonValueKind.Array ? answer[0] : answer;
        var transition = last.GetProperty("transitions")[0];
        return (transition.GetProperty("line").GetInt32(), transition.GetProperty("function").GetString(), transition.GetProperty("text").GetString());
    }

    private static string Values(JsonElement row) => string.Join(' ', row.GetProperty("values").EnumerateArray().Select(v => v.GetProperty("value").GetString()));

    private static async Task<JsonElement> BisectAsync(int code, string program, params string[] options)
    {
        var run = await FredProcess.RunAsync(string.Empty, ["bisect", .. options, "--json", "--", program]);
        run.Code.ShouldBe(code, run.Error + run.Output);
        return JsonDocument.Parse(run.Output).RootElement;
    }

    private string Compile()
    {
        var source = Path.Combine(_directory.FullName, "shop.c");
        File.WriteAllText(source, Shop);
        return NativeDebuggee.Compile(source, _directory.FullName);
    }

    private async Task<IReadOnlyList<JsonElement>> AskAsync(int code, params string[] question)
    {
        var run = await FredProcess.RunAsync(string.Empty, [.. question, "--json", "--", Compile()]);
        run.Code.ShouldBe(code, run.Error + run.Output);
        return [.. run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
    }
}
