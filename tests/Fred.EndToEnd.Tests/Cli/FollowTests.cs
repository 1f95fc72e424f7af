using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fred.TestKit;
using Shouldly;
using Xunit;

namespace Fred.EndToEnd.Tests;

/// <summary><c>--follow child:N</c>: a child is debugged in place of the program, which goes on undisturbed.</summary>
public sealed class FollowTests : IDisposable
{
    private const string Workers = """
        import multiprocessing
        limit = 5
        def work(name, items, answers):
            total = 0
            for item in items:
                total += item
            answers.put((name, total))
        context = multiprocessing.get_context("fork")
        answers = context.Queue()
        limit = 6
        workers = [context.Process(target=work, args=(n, [1, 2, 3 + n], answers)) for n in range(3)]
        for worker in workers:
            worker.start()
        found = sorted(answers.get() for _ in workers)
        for worker in workers:
            worker.join()
        print(found, [worker.exitcode for worker in workers], flush=True)
        """;

    private const string Forks = """
        #include <stdio.h>
        #include <sys/wait.h>
        #include <unistd.h>

        int value;

        static int work(int number)
        {
            value += 10 * number;
            return number;
        }

        int main(void)
        {
            for (value = 3; value < 6; value++) {
                if (fork() == 0) {
                    _exit(work(value - 2));
                }

                int status;
                wait(&status);
                printf("%d\n", WEXITSTATUS(status));
                fflush(stdout);
            }
        }
        """;

    /// <summary>Two threads answer requests; 3 before a worker process is forked, 27 after.</summary>
    private const string Server = """
        #include <pthread.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <sys/wait.h>
        #include <unistd.h>

        static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
        static int requests[2], answers[2];
        int total;

        static void *serve(void *number)
        {
            int request;
            while (read(requests[0], &request, sizeof request) == sizeof request && request > 0) {
                pthread_mutex_lock(&lock);
                total += request;
                pthread_mutex_unlock(&lock);
                write(answers[1], &request, sizeof request);
            }
            return number;
        }

        static int work(void)
        {
            int sum = total;
            printf("worker %d\n", sum + 3);
            return 7;
        }

        int main(void)
        {
            pthread_t threads[2];
            int status, one = 1, none = 0;
            void *first, *second;
            pipe(requests);
            pipe(answers);
            for (long i = 0; i < 2; i++) { pthread_create(&threads[i], NULL, serve, (void *)(i + 1)); }
            for (int i = 0; i < 3; i++) { write(requests[1], &one, sizeof one); read(answers[0], &one, sizeof one); }
            if (fork() == 0) {
                exit(work());
            }
            for (int i = 0; i < 27; i++) { write(requests[1], &one, sizeof one); read(answers[0], &one, sizeof one); }
            for (int i = 0; i < 2; i++) { write(requests[1], &none, sizeof none); }
            pthread_join(threads[0], &first);
            pthread_join(threads[1], &second);
            wait(&status);
            printf("answers %d, threads %ld %ld, status %d\n", total, (long)first, (long)second, WEXITSTATUS(status));
            return 0;
        }
        """;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("fred-follow-");

    public void Dispose() => _directory.Delete(recursive: true);

    [SkippableFact]
    public async Task AProcessOfMultiprocessing_GoesBackAlsoBeforeItsBeginning()
    {
        var program = Write("workers.py", Workers);
        var run = await RunAsync("python", "--follow", "child:2", "--output", Out, "--jsonl", "-ex", "continue", "-ex", "reverse-step", "-ex", "reverse-watch total <= 5", "-ex", "reverse-watch limit == 5 --frame <module>", program);
        run.Code.ShouldBe(0, run.Error);
        (await File.ReadAllTextAsync(Out)).ShouldBe("[(0, 6), (1, 7), (2, 8)] [0, 0, 0]\n");
        var answers = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Stop(answers[0]).ShouldBe(("entry", 3, "work"));
        Stop(answers[1]).Reason.ShouldBe("exit");
        Stop(answers[3]).ShouldBe(("transition", 6, "work"));
        Stop(answers[4]).ShouldBe(("transition", 10, "<module>"));
    }

