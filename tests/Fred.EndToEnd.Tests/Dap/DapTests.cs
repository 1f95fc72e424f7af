using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Fred.TestKit;
using Shouldly;
using Xunit;

namespace Fred.EndToEnd.Tests;

/// <summary>The real program <c>fred dap</c> over a real Python program, from outside.</summary>
public sealed class DapTests : IDisposable
{
    private const string Python = "/usr/bin/python3";

    private const string Program = """
        import os, sys
        def add(a, n):
            b = a + n
            return b
        total = 0
        for n in range(60):
            if n % 20 == 0:
                total = add(total, n)
        print("total", total)
        print("warning", file=sys.stderr)
        """;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("fred-dap-");
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromMinutes(3));

    public void Dispose()
    {
        _patience.Dispose();
        _directory.Delete(recursive: true);
    }

    [SkippableFact]
    public async Task ForwardsBackwardsAndOntoTheWrite()
    {
        using var process = Start("dap");
        await using var client = Client(process);
        await LaunchAsync(client, breakpoints: [9]);
        var end = await client.EventAsync("stopped");
        end["reason"]!.GetValue<string>().ShouldBe("breakpoint");

        (await MoveAsync(client, "stepBack"))["fred"]!["tick"]!.GetValue<long>().ShouldBe(end["fred"]!["tick"]!.GetValue<long>() - 1);
        var info = await client.RequestAsync("dataBreakpointInfo", new() { ["name"] = "total" });
        await client.RequestAsync("setDataBreakpoints", new() { ["breakpoints"] = new JsonArray(new JsonObject { ["dataId"] = info["dataId"]!.GetValue<string>() }) });
        var written = await MoveAsync(client, "reverseContinue");
        written["reason"]!.GetValue<string>().ShouldBe("data breakpoint");
        written["text"]!.GetValue<string>().ShouldBe("total is 20, the next statement makes it 60");
        written["description"]!.GetValue<string>().ShouldContain("in the past");
        await client.RequestAsync("setDataBreakpoints", new() { ["breakpoints"] = new JsonArray() });

        await MoveAsync(client, "continue");
        await MoveAsync(client, "continue");
        await client.EventAsync("exited");
        Outputs(client, "stdout").ShouldBe("total 60\n");
        Outputs(client, "stderr").ShouldBe("warning\n");
        await client.RequestAsync("disconnect");
        await process.WaitForExitAsync(_patience.Token);
        process.ExitCode.ShouldBe(0);
    }

    [SkippableFact]
    public async Task NativeProgram_ForwardsBackwardsAndItsVariables()
    {
        Skip.IfNot(File.Exists("/usr/bin/gdb"), "gdb is not installed");
        await File.WriteAllTextAsync(Path.Combine(_directory.FullName, "prog.c"), """
            #include <stdio.h>
            static int total;
            static void add(int n)
            {
                total += n;
            }
            int main(void)
            {
                for (int n = 0; n < 4; n++)
                    add(n);
                printf("total %d\n", total);
                return 0;
            }
            """);
        var built = await FredProcess.StartInAsync(_directory.FullName, "gcc", string.Empty, "-g", "-O0", "-o", "prog", "prog.c");
        built.Code.ShouldBe(0, built.Error);
        using var process = Start("dap");
        await using var client = Client(process);
        await client.RequestAsync("initialize", new() { ["adapterID"] = "fred" });
        var launch = await client.SendAsync("launch", new() { ["program"] = Path.Combine(_directory.FullName, "prog") });
        await client.EventAsync("initialized");
        await client.RequestAsync("setBreakpoints", new()
        {
            ["source"] = new JsonObject { ["path"] = Path.Combine(_directory.FullName, "prog.c") },
            ["breakpoints"] = new JsonArray(new JsonObject { ["line"] = 11 }),
        });
        await client.RequestAsync("configurationDone");
        await client.ResponseAsync(launch);
        (await client.EventAsync("stopped"))["reason"]!.GetValue<string>().ShouldBe("breakpoint");
        await ShowsAsync(11, "6");

        await MoveAsync(client, "stepBack");
        await MoveAsync(client, "stepBack");
        await ShowsAsync(10, "3");
        await MoveAsync(client, "stepIn");
        await ShowsAsync(5, "3");
        (await MoveAsync(client, "continue"))["reason"]!.GetValue<string>().ShouldBe("breakpoint");
        await MoveAsync(client, "continue");
        await client.EventAsync("exited");
        Outputs(client, "stdout").ShouldBe("total 6\n");
        await client.RequestAsync("disconnect");
        await process.WaitForExitAsync(_patience.Token);
        process.ExitCode.ShouldBe(0);

        async Task ShowsAsync(int line, string total)
        {
            var top = (await client.RequestAsync("stackTrace", new() { ["threadId"] = 1 }))["stackFrames"]![0]!;
            top["line"]!.GetValue<int>().ShouldBe(line);
            var value = await client.RequestAsync("evaluate", new() { ["expression"] = "total", ["frameId"] = top["id"]!.GetValue<int>(), ["context"] = "watch" });
            value["result"]!.GetValue<string>().ShouldBe(total);
        }
    }

    [SkippableFact]
    public async Task KillingTheServer_LeavesNothingOfTheProgram()
    {
        var pidFile = Path.Combine(_directory.FullName, "pid");
        using var process = Start("dap");
        var client = Client(process);
        await LaunchAsync(client, breakpoints: [2], $"import os\nopen('{pidFile}', 'w').write(str(os.getpid()))\nwhile True: pass\n");
        await client.EventAsync("stopped");
        await MoveAsync(client, "next");
        using var program = System.Diagnostics.Process.GetProcessById(int.Parse(await File.ReadAllTextAsync(pidFile), CultureInfo.InvariantCulture));
        await client.RequestAsync("continue", new() { ["threadId"] = 1 });

        process.Kill();

        await program.WaitForExitAsync(_patience.Token);
        await client.ClosedAsync();
    }

    [SkippableFact]
    public async Task OnAPort_OnlyTheTokenStartsPrograms()
    {
        using var process = Start("dap", "--port", "0");
        var words = (await process.StandardOutput.ReadLineAsync(_patience.Token))!.Split(' ');
        using var connection = new TcpClient();
        await connection.ConnectAsync("127.0.0.1", int.Parse(words[3], CultureInfo.InvariantCulture), _patience.Token);
        var stream = connection.GetStream();
        await using var client = new DapClient(stream, stream, _patience.Token);
        await client.RequestAsync("initialize");

        var refused = await client.TryRequestAsync("launch", new() { ["program"] = "x.py", ["token"] = "guess" });
        refused["message"]!.GetValue<string>().ShouldContain("token");
        var taken = await client.TryRequestAsync("launch", new() { ["program"] = "/no/such/x.py", ["token"] = words[5] });
        taken["body"]!["error"]!["variables"]!["errorId"]!.GetValue<string>().ShouldBe("ProgramNotFound");
        await client.RequestAsync("disconnect");
        await process.WaitForExitAsync(_patience.Token);
        process.ExitCode.ShouldBe(0);
    }

    [SkippableFact]
    public async Task ABigListAndADeepStack_ComeAPageAtATime()
    {
        using var process = Start("dap");
        await using var client = Client(process);
        const string Deep = "import sys\nsys.setrecursionlimit(20000)\nbig = list(range(1000000))\ndef down(n):\n    if n:\n        return down(n - 1)\n    return 0\ndown(5000)\n";
        await LaunchAsync(client, breakpoints: [7], Deep);
        await client.EventAsync("stopped");

        var stack = await client.RequestAsync("stackTrace", new() { ["threadId"] = 1, ["startFrame"] = 0, ["levels"] = 20 });
        stack["totalFrames"]!.GetValue<int>().ShouldBe(5002);
        var scopes = await client.RequestAsync("scopes", new() { ["frameId"] = stack["stackFrames"]![0]!["id"]!.GetValue<int>() });
        var globals = await client.RequestAsync("variables", new() { ["variablesReference"] = scopes["scopes"]![1]!["variablesReference"]!.GetValue<int>() });
        var big = globals["variables"]!.AsArray().Single(v => v!["name"]!.GetValue<string>() == "big")!;
        big["indexedVariables"]!.GetValue<int>().ShouldBe(1_000_000);
        var page = await client.RequestAsync("variables", new()
        {
            ["variablesReference"] = big["variablesReference"]!.GetValue<int>(),
            ["filter"] = "indexed",
            ["start"] = 999_990,
            ["count"] = 10,
        });
        page["variables"]!.AsArray().Select(v => v!["value"]!.GetValue<string>()).Last().ShouldBe("999999");
        await client.RequestAsync("disconnect");
        await process.WaitForExitAsync(_patience.Token);
    }

    [SkippableFact]
    public async Task Threads_HaveNamesAndStacksOfTheirOwn()
    {
        using var process = Start("dap");
        await using var client = Client(process);
        await LaunchAsync(client, breakpoints: [3], "import threading\ndef work(n):\n    go.wait()\ngo = threading.Event()\nt = threading.Thread(target=work, args=(5,), name='worker')\nt.start()\ngo.set()\nt.join()\n");
        var stop = await client.EventAsync("stopped");
        stop["threadId"]!.GetValue<int>().ShouldBe(2);
        var threads = await client.RequestAsync("threads");
        threads["threads"]!.AsArray().Select(t => (t!["id"]!.GetValue<int>(), t["name"]!.GetValue<string>())).ShouldBe([(1, "MainThread"), (2, "worker")]);
        var here = (await client.RequestAsync("stackTrace", new() { ["threadId"] = 2 }))["stackFrames"]![0]!;
        here["name"]!.GetValue<string>().ShouldBe("work");
        var main = (await client.RequestAsync("stackTrace", new() { ["threadId"] = 1 }))["stackFrames"]!.AsArray();
        (main[^1]!["name"]!.GetValue<string>(), main[^1]!["line"]!.GetValue<int>()).ShouldBe(("<module>", 6));
        var value = await client.RequestAsync("evaluate", new() { ["expression"] = "t.name", ["frameId"] = main[^1]!["id"]!.GetValue<int>() });
        value["result"]!.GetValue<string>().ShouldBe("'worker'");
        var scopes = await client.RequestAsync("scopes", new() { ["frameId"] = here["id"]!.GetValue<int>() });
        var locals = await client.RequestAsync("variables", new() { ["variablesReference"] = scopes["scopes"]![0]!["variablesReference"]!.GetValue<int>() });
        locals["variables"]!.AsArray().Select(v => v!["name"]!.GetValue<string>()).ShouldBe(["n"]);
        foreach (var (command, thread, line) in new[] { ("stepBack", 1, 6), ("continue", 2, 3), ("next", 1, 7) })
        {
            await client.RequestAsync(command, new() { ["threadId"] = thread });
            (await client.EventAsync("stopped"))["threadId"]!.GetValue<int>().ShouldBe(thread);
            (await client.RequestAsync("stackTrace", new() { ["threadId"] = thread }))["stackFrames"]!.AsArray().First(f => f!["source"]?["name"]?.GetValue<string>() == "prog.py")!["line"]!.GetValue<int>().ShouldBe(line);
        }

        await client.RequestAsync("disconnect");
        await process.WaitForExitAsync(_patience.Token);
    }

    private static Process Start(params string[] arguments)
    {
        Skip.IfNot(File.Exists(Python), $"{Python} is not there");
        return System.Diagnostics.Process.Start(new ProcessStartInfo(FredProcess.Path, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
    }

    private DapClient Client(Process process) => new(process.StandardInput.BaseStream, process.StandardOutput.BaseStream, _patience.Token);

    private async Task LaunchAsync(DapClient client, int[] breakpoints, string program = Program)
    {
        var file = Path.Combine(_directory.FullName, "prog.py");
        await File.WriteAllTextAsync(file, program, _patience.Token);
        await client.RequestAsync("initialize", new() { ["adapterID"] = "fred" });
        var launch = await client.SendAsync("launch", new() { ["program"] = file, ["python"] = Python });
        await client.EventAsync("initialized");
        await client.RequestAsync("setBreakpoints", new()
        {
            ["source"] = new JsonObject { ["path"] = file },
            ["breakpoints"] = new JsonArray([.. breakpoints.Select(line => new JsonObject { ["line"] = line })]),
        });
        await client.RequestAsync("configurationDone");
        (await client.ResponseAsync(launch))["success"]!.GetValue<bool>().ShouldBeTrue();
    }

    private static async Task<JsonObject> MoveAsync(DapClient client, string command)
    {
        await client.RequestAsync(command, new() { ["threadId"] = 1 });
        return await client.EventAsync("stopped");
    }

    private static string Outputs(DapClient client, string category) => string.Concat(client.Log
        .Where(m => DapClient.Event("output")(m) && m["body"]!["category"]!.GetValue<string>() == category)
        .Select(m => m["body"]!["output"]!.GetValue<string>()));
}
