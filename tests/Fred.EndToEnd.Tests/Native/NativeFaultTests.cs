using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Shouldly;
using Xunit;

namespace Fred.EndToEnd.Tests;

/// <summary>Processes of a native session are killed, one kind after the other: a clear message, what is left goes on, and nothing stays behind.</summary>
public sealed class NativeFaultTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("fred-fault-");
    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromSeconds(120));

    private CancellationToken Token => _timeout.Token;

    [SkippableFact]
    public async Task KilledGdb_IsTold_AndNothingStaysBehind()
    {
        await using var fred = await StartAsync();
        await fred.SayAsync("step 3");
        var ours = Descendants(fred.Id);
        Kill(ours.Single(pid => Name(pid) == "gdb"));
        var error = (await fred.SayAsync("print total")).GetProperty("error");
        error.GetProperty("id").GetString().ShouldBe("DebuggerLost");
        error.GetProperty("message").GetString()!.ShouldContain("start the session again");
        await fred.SayAsync("quit");
        await GoneAsync(ours);
    }

    [SkippableFact]
    public async Task KilledProgram_IsTold_AndItsHistoryStays()
    {
        await using var fred = await StartAsync();
        var stop = (await fred.SayAsync("step 5")).GetProperty("stop");
        var ours = Descendants(fred.Id);

        // The program has been there longest; checkpoints and replicas are its forks.
        Kill(ours.Where(pid => Name(pid) == "crash").OrderBy(StartTime).ThenBy(pid => pid).First()); // numbers begin anew now and then
        var answer = await fred.SayAsync("continue");
        answer.GetProperty("error").GetProperty("id").GetString().ShouldBe("HeadLost");
        answer.GetProperty("error").GetProperty("message").GetString()!.ShouldContain("is still there");
        Tick((await fred.SayAsync("reverse-step")).GetProperty("stop")).ShouldBeLessThan(Tick(stop));
        (await fred.SayAsync("print total")).GetProperty("output").GetString()!.ShouldContain("= 0");
        await fred.SayAsync("quit");
        await GoneAsync(ours);
    }

    [SkippableFact]
    public async Task KilledCheckpoint_IsReplacedByAnOlderOne()
    {
        await using var fred = await StartAsync();
        var before = Descendants(fred.Id);
        var stop = (await fred.SayAsync("step 5")).GetProperty("stop");
        await fred.SayAsync("checkpoint");
        await fred.SayAsync("continue");
        foreach (var pid in Descendants(fred.Id).Except(before).Where(pid => Name(pid) == "crash"))
        {
            Kill(pid);
        }

        var back = await fred.SayAsync($"goto {Tick(stop)}");
        (Tick(back.GetProperty("stop")), back.GetProperty("error").ValueKind).ShouldBe((Tick(stop), JsonValueKind.Null));
        (await fred.SayAsync("print total")).GetProperty("error").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [SkippableFact]
    public async Task KilledFred_TakesGdbAndTheProgramAlong()
    {
        await using var fred = await StartAsync();
        await fred.SayAsync("step 3");
        var ours = Descendants(fred.Id);
        ours.Select(Name).ShouldContain("gdb");
        ours.Select(Name).ShouldContain("crash");
        Kill(fred.Id);
        await GoneAsync(ours);
    }

    public void Dispose()
    {
        _timeout.Dispose();
        _directory.Delete(recursive: true);
    }

    private static long Tick(JsonElement stop) => stop.GetProperty("tick").GetInt64();

    private static void Kill(int pid)
    {
        using var process = Process.GetProcessById(pid);
        process.Kill();
    }

    /// <summary>When a process began, in hundredths of a second.</summary>
    private static long StartTime(int pid) => long.Parse(Field(pid, 20), CultureInfo.InvariantCulture);

    private static string Name(int pid) => Field(pid, 0);

    /// <summary>Name (0), state (1), parent (2) or beginning (20) of a process; empty when it is gone.</summary>
    private static string Field(int pid, int index)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/stat");
            var end = text.LastIndexOf(')');
            return index == 0 ? text[(text.IndexOf('(', StringComparison.Ordinal) + 1)..end] : text[(end + 2)..].Split(' ')[index - 1];
        }
        catch (IOException)
        {
            return string.Empty;
        }
    }

    private static List<int> Descendants(int root)
    {
        var parents = Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(n => n!.All(char.IsAsciiDigit)).Select(n => int.Parse(n!, CultureInfo.InvariantCulture))
            .ToDictionary(pid => pid, pid => int.TryParse(Field(pid, 2), CultureInfo.InvariantCulture, out var parent) ? parent : 0);
        var found = new List<int>();
        for (var next = new Queue<int>([root]); next.TryDequeue(out var pid);)
        {
            var children = parents.Where(p => p.Value == pid).Select(p => p.Key).ToList();
            found.AddRange(children);
            children.ForEach(next.Enqueue);
        }

        return found;
    }

    /// <summary>Waits until processes are gone; zombies of others' children count as gone.</summary>
    private async Task GoneAsync(IReadOnlyList<int> pids)
    {
        pids.ShouldNotBeEmpty();
        foreach (var pid in pids)
        {
            while (Field(pid, 1) is not ("" or "Z" or "X"))
            {
                await Task.Delay(20, Token); // not children of ours: nothing tells us when they end
            }
        }
    }

    private async Task<Conversation> StartAsync()
    {
        var program = NativeDebuggee.Compile("crash.c", _directory.FullName);
        var conversation = new Conversation(program, Token);
        await conversation.NextAsync();
        return conversation;
    }

    /// <summary>A fred of its own, so that its processes are not those of other tests.</summary>
    private sealed class Conversation(string program, CancellationToken ct) : IAsyncDisposable
    {
        private readonly Process _fred = Process.Start(
            new ProcessStartInfo(FredProcess.Path, ["gdb", "--jsonl", program]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;

        public int Id => _fred.Id;

        public async Task<JsonElement> SayAsync(string line)
        {
            await _fred.StandardInput.WriteLineAsync(line.AsMemory(), ct);
            await _fred.StandardInput.FlushAsync(ct);
            return await NextAsync();
        }

        public async Task<JsonElement> NextAsync() => JsonDocument.Parse(await _fred.StandardOutput.ReadLineAsync(ct) ?? "null").RootElement;

        public async ValueTask DisposeAsync()
        {
            if (!_fred.HasExited)
            {
                _fred.Kill(entireProcessTree: true);
                await _fred.WaitForExitAsync(CancellationToken.None);
            }

            _fred.Dispose();
        }
    }
}
