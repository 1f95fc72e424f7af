using System.Diagnostics;
using Fred.Backends;
using Shouldly;
using Xunit;

namespace Fred.EndToEnd.Tests;

/// <summary>A stock gdb of the user's that connects to <c>fred gdb --listen</c>: gdb's own commands, forwards and backwards.</summary>
public sealed class RemoteGdbTests : IDisposable
{
    private const string Source = """
        #include <string.h>
        #include <string>
        #include <vector>
        static int counter;
        static std::vector<std::string> names;
        static int twice(int n) { return 2 * n; }
        static int length(const char *text, int more) { return strlen(text) + more; }
        static void bump(int by) {
            counter += by;
            names.push_back(std::string(by, 'x'));
        }
        int main() {
            for (int i = 0; i < 5; i++) {
                bump(twice(i));
            }
            return counter + length("", 0);
        }
        """;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("fred-remote-");
    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromMinutes(3));
    private readonly List<string> _told = [];
    private Process? _fred;

    private string Socket => Path.Combine(_directory.FullName, "s");

    public void Dispose()
    {
        _timeout.Dispose();
        if (_fred is { HasExited: false })
        {
            _fred.Kill(entireProcessTree: true);
        }

        _fred?.Dispose();
        _directory.Delete(recursive: true);
    }

    [SkippableFact]
    public async Task GdbsOwnCommands_MoveTheTimeline_AndOneGdbAfterTheOther()
    {
        var fred = await StartAsync();
        await using (var gdb = await GdbProcess.StartAsync("gdb", null, _timeout.Token))
        {
            await gdb.Mi.RunAsync("-target-select extended-remote " + Socket, _timeout.Token);
            await MoveAsync(gdb, "break bump");
            await MoveAsync(gdb, "continue");
            await MoveAsync(gdb, "continue");
            (await ValueAsync(gdb, "by")).ShouldBe("2");
            var pc = await ValueAsync(gdb, "(long)$pc");

            // Calls run in a copy, also one whose argument gdb has to put into the program's memory first.
            (await ValueAsync(gdb, "twice(21)")).ShouldBe("42");
            (await ValueAsync(gdb, "length(\"hello\", twice(3))")).ShouldBe("11");
            (await ValueAsync(gdb, "names")).ShouldBe("std::vector of length 1, capacity 1 = {\"\"}");

            // Watchpoints, both ways; the same stops again.
            await MoveAsync(gdb, "delete");
            await MoveAsync(gdb, "watch counter");
            Watched(await MoveAsync(gdb, "continue")).ShouldBe(("0", "2"));
            Watched(await MoveAsync(gdb, "continue")).ShouldBe(("2", "6"));
            Watched(await MoveAsync(gdb, "reverse-continue")).ShouldBe(("6", "2"));
            Watched(await MoveAsync(gdb, "reverse-continue")).ShouldBe(("2", "0"));
            await MoveAsync(gdb, "delete");
            await MoveAsync(gdb, "reverse-stepi");
            await MoveAsync(gdb, "reverse-step");
            (await ValueAsync(gdb, "(long)$pc")).ShouldBe(pc);
            await MoveAsync(gdb, "finish");
            (await ValueAsync(gdb, "counter")).ShouldBe("2");
            await MoveAsync(gdb, "reverse-step");
            await MoveAsync(gdb, "reverse-finish");
            (await ValueAsync(gdb, "counter")).ShouldBe("0");

            // What is assigned in the past begins a branch; the program's end is not the end of gdb's target.
            (await ValueAsync(gdb, "counter = 100")).ShouldBe("100");
            (await ValueAsync(gdb, "$rdi = 50")).ShouldBe("50");
            await MoveAsync(gdb, "delete");
            await MoveAsync(gdb, "continue");
            (await ValueAsync(gdb, "counter")).ShouldBe("168");
            await MoveAsync(gdb, "reverse-continue");
            (await ValueAsync(gdb, "counter")).ShouldBe("0");
        }

        // The second one finds the program where the first has left it.
        await using (var gdb = await GdbProcess.StartAsync("gdb", null, _timeout.Token))
        {
            await gdb.Mi.RunAsync("-target-select remote " + Socket, _timeout.Token);
            (await ValueAsync(gdb, "i")).ShouldNotBe("5");
            (await gdb.Mi.RunAsync("-interpreter-exec console \"info frame\"", _timeout.Token)).Console.ShouldContain("main");
            await gdb.Mi.RunAsync("-interpreter-exec console kill", _timeout.Token);
        }

        await fred.WaitForExitAsync(_timeout.Token);
        fred.ExitCode.ShouldBe(0);
        File.Exists(Socket).ShouldBeFalse();
        _told.ShouldContain(line => line.Contains("The past was changed"));
        _told.ShouldContain(line => line.Contains("ended with status 168"));
        _told.ShouldContain(line => line.Contains("gdb has left"));
    }

    [SkippableFact]
    public async Task Socket_MustBeNew_AndThereIsNoPrompt()
    {
        var program = NativeDebuggee.Compile("crash.c", _directory.FullName);
        await File.WriteAllTextAsync(Socket, "mine");
        var (code, _, error) = await FredProcess.RunAsync(string.Empty, "gdb", "--listen", Socket, program);
        (code, error.Contains("[Usage]") && error.Contains("does not exist")).ShouldBe((2, true), error);
        (await File.ReadAllTextAsync(Socket)).ShouldBe("mine");
        (await FredProcess.RunAsync(string.Empty, "gdb", "--listen", Socket + "2", "-ex", "when", program)).Code.ShouldBe(2);
        (await FredProcess.RunAsync(string.Empty, "gdb", "--listen", new string('s', 200), program)).Code.ShouldBe(2);
    }

    private static (string Old, string New) Watched(MiReply stop)
    {
        var value = stop.Events.Last(e => e.Class == "stopped").Results["value"];
        return (value["old"].Text, value["new"].Text);
    }

    private async Task<Process> StartAsync()
    {
        var source = Path.Combine(_directory.FullName, "prog.cpp");
        await File.WriteAllTextAsync(source, Source);
        var program = NativeDebuggee.Compile(source, _directory.FullName);
        var fred = _fred = Process.Start(new ProcessStartInfo(FredProcess.Path, ["gdb", "--listen", Socket, program]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        var listens = new TaskCompletionSource();
        fred.OutputDataReceived += (_, e) =>
        {
            _told.Add(e.Data ?? string.Empty);
            if (e.Data?.Contains("target remote " + Socket) != false)
            {
                listens.TrySetResult();
            }
        };
        fred.BeginOutputReadLine();
        await listens.Task.WaitAsync(_timeout.Token);
        return fred;
    }

    private async Task<MiReply> MoveAsync(GdbProcess gdb, string command)
    {
        var reply = await gdb.Mi.RunAsync("-interpreter-exec console " + MiParser.Quote(command), _timeout.Token);
        reply.IsError.ShouldBeFalse($"{command}: {reply.Error}");
        return reply;
    }

    private async Task<string> ValueAsync(GdbProcess gdb, string expression) =>
        (await gdb.Mi.DoAsync("-data-evaluate-expression " + MiParser.Quote(expression), _timeout.Token))["value"].Text;
}
