using System.Text.Json;
using Shouldly;
using Xunit;

namespace Fred.EndToEnd.Tests;

/// <summary>fred diff over real programs.</summary>
public sealed class DiffTests : IDisposable
{
    private const string Python = "/usr/bin/python3";

    private const string Shop = """
        import sys
        class Cart:
            def __init__(self):
                self.sum = 0
            def add(self, price):
                if price > 100:
                    self.sum += 100
                else:
                    self.sum += price
        def main(cart, lines):
            for line in lines:
                cart.add(int(line))
            print(cart.sum)
        source = open(sys.argv[1]) if len(sys.argv) > 1 else sys.stdin
        main(Cart(), source)
        """;

    private const string NativeShop = """
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        static int sum;
        static void add(int price)
        {
            if (price > 100)
                sum += 100;
            else
                sum += price;
        }
        int main(int argc, char **argv)
        {
            for (int i = 0; i < 9000; i++)
                add(i == 2000 ? atoi(argv[1]) : i % 8);
            printf("%zu digits\n", strlen(argv[1]));
            return argc - 2;
        }
        """;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("fred-diff-");

    public void Dispose() => _directory.Delete(recursive: true);

    /// <summary>30,000 statements, so that the place is found by narrowing down; the value differs long before the ways do.</summary>
    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TheFirstStatementThatDiffers_IsNamed(bool byInput)
    {
        var (good, bad) = (Prices("good", 3000, 20), Prices("bad", 3000, 120));
        string[] options = ["--expr", "cart.sum", "--expr", "self", "--expr", "missing"];
        var found = byInput
            ? await DiffAsync(0, [.. options, "--input", good, "--other-input", bad, "--", "python", Program()])
            : await DiffAsync(0, [.. options, "--", "python", Program(), good, "--versus", bad]);
        found.GetProperty("result").GetString().ShouldBe("diverged");
        Text(found.GetProperty("lastCommon")).ShouldBe("if price > 100:");
        Text(found.GetProperty("first").GetProperty("next")).ShouldBe("self.sum += price");
        Text(found.GetProperty("second").GetProperty("next")).ShouldBe("self.sum += 100");
        found.GetProperty("variables").EnumerateArray().Select(v => $"{v.GetProperty("name")} {v.GetProperty("first")} {v.GetProperty("second")}").ShouldBe(["price 20 120"]);
        var expressions = found.GetProperty("expressions").EnumerateArray().ToList();
        expressions.Select(e => e.GetProperty("result").GetString()).ShouldBe(["differs", "same", "no-value"]);
        expressions[0].GetProperty("first").GetProperty("value").GetString().ShouldBe("7020");
        expressions[0].GetProperty("second").GetProperty("value").GetString().ShouldBe("7100");
        found.GetProperty("second").GetProperty("reopen").GetString()!.ShouldContain($"goto {found.GetProperty("lastCommon").GetProperty("tick")}");
    }

    [SkippableFact]
    public async Task RunsThatAreTheSame_ExitWith1_AndEndsAreCompared()
    {
        var good = Prices("good", 5, 20);
        var same = await DiffAsync(1, "--", "python", Program(), good);
        (same.GetProperty("result").GetString(), same.GetProperty("lastCommon").ValueKind).ShouldBe(("same", JsonValueKind.Null));
        (await DiffAsync(2, "--expr", "missing", "--", "python", Program(), good)).GetProperty("expressions")[0].GetProperty("result").GetString().ShouldBe("no-value");
        var exits = Write("exits.py", "import sys\nsys.exit(int(sys.argv[1]))");
        (await DiffAsync(0, "--", "python", exits, "0", "--versus", "3")).GetProperty("result").GetString().ShouldBe("ends-differ");
        var longer = await DiffAsync(0, "--", "python", Program(), good, "--versus", Prices("longer", 6, 20));
        Text(longer.GetProperty("first").GetProperty("next")).ShouldBe("print(cart.sum)");
    }

    [SkippableFact]
    public async Task TheTextNamesBothWays_AndBadInputHasItsMessage()
    {
        Skip.IfNot(File.Exists(Python), $"{Python} is missing");
        var run = await FredProcess.RunAsync(
            string.Empty, "diff", "--stable", "--expr", "cart.sum", "--python", Python, "--", "python", Program(), Prices("good", 9, 20), "--versus", Prices("bad", 9, 120));
        run.Code.ShouldBe(0, run.Error);
        run.Output.ShouldContain("-> 6");
        run.Output.ShouldContain("in add  self.sum += 100");
        run.Output.ShouldContain("first run   35  tick");
        var invalid = await FredProcess.RunAsync(string.Empty, "diff", "--expr", "1 +", "--python", Python, "--", "python", Program());
        (invalid.Code, invalid.Error.Contains("no expression", StringComparison.Ordinal)).ShouldBe((2, true));
        var missing = await FredProcess.RunAsync(string.Empty, "diff", "--input", "/no/such/file", "--", "python", Program());
        (missing.Code, missing.Error.Contains("There is no file '/no/such/file'", StringComparison.Ordinal)).ShouldBe((2, true));
    }

    /// <summary>The runs' ticks differ from the start: the dynamic linker and atoi have more to do for a longer argument.</summary>
    [SkippableFact]
    public async Task NativePrograms_AreComparedLineByLine()
    {
        var program = NativeDebuggee.Compile(Write("shop.c", NativeShop), _directory.FullName);
        var found = await NativeAsync(0, "--expr", "sum", "--expr", "argc", "--", program, "20", "--versus", "120");
        found.GetProperty("result").GetString().ShouldBe("diverged");
        Text(found.GetProperty("lastCommon")).ShouldBe("if (price > 100)");
        var (next, other) = (found.GetProperty("first").GetProperty("next"), found.GetProperty("second").GetProperty("next"));
        (Text(next), Text(other), other.GetProperty("function").GetString()).ShouldBe(("sum += price;", "sum += 100;", "add"));
        found.GetProperty("variables").EnumerateArray().Select(v => $"{v.GetProperty("name")} {v.GetProperty("first")} {v.GetProperty("second")}").ShouldBe(["price 20 120"]);
        var expressions = found.GetProperty("expressions").EnumerateArray().ToList();
        expressions.Select(e => e.GetProperty("result").GetString()).ShouldBe(["differs", "same"]);
        (expressions[0].GetProperty("first").GetProperty("value").GetString(), expressions[0].GetProperty("second").GetProperty("value").GetString()).ShouldBe(("7020", "7100"));
        (await NativeAsync(1, "--", program, "20", "--versus", "70")).GetProperty("result").GetString().ShouldBe("same");
    }

    private static string? Text(JsonElement at) => at.GetProperty("text").GetString();

    private string Program() => Write("shop.py", Shop);

    private string Prices(string name, int count, int odd) => Write(name, string.Concat(Enumerable.Range(0, count).Select(i => i == count * 2 / 3 ? $"{odd}\n" : $"{i % 8}\n")));

    private static Task<JsonElement> DiffAsync(int code, params string[] words)
    {
        Skip.IfNot(File.Exists(Python), $"{Python} is missing");
        return NativeAsync(code, ["--python", Python, .. words]);
    }

    private static async Task<JsonElement> NativeAsync(int code, params string[] words)
    {
        var run = await FredProcess.RunAsync(string.Empty, ["diff", "--json", .. words]);
        run.Code.ShouldBe(code, run.Error);
        return JsonDocument.Parse(run.Output).RootElement;
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_directory.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }
}