    [SkippableFact]
    public async Task AChildThatIsNone_IsNamed()
    {
        var program = Write("workers.py", Workers);
        var missing = await RunAsync("log", "--follow", "child:4", "--at", "workers.py:6", "--expr", "total", "--", "python3", program);
        (missing.Code, missing.Error).ShouldSatisfyAllConditions(m => m.Code.ShouldBe(3), m => m.Error.ShouldContain("started 3 children"), m => m.Error.ShouldContain("[NoSuchChild]"));
        var other = await RunAsync("python", "--follow", "child:1", "-ex", "continue", Write("other.py", "import subprocess\nsubprocess.run(['/bin/true'])\n"));
        (other.Code, other.Error).ShouldSatisfyAllConditions(m => m.Code.ShouldBe(3), m => m.Error.ShouldContain("another program"), m => m.Error.ShouldContain("[NoSuchChild]"));
    }

    [SkippableFact]
    public async Task AKeptRecordingOfAChild_IsReplayed()
    {
        var archive = Path.Combine(_directory.FullName, "child.fred");
        var kept = await RunAsync("python", "--follow", "child:3", "--output", Out, "-ex", "continue", "-ex", "reverse-step", "-ex", $"save --archive {archive}", Write("workers.py", Workers));
        kept.Code.ShouldBe(0, kept.Error);
        var resumed = await RunAsync("session", "resume", archive, "--jsonl", "-x", Write("commands", "p name, total\n"));
        resumed.Output.ShouldContain("(2, 8)");
    }

    [SkippableFact]
    public async Task ANativeChild_GoesBack_AndOthersAreNotHeldUpByBreakpoints()
    {
        var program = Path.Combine(_directory.FullName, "forks");
        var source = Write("forks.c", Forks);
        (await FredProcess.StartAsync("gcc", string.Empty, "-g", "-O0", "-o", program, source)).Code.ShouldBe(0);
        var run = await RunAsync("gdb", "--follow", "child:2", "--output", Out, "--jsonl", "-ex", "break work", "-ex", "continue", "-ex", "continue", "-ex", "reverse-step", "-ex", "reverse-watch value < 20", "-ex", "reverse-watch value < 4 --frame main", program);
        run.Code.ShouldBe(0, run.Error);
        (await File.ReadAllTextAsync(Out)).ShouldBe("1\n2\n3\n");
        var answers = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Stop(answers[0]).ShouldBe(("entry", 16, "main"));
        Stop(answers[2]).ShouldBe(("breakpoint", 9, "work"));
        Stop(answers[3]).Reason.ShouldBe("exit");
        Stop(answers[5]).ShouldBe(("transition", 9, "work"));
        Stop(answers[6]).ShouldBe(("transition", 15, "main"));
    }

    [SkippableFact]
    public async Task AServerWithThreads_GoesOnWithThemWhenItsWorkerProcessIsFollowed()
    {
        var program = Path.Combine(_directory.FullName, "server");
        (await FredProcess.StartAsync("gcc", string.Empty, "-g", "-O0", "-pthread", "-o", program, Write("server.c", Server))).Code.ShouldBe(0);
        var run = await RunAsync("gdb", "--follow", "child:1", "--output", Out, "--jsonl", "-ex", "break work", "-ex", "continue", "-ex", "info threads", "-ex", "reverse-watch total < 3", "-ex", "continue", "-ex", "continue", program);
        run.Code.ShouldBe(0, run.Error);
        (await File.ReadAllTextAsync(Out)).ShouldBe("worker 6\nanswers 30, threads 1 2, status 7\n");
        var answers = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Stop(answers[0]).ShouldBe(("entry", 39, "main"));
        Stop(answers[2]).ShouldBe(("breakpoint", 25, "work"));
        answers[3].GetProperty("output").GetString()!.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldHaveSingleItem();
        Stop(answers[4]).ShouldBe(("transition", 16, "serve"));
        Stop(answers[^1]).Reason.ShouldBe("exit");
    }

