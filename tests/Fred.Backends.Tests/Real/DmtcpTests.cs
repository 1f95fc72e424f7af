using Fred.Core;
using Shouldly;
using Xunit;

namespace Fred.Backends.Tests;

/// <summary>The dmtcp checkpointer with the real DMTCP: what goes wrong with it, and what it leaves.</summary>
public sealed class DmtcpTests : IDisposable
{
    private const string Source = "x = 0\nfor i in range(1000):\n    x += i\nprint(x)\n";

    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromSeconds(120));

    private CancellationToken Token => _timeout.Token;

    public void Dispose() => _timeout.Dispose();

    [SkippableFact]
    public async Task DamagedImage_IsRefused_AndTheOthersStillServe()
    {
        await using var sitting = await StartAsync(Source);
        var engine = (ImageEngine)sitting.Engine;
        var first = (await engine.SaveAsync(sitting.Head, Token))!;
        await sitting.Head.RunAsync(new RunRequest(new Ticks(100)), Token);
        var second = (await engine.SaveAsync(sitting.Head, Token))!;
        await sitting.ToEndAsync(Token);
        await engine.Forks.DisposeAsync();
        var image = engine.Images.Single(i => i.Checkpoint == second).Path;
        using (var file = File.OpenWrite(image))
        {
            file.SetLength(100_000);
        }

        (await Should.ThrowAsync<FredException>(() => engine.RestoreAsync(second, BranchId.Main, Token))).Id.ShouldBe(ErrorId.CheckpointLost);
        File.Delete(image);
        var missing = await Should.ThrowAsync<FredException>(() => engine.RestoreAsync(second, BranchId.Main, Token));
        (missing.Id, missing.Message.Contains(image, StringComparison.Ordinal)).ShouldBe((ErrorId.CheckpointLost, true));
        await using var replica = await engine.RestoreAsync(first, BranchId.Main, Token);
        (await replica.RunAsync(new RunRequest(new Ticks(200)), Token)).At.ShouldBe(new Ticks(200));
        sitting.Output.ShouldBe("499500\n");
    }

    [SkippableFact]
    public async Task WritingAnImage_LeavesTheProgramsHeapAsItWas()
    {
        // Addresses are printed: a replica from before the image, whose heap no DMTCP has touched, must print the same.
        await using var sitting = await StartAsync("import ctypes\nmalloc = ctypes.CDLL(None).malloc\nmalloc.restype = ctypes.c_void_p\nfor size in range(16, 8000, 16):\n    print(malloc(size), flush=True)\n");
        var first = (await sitting.Engine.SaveAsync(sitting.Head, Token))!;
        await sitting.Head.RunAsync(new RunRequest(new Ticks(4)), Token);
        (await sitting.Engine.SaveAsync(sitting.Head, Token)).ShouldNotBeNull();
        await sitting.Head.RunAsync(new RunRequest(new Ticks(900)), Token);
        await using var replica = await sitting.Engine.RestoreAsync(first, BranchId.Main, Token);
        (await replica.RunAsync(new RunRequest(new Ticks(900)), Token)).Fingerprint.ShouldBe(sitting.Head.Current.Fingerprint);
    }

    [SkippableFact]
    public async Task SharedMemory_ComesBackAsItWas()
    {
        // Some that is mirrored, some that is too long for that, and a lock in a file.
        await using var sitting = await StartAsync(
            "import mmap, multiprocessing\nsmall, long = mmap.mmap(-1, 4096), mmap.mmap(-1, 1 << 20)\nvalue = multiprocessing.Value('i', 5)\nsmall[0] = long[0] = 1\n"
            + "with value.get_lock():\n    value.value += small[0] + long[0]\nsmall[0] = 9\nwith value.get_lock():\n    print(small[0], long[0], value.value)\nlong[0] = 9\nvalue.value = 0\nprint('end')\n");
        var there = await RunToLineAsync(sitting, line: 8);
        var saved = (await sitting.Engine.SaveAsync(sitting.Head, Token))!;
        var end = await sitting.ToEndAsync(Token);
        (end.ExitCode, sitting.Output).ShouldBe((0, "9 1 7\nend\n"));
        await ((ImageEngine)sitting.Engine).Forks.DisposeAsync();
        await using var replica = await sitting.Engine.RestoreAsync(saved, BranchId.Main, Token);
        replica.Current.At.ShouldBe(there);
        (await replica.RunAsync(new RunRequest(Ticks.Never), Token)).Fingerprint.ShouldBe(end.Fingerprint);
    }

    [SkippableFact]
    public async Task ProcessesThatTheProgramStarts_AreUndisturbed_AndTheImagesBeforeAndBehindThemServe()
    {
        // DMTCP tells its coordinator of them, in other words after each image.
        await using var sitting = await StartAsync("import subprocess\np = subprocess.Popen(['/bin/cat'], stdin=subprocess.PIPE, stdout=subprocess.PIPE, universal_newlines=True)\nx = 1\nprint(p.communicate('told')[0])\nprint('end')\n");
        var engine = (ImageEngine)sitting.Engine;
        var before = (await engine.SaveAsync(sitting.Head, Token))!;
        await RunToLineAsync(sitting, line: 3);
        var refused = await Should.ThrowAsync<FredException>(() => engine.SaveAsync(sitting.Head, Token));
        (refused.Id, refused.Message.Contains("processes that still run", StringComparison.Ordinal)).ShouldBe((ErrorId.DmtcpFailed, true), refused.Message);
        await RunToLineAsync(sitting, line: 5);
        var behind = (await engine.SaveAsync(sitting.Head, Token))!;
        var end = await sitting.ToEndAsync(Token);
        (end.ExitCode, sitting.Output).ShouldBe((0, "told\nend\n"));
        await EndsAlikeAsync(before);
        await engine.Forks.DisposeAsync();
        await EndsAlikeAsync(before);
        await EndsAlikeAsync(behind);

        async Task EndsAlikeAsync(Checkpoint from)
        {
            await using var replica = await engine.RestoreAsync(from, BranchId.Main, Token);
            (await replica.RunAsync(new RunRequest(Ticks.Never), Token)).Fingerprint.ShouldBe(end.Fingerprint);
        }
    }

    [SkippableFact]
    public async Task TheRunningProgram_IsWrittenToDisk_AtItsNextEvent()
    {
        await using var sitting = await StartAsync("x = 0\nwhile x < 100_000_000:\n    x += 1\n");
        var engine = (ImageEngine)sitting.Engine;
        using var stop = new CancellationTokenSource();
        var running = sitting.Head.RunAsync(new RunRequest(Ticks.Never), stop.Token);
        var saved = (await engine.SaveAsync(sitting.Head, Token)).ShouldNotBeNull();
        engine.Images.ShouldHaveSingleItem().Checkpoint.ShouldBe(saved);
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => running);
        await engine.Forks.DisposeAsync();
        await using var replica = await engine.RestoreAsync(saved, BranchId.Main, Token);
        replica.Current.At.ShouldBe(saved.At);
        (await replica.RunAsync(new RunRequest(new Ticks(saved.At.Value + 10)), Token)).At.ShouldBe(new Ticks(saved.At.Value + 10));
    }

    [SkippableFact]
    public async Task AStoppedHead_IsWrittenToDiskInPassing_WhenTheLastImageIsOldEnoughOnly()
    {
        // A head stands still while it is asked whether a breakpoint's condition holds; a checkpoint's turn may come just then.
        await using var sitting = await StartAsync(Source);
        var engine = (ImageEngine)sitting.Engine;
        (await engine.SaveInPassingAsync(sitting.Head, Token)).ShouldNotBeNull();
        await sitting.Head.RunAsync(new RunRequest(new Ticks(100)), Token);
        (await engine.SaveInPassingAsync(sitting.Head, Token)).ShouldNotBeNull();
        engine.Images.ShouldHaveSingleItem().Checkpoint.At.ShouldNotBe(new Ticks(100));
        (await engine.SaveAsync(sitting.Head, Token)).ShouldNotBeNull();
        engine.Images.Count.ShouldBe(2);
    }

    [SkippableFact]
    public async Task NothingIsLeft()
    {
        string session;
        await using (var sitting = await StartAsync(Source))
        {
            session = sitting.SessionPath;
            var saved = (await sitting.Engine.SaveAsync(sitting.Head, Token))!;
            await ((ImageEngine)sitting.Engine).Forks.DisposeAsync();
            await using var replica = await sitting.Engine.RestoreAsync(saved, BranchId.Main, Token);
        }

        Directory.Exists(session).ShouldBeFalse();
        RealSitting.ProcessesOf(session).ShouldBeEmpty();
    }

    [SkippableFact]
    public async Task WithoutItsCoordinator_TheProgramIsLost_ButNotItsHistory()
    {
        await using var sitting = await StartAsync("import time\nx = 1\ntime.sleep(100)\n");
        var start = (await sitting.Engine.SaveAsync(sitting.Head, Token))!;
        var coordinator = RealSitting.ProcessesOf(sitting.SessionPath).Single(pid => File.ReadAllText($"/proc/{pid}/cmdline").Contains("dmtcp_coordinator", StringComparison.Ordinal));
        var running = sitting.Head.RunAsync(new RunRequest(Ticks.Never), Token);
        System.Diagnostics.Process.GetProcessById(coordinator).Kill();
        var lost = await Should.ThrowAsync<FredException>(() => running);
        (lost.Id, lost.Message.Contains("coordinator", StringComparison.Ordinal)).ShouldBe((ErrorId.HeadLost, true), lost.Message);
        await using var replica = await sitting.Engine.RestoreAsync(start, BranchId.Main, Token);
        (await replica.RunAsync(new RunRequest(new Ticks(2)), Token)).At.ShouldBe(new Ticks(2));
    }

    private async Task<Ticks> RunToLineAsync(RealSitting sitting, int line)
    {
        do
        {
            await sitting.Head.RunAsync(new RunRequest(new Ticks(sitting.Head.Current.At.Value + 1)), Token);
        }
        while (sitting.Head.Current.Location?.Line != line);
        return sitting.Head.Current.At;
    }

    private static Task<RealSitting> StartAsync(string source)
    {
        Skip.If(DmtcpTools.TryFind() is null, "DMTCP is not installed (no dmtcp_launch in $FRED_DMTCP or on PATH)");
        return RealSitting.StartAsync(Pythons.Default, source, CancellationToken.None, o => o with { Checkpointer = "dmtcp", ImageInterval = TimeSpan.FromHours(1) });
    }
}
