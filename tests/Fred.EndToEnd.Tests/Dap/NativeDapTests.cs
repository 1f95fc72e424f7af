using System.Diagnostics;
using System.Text.Json.Nodes;
using Fred.TestKit;
using Shouldly;
using Xunit;

namespace Fred.EndToEnd.Tests;

/// <summary>The real program <c>fred dap</c> over a real C program as a machine: memory, instructions, addresses.</summary>
public sealed class NativeDapTests : IDisposable
{
    private const string Program = """
        #include <stdio.h>
        static int total;
        static int add(int n)
        {
            total += n;
            return n;
        }
        int main(void)
        {
            for (int n = 0; n < 4; n++)
                add(n);
            printf("total %d\n", total);
            return 0;
        }
        """;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("fred-dap-");
    private const string Thrower = """
        #include <stdexcept>
        namespace app { struct Error { virtual ~Error() {} }; struct Late : Error, std::logic_error { Late() : std::logic_error("late") {} }; }
        static void fail(int how) {
            if (how == 0) throw std::out_of_range("no such");
            if (how == 1) throw app::Late();
            throw how;
        }
        int main() {
            int caught = 0;
            for (int how = 0; how < 3; how++) {
                try { fail(how); } catch (...) { caught++; }
            }
            return caught - 3;
        }
        """;

    private readonly CancellationTokenSource _patience = new(TimeSpan.FromMinutes(3));

    public void Dispose()
    {
        _patience.Dispose();
        _directory.Delete(recursive: true);
    }

