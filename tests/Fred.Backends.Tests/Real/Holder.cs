using Fred.Core;

namespace Fred.Backends.Tests;

/// <summary>
/// The test assembly as a program. "hold PYTHON PROGRAM": a session that lives until it is killed, for the tests of what kill -9 leaves behind.
/// "steps PYTHON PROGRAM": prints what starting, restoring, running and inspecting take, for the bench.
/// </summary>
internal static class Holder
{
    public static async Task<int> Main(string[] args)
    {
        if (args is not [("hold" or "steps") and var verb, var python, var program])
        {
            return 2;
        }

        return verb == "hold" ? await HoldAsync(python, program) : await StepsAsync(python, program);
    }

    private static async Task<int> HoldAsync(string python, string program)
    {
        await using var backend = new PdbBackend(new PdbOptions { Python = python, Program = program, OutputToError = true });
        var head = await backend.StartAsync(CancellationToken.None);
        await backend.Checkpoints.SaveAsync(head, CancellationToken.None);
        Console.WriteLine(backend.CurrentHost!.Directory.Path);
        await head.RunAsync(new RunRequest(Ticks.Never), CancellationToken.None);
        return 0;
    }

    private static async Task<int> StepsAsync(string python, string program)
    {
        var time = TimeProvider.System;
        var start = time.GetTimestamp();
        await using var backend = new PdbBackend(new PdbOptions { Python = python, Program = program, OutputToError = true });
        var head = await backend.StartAsync(CancellationToken.None);
        Console.WriteLine($"start {time.GetElapsedTime(start).TotalMilliseconds:F1} ms");
        await head.RunAsync(new RunRequest(new Ticks(20_000)), CancellationToken.None);
        var checkpoint = (await backend.Checkpoints.SaveAsync(head, CancellationToken.None))!;
        var now = (await head.RunAsync(new RunRequest(new Ticks(20_200)), CancellationToken.None)).At;
        var phases = new (string Name, List<double> Times)[] { ("save", []), ("restore", []), ("run 200 ticks", []), ("inspect", []), ("stack", []), ("eval", []), ("dispose inspector", []), ("dispose replica", []) };
        for (var i = 0; i < 100; i++)
        {
            await OnceAsync(backend, head, checkpoint, now, phases);
        }

        foreach (var (name, times) in phases)
        {
            times.Sort();
            Console.WriteLine($"{name,-20} p50 {times[times.Count / 2]:F2} ms   p95 {times[times.Count * 95 / 100]:F2} ms");
        }

        return 0;
    }

    private static async Task OnceAsync(PdbBackend backend, ILiveHead head, Checkpoint checkpoint, Ticks now, (string Name, List<double> Times)[] phases)
    {
        var none = CancellationToken.None;
        var phase = 0;
        var start = TimeProvider.System.GetTimestamp();
        await backend.Checkpoints.DiscardAsync((await backend.Checkpoints.SaveAsync(head, none))!);
        Lap();
        var replica = await backend.Checkpoints.RestoreAsync(checkpoint, BranchId.Main, none);
        Lap();
        await replica.RunAsync(new RunRequest(new Ticks(now.Value)), none);
        Lap();
        var inspector = await replica.InspectAsync(none);
        Lap();
        await inspector.GetStackAsync(0, 20, none);
        Lap();
        await inspector.EvaluateAsync("1 + 1", new EvaluationScope.InFrame(0), none);
        Lap();
        await inspector.DisposeAsync();
        Lap();
        await replica.DisposeAsync();
        Lap();

        void Lap()
        {
            phases[phase++].Times.Add(TimeProvider.System.GetElapsedTime(start).TotalMilliseconds);
            start = TimeProvider.System.GetTimestamp();
        }
    }
}