    [SkippableFact]
    public async Task OverDap_TheChildIsWhatStops()
    {
        var workers = Write("workers.py", Workers);
        var source = Write("forks.c", Forks);
        var forks = Path.Combine(_directory.FullName, "forks");
        (await FredProcess.StartAsync("gcc", string.Empty, "-g", "-O0", "-o", forks, source)).Code.ShouldBe(0);
        await FollowOverDapAsync(workers, workers, 6, "total", ["breakpoint work 6 total=0", "step work 5", "step <module> 1", "exited 0"], "[(0, 6), (1, 7), (2, 8)] [0, 0, 0]\n");
        await FollowOverDapAsync(forks, source, 9, "value", ["breakpoint work 9 value=4", "step main 17", "step main 15", "exited 2"], "1\n2\n3\n");
    }

    /// <summary>A breakpoint in the second child, back from there to the beginning, and on to the end: what each stop is. Its parent writes after that end.</summary>
    private static async Task FollowOverDapAsync(string program, string source, int line, string variable, string[] expected, string output)
    {
        RealPython.Require("/usr/bin/python3");
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        using var process = Process.Start(new ProcessStartInfo(FredProcess.Path, ["dap"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        await using var client = new DapClient(process.StandardInput.BaseStream, process.StandardOutput.BaseStream, patience.Token);
        await client.RequestAsync("initialize", new() { ["adapterID"] = "fred" });
        var launch = await client.SendAsync("launch", new() { ["program"] = program, ["follow"] = "child:2", ["python"] = "/usr/bin/python3" });
        await client.EventAsync("initialized");
        await BreakAsync(line);
        await client.RequestAsync("configurationDone");
        await client.ResponseAsync(launch);
        var (first, frame) = await StoppedAsync();
        var value = await client.RequestAsync("evaluate", new() { ["expression"] = variable, ["frameId"] = frame });
        List<string> stops = [$"{first} {variable}={value["result"]!.GetValue<string>()}", (await MoveAsync("stepBack")).Stop, (await MoveAsync("reverseContinue")).Stop];
        await BreakAsync();
        await MoveAsync("continue"); // to where the child is
        await client.RequestAsync("continue", new() { ["threadId"] = 1 });
        stops.Add($"exited {(await client.EventAsync("exited"))["exitCode"]}");
        stops.ShouldBe(expected);
        for (var written = string.Empty; written != output;)
        {
            var body = await client.EventAsync("output");
            written += body["category"]!.GetValue<string>() == "stdout" ? body["output"]!.GetValue<string>() : string.Empty;
            output.ShouldStartWith(written);
        }

        await client.RequestAsync("disconnect");
        await process.WaitForExitAsync(patience.Token);

        Task<JsonObject> BreakAsync(params int[] lines) => client.RequestAsync("setBreakpoints", new()
        {
            ["source"] = new JsonObject { ["path"] = source },
            ["breakpoints"] = new JsonArray([.. lines.Select(n => new JsonObject { ["line"] = n })]),
        });

        async Task<(string Stop, int Frame)> MoveAsync(string command)
        {
            await client.RequestAsync(command, new() { ["threadId"] = 1 });
            return await StoppedAsync();
        }

        async Task<(string Stop, int Frame)> StoppedAsync()
        {
            var reason = (await client.EventAsync("stopped"))["reason"]!.GetValue<string>();
            var top = (await client.RequestAsync("stackTrace", new() { ["threadId"] = 1 }))["stackFrames"]![0]!;
            return ($"{reason} {top["name"]!.GetValue<string>()} {top["line"]!.GetValue<int>()}", top["id"]!.GetValue<int>());
        }
    }

    private string Out => Path.Combine(_directory.FullName, "out");

    private static (string? Reason, int? Line, string? Function) Stop(JsonElement answer)
    {
        var stop = answer.GetProperty("stop");
        var line = stop.GetProperty("line");
        return (stop.GetProperty("reason").GetString(), line.ValueKind == JsonValueKind.Null ? null : line.GetInt32(), stop.GetProperty("function").GetString());
    }

    private Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        RealPython.Require("/usr/bin/python3");
        return FredProcess.StartInAsync(_directory.FullName, FredProcess.Path, string.Empty, arguments);
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_directory.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }
}