    [SkippableFact]
    public async Task MemoryInstructionsAndAddresses()
    {
        var source = Path.Combine(_directory.FullName, "prog.c");
        await File.WriteAllTextAsync(source, Program);
        var program = NativeDebuggee.Compile(source, _directory.FullName);
        using var process = Process.Start(new ProcessStartInfo(FredProcess.Path, ["dap"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        await using var client = new DapClient(process.StandardInput.BaseStream, process.StandardOutput.BaseStream, _patience.Token);
        await client.RequestAsync("initialize", new() { ["adapterID"] = "fred", ["supportsMemoryEvent"] = true });
        var launch = await client.SendAsync("launch", new() { ["program"] = program });
        await client.EventAsync("initialized");
        var capabilities = (await client.EventAsync("capabilities"))["capabilities"]!;
        capabilities["supportsReadMemoryRequest"]!.GetValue<bool>().ShouldBeTrue();
        capabilities["supportsDisassembleRequest"]!.GetValue<bool>().ShouldBeTrue();
        Text(capabilities["exceptionBreakpointFilters"]!.AsArray().ShouldHaveSingleItem()!, "filter").ShouldBe("raised");
        var filters = await client.RequestAsync("setExceptionBreakpoints", new() { ["filters"] = new JsonArray("raised", "uncaught") });
        filters["breakpoints"]!.AsArray().Select(b => b!["verified"]!.GetValue<bool>()).ShouldBe([true, false]);
        await client.RequestAsync("setBreakpoints", new() { ["source"] = new JsonObject { ["path"] = source }, ["breakpoints"] = new JsonArray(new JsonObject { ["line"] = 12 }) });
        await client.RequestAsync("configurationDone");
        await client.ResponseAsync(launch);
        var stopped = await client.EventAsync("stopped");

        // Memory: a word of it, and a hole.
        var address = Text(await client.RequestAsync("evaluate", new() { ["expression"] = "&total" }), "memoryReference");
        (await ReadAsync(client, address, 4)).ShouldBe([6, 0, 0, 0]);
        (await client.RequestAsync("readMemory", new() { ["memoryReference"] = "0x10", ["count"] = 8 }))["unreadableBytes"]!.GetValue<int>().ShouldBe(8);

        // Instructions: around the place, all of them real, and found again by their addresses.
        var here = Pointer(await TopAsync(client));
        var code = (await client.RequestAsync("disassemble", new() { ["memoryReference"] = here, ["instructionOffset"] = -30, ["instructionCount"] = 40 }))["instructions"]!.AsArray();
        code.Count.ShouldBe(40);
        Text(code[30]!, "address").ShouldBe(here);
        code[30]!["line"]!.GetValue<int>().ShouldBe(12);
        code.ShouldAllBe(i => i!["presentationHint"] == null);
        var call = code.Select(i => i!).First(i => Text(i, "instruction").StartsWith("call") && Text(i, "instruction").Contains("<add>"));
        var after = Text(code[code.IndexOf(call) + 1]!, "address");

        var set = await client.RequestAsync("setInstructionBreakpoints", new() { ["breakpoints"] = new JsonArray(new JsonObject { ["instructionReference"] = Text(call, "address") }) });
        set["breakpoints"]![0]!["verified"]!.GetValue<bool>().ShouldBeTrue();
        var hit = await MoveAsync(client, "reverseContinue");
        hit["reason"]!.GetValue<string>().ShouldBe("breakpoint");
        Pointer(await TopAsync(client)).ShouldBe(Text(call, "address"));
        await client.RequestAsync("setInstructionBreakpoints", new() { ["breakpoints"] = new JsonArray() });

        // By instruction: over the call, into it, and back by one.
        await MoveAsync(client, "next", "instruction");
        Pointer(await TopAsync(client)).ShouldBe(after);
        await client.RequestAsync("gotoTick", new() { ["tick"] = Tick(hit) });
        await client.EventAsync("stopped");
        Tick(await MoveAsync(client, "stepIn", "instruction")).ShouldBe(Tick(hit) + 1);
        Text(await TopAsync(client), "name").ShouldBe("add");
        Tick(await MoveAsync(client, "reverseStepIn", "instruction")).ShouldBe(Tick(hit));
        var over = Tick(await MoveAsync(client, "next", "instruction"));
        Tick(await MoveAsync(client, "reverseStepIn", "instruction")).ShouldBe(over - 1);
        await MoveAsync(client, "stepIn", "instruction");
        Tick(await MoveAsync(client, "stepBack", "instruction")).ShouldBe(Tick(hit));

        // Addresses as data breakpoints, both ways.
        var info = await client.RequestAsync("dataBreakpointInfo", new() { ["name"] = address, ["asAddress"] = true, ["bytes"] = 4 });
        await client.RequestAsync("setDataBreakpoints", new() { ["breakpoints"] = new JsonArray(new JsonObject { ["dataId"] = Text(info, "dataId") }) });
        Text(await MoveAsync(client, "reverseContinue"), "text").ShouldBe($"4 bytes at {address} is 01000000, the next statement makes it 03000000");
        Text(await TopAsync(client), "name").ShouldBe("add");
        Text(await MoveAsync(client, "continue"), "text").ShouldBe($"4 bytes at {address} was 01000000, is now 03000000");
        await client.RequestAsync("setDataBreakpoints", new() { ["breakpoints"] = new JsonArray() });

        // Writing in the past begins a branch, and says so.
        (await client.RequestAsync("writeMemory", new() { ["memoryReference"] = address, ["data"] = Convert.ToBase64String([100, 0, 0, 0]) }))["bytesWritten"]!.GetValue<int>().ShouldBe(4);
        (await ReadAsync(client, address, 4)).ShouldBe([100, 0, 0, 0]);
        client.Log.ShouldContain(m => DapClient.Event("output")(m) && m["body"]!["output"]!.GetValue<string>().Contains("The past was changed"));
        client.Log.ShouldContain(m => DapClient.Event("memory")(m));
        (await MoveAsync(client, "continue"))["reason"]!.GetValue<string>().ShouldBe("breakpoint");
        Text(await client.RequestAsync("evaluate", new() { ["expression"] = "total" }), "result").ShouldBe("103");
        Tick(stopped).ShouldBeGreaterThan(0);

        await client.RequestAsync("disconnect");
        await process.WaitForExitAsync(_patience.Token);
        process.ExitCode.ShouldBe(0);
    }

    [SkippableFact]
    public async Task Threads_HaveStacksAndVariables_AndDataBreakpointsStopInAnyOfThem()
    {
        var program = NativeDebuggee.Compile("threads_verbs.c", _directory.FullName);
        var source = Path.Combine(Path.GetDirectoryName(RealPython.Debuggees)!, "native", "threads_verbs.c");
        using var process = Process.Start(new ProcessStartInfo(FredProcess.Path, ["dap"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        await using var client = new DapClient(process.StandardInput.BaseStream, process.StandardOutput.BaseStream, _patience.Token);
        await client.RequestAsync("initialize", new() { ["adapterID"] = "fred" });
        var launch = await client.SendAsync("launch", new() { ["program"] = program });
        await client.EventAsync("initialized");
        Task SetAsync(JsonArray lines) => client.RequestAsync("setBreakpoints", new() { ["source"] = new JsonObject { ["path"] = source }, ["breakpoints"] = lines });
        await SetAsync(new JsonArray(new JsonObject { ["line"] = 20, ["condition"] = "$thread == 3" }));
        await client.RequestAsync("configurationDone");
        await client.ResponseAsync(launch);
        (await client.EventAsync("stopped"))["threadId"]!.GetValue<int>().ShouldBe(3);

        var mains = 0;
        foreach (var (thread, function) in new[] { (1, "main"), (2, "work"), (3, "work") })
        {
            var stack = (await client.RequestAsync("stackTrace", new() { ["threadId"] = thread }))["stackFrames"]!.AsArray();
            var frame = stack.First(f => Text(f!, "name") == function)!["id"]!.GetValue<int>();
            mains = thread == 1 ? frame : mains;
            var scopes = await client.RequestAsync("scopes", new() { ["frameId"] = frame });
            var variables = await client.RequestAsync("variables", new() { ["variablesReference"] = scopes["scopes"]![0]!["variablesReference"]!.GetValue<int>() });
            variables["variables"]!.AsArray().ShouldContain(v => Text(v!, "name") == "i");
        }

        (await client.RequestAsync("threads"))["threads"]!.AsArray().Count.ShouldBe(3);
        var info = await client.RequestAsync("dataBreakpointInfo", new() { ["name"] = "total", ["frameId"] = mains });
        await client.RequestAsync("setDataBreakpoints", new() { ["breakpoints"] = new JsonArray(new JsonObject { ["dataId"] = Text(info, "dataId") }) });
        await SetAsync(new JsonArray());
        Text(await MoveAsync(client, "next"), "text").ShouldBe("total was 2, is now 6");
        await MoveAsync(client, "reverseContinue");
        var back = await MoveAsync(client, "reverseContinue");
        (Text(back, "text"), back["threadId"]!.GetValue<int>()).ShouldBe(("total is 0, the next statement makes it 2", 2));
        await client.RequestAsync("disconnect");
        await process.WaitForExitAsync(_patience.Token);
        process.ExitCode.ShouldBe(0);
    }

    [SkippableFact]
    public async Task ThrownExceptions_StopBothWays_ByType()
    {
        var source = Path.Combine(_directory.FullName, "thrower.cpp");
        await File.WriteAllTextAsync(source, Thrower);
        var program = NativeDebuggee.Compile(source, _directory.FullName);
        using var process = Process.Start(new ProcessStartInfo(FredProcess.Path, ["dap"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        await using var client = new DapClient(process.StandardInput.BaseStream, process.StandardOutput.BaseStream, _patience.Token);
        await client.RequestAsync("initialize", new() { ["adapterID"] = "fred" });
        var launch = await client.SendAsync("launch", new() { ["program"] = program, ["head"] = "translated" });
        await client.EventAsync("initialized");
        Task SetAsync(string? types) => client.RequestAsync("setExceptionBreakpoints", new() { ["filterOptions"] = new JsonArray(new JsonObject { ["filterId"] = "raised", ["condition"] = types }) });
        await SetAsync(null);
        await client.RequestAsync("configurationDone");
        await client.ResponseAsync(launch);

        // Each of them, then only those of a type and the types derived from it, on the way back too.
        var first = await client.EventAsync("stopped");
        (Text(first, "reason"), Text(first, "text")).ShouldBe(("exception", "std::out_of_range"));
        Text(await client.RequestAsync("exceptionInfo", new() { ["threadId"] = 1 }), "exceptionId").ShouldBe("std::out_of_range");
        Text(await MoveAsync(client, "continue"), "text").ShouldBe("app::Late");
        Text(await MoveAsync(client, "continue"), "text").ShouldBe("int");
        await SetAsync("app::Error");
        Text(await MoveAsync(client, "reverseContinue"), "text").ShouldBe("app::Late");
        await SetAsync("exception");
        var back = await MoveAsync(client, "reverseContinue");
        (Text(back, "text"), Tick(back)).ShouldBe(("std::out_of_range", Tick(first)));
        await client.RequestAsync("disconnect");
        await process.WaitForExitAsync(_patience.Token);
        process.ExitCode.ShouldBe(0);
    }

    private static string Text(JsonNode node, string member) => node[member]!.GetValue<string>();

    private static string Pointer(JsonNode frame) => Text(frame, "instructionPointerReference");

    private static long Tick(JsonNode stopped) => stopped["fred"]!["tick"]!.GetValue<long>();

    private static async Task<JsonNode> TopAsync(DapClient client) => (await client.RequestAsync("stackTrace", new() { ["threadId"] = 1 }))["stackFrames"]![0]!;

    private static async Task<byte[]> ReadAsync(DapClient client, string address, int count) =>
        Convert.FromBase64String(Text(await client.RequestAsync("readMemory", new() { ["memoryReference"] = address, ["count"] = count }), "data"));

    private static async Task<JsonObject> MoveAsync(DapClient client, string command, string? granularity = null)
    {
        await client.RequestAsync(command, granularity is null ? new() { ["threadId"] = 1 } : new() { ["threadId"] = 1, ["granularity"] = granularity });
        return await client.EventAsync("stopped");
    }
}
