using System.Diagnostics;
using Fred.Core;
using Shouldly;
using Xunit;

namespace Fred.Backends.Tests;

/// <summary>Processes of the session die in every way; the rest stays usable, and nothing is left behind.</summary>
public sealed class FaultTests : IDisposable
{
    private const string Endless = "n = 0\nwhile True:\n    n += 1\n";
    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromSeconds(120));

    private CancellationToken Token => _timeout.Token;

    [SkippableFact]
    public async Task KilledHead_IsLostAndThePastStays()
    {
        await using var sitting = await RealSitting.StartAsync(Pythons.Default, Endless, Token);
        var start = (await sitting.Engine.SaveAsync(sitting.Head, Token))!;
        var run = sitting.ToEndAsync(Token);
        var later = (await sitting.Engine.SaveAsync(sitting.Head, Token))!;
        Kill(PdbSessions.Instance.ProcessOf(sitting.Head).Pid);
        (await Should.ThrowAsync<FredException>(() => run)).Id.ShouldBe(ErrorId.HeadLost);
        sitting.Head.Progress.ShouldBeGreaterThanOrEqualTo(later.At);
        await using var replica = await sitting.Engine.RestoreAsync(start, BranchId.Main, Token);
        (await replica.RunAsync(new RunRequest(later.At), Token)).At.ShouldBe(later.At);
    }

    [SkippableFact]
    public async Task KilledCheckpoint_IsLostAndTheOthersStay()
    {
        await using var sitting = await RealSitting.StartAsync(Pythons.Default, Endless, Token);
        var start = (await sitting.Engine.SaveAsync(sitting.Head, Token))!;
        await sitting.Head.RunAsync(new RunRequest(new Ticks(100)), Token);
        var second = (await sitting.Engine.SaveAsync(sitting.Head, Token))!;
        var pid = ((ForkEngine)sitting.Engine).PidOf(second);
        Kill(pid);
        await sitting.Pdb.CurrentHost!.Processes.WhenExitedAsync(pid);
        (await Should.ThrowAsync<FredException>(() => sitting.Engine.RestoreAsync(second, BranchId.Main, Token))).Id.ShouldBe(ErrorId.CheckpointLost);
        await using var replica = await sitting.Engine.RestoreAsync(start, BranchId.Main, Token);
        (await replica.RunAsync(new RunRequest(new Ticks(100)), Token)).At.ShouldBe(new Ticks(100));
    }

    [SkippableFact]
    public async Task KilledReplica_IsLostAndAnotherCanBeMade()
    {
        await using var sitting = await RealSitting.StartAsync(Pythons.Default, Endless, Token);
        var start = (await sitting.Engine.SaveAsync(sitting.Head, Token))!;
        await sitting.Head.RunAsync(new RunRequest(new Ticks(100)), Token);
        await using var replica = await sitting.Engine.RestoreAsync(start, BranchId.Main, Token);
        Kill(PdbSessions.Instance.ProcessOf(replica).Pid);
        (await Should.ThrowAsync<FredException>(() => replica.RunAsync(new RunRequest(new Ticks(50)), Token))).Id.ShouldBe(ErrorId.ReplicaLost);
        await using var another = await sitting.Engine.RestoreAsync(start, BranchId.Main, Token);
        (await another.RunAsync(new RunRequest(new Ticks(50)), Token)).At.ShouldBe(new Ticks(50));
    }

    [SkippableFact]
    public async Task KilledLauncher_TakesAllAlongAndSaysSo()
    {
        await using var sitting = await RealSitting.StartAsync(Pythons.Default, Endless, Token);
        var run = sitting.ToEndAsync(Token);
        await sitting.Engine.SaveAsync(sitting.Head, Token);
        Kill(sitting.Pdb.CurrentHost!.LauncherPid);
        var error = await Should.ThrowAsync<FredException>(() => run);
        (error.Id, error.Message.Contains("fred-launcher", StringComparison.Ordinal)).ShouldBe((ErrorId.HeadLost, true));
        await GoneAsync(sitting.SessionPath, directoryToo: false);
    }

    [SkippableFact]
    public async Task Dispose_LeavesNothingBehind()
    {
        string path;
        await using (var sitting = await RealSitting.StartAsync(Pythons.Default, Endless, Token))
        {
            path = sitting.SessionPath;
            var start = (await sitting.Engine.SaveAsync(sitting.Head, Token))!;
            await sitting.Head.RunAsync(new RunRequest(new Ticks(100)), Token);
            var replica = await sitting.Engine.RestoreAsync(start, BranchId.Main, Token);
            await replica.InspectAsync(Token);
            RealSitting.ProcessesOf(path).Count.ShouldBeGreaterThanOrEqualTo(4);
        }

        RealSitting.ProcessesOf(path).ShouldBeEmpty();
        Directory.Exists(path).ShouldBeFalse();
    }

    [SkippableFact]
    public async Task KillOfFred_LeavesNothingBehind()
    {
        Pythons.Require(Pythons.Default);
        var program = Path.GetTempFileName();
        await File.WriteAllTextAsync(program, Endless, Token);
        var info = new ProcessStartInfo("dotnet", [typeof(FaultTests).Assembly.Location, "hold", Pythons.Default, program]) { RedirectStandardOutput = true };
        using var fred = Process.Start(info)!;
        try
        {
            var path = (await fred.StandardOutput.ReadLineAsync(Token)).ShouldNotBeNull();
            RealSitting.ProcessesOf(path).ShouldNotBeEmpty();
            fred.Kill();
            await GoneAsync(path, directoryToo: true);
        }
        finally
        {
            fred.Kill();
            File.Delete(program);
        }
    }

    [SkippableFact]
    public async Task FullLog_EndsTheRecordingAndThePastStays()
    {
        const string Reading = "data = open('/dev/zero', 'rb')\nfor i in range(1000):\n    data.read(100_000)\n";
        await using var sitting = await RealSitting.StartAsync(Pythons.Default, Reading, Token, o => o with { LogLimit = 8 << 20 });
        var start = (await sitting.Engine.SaveAsync(sitting.Head, Token))!;
        var stop = await sitting.ToEndAsync(Token);
        stop.Reason.ShouldBe(StopReason.EndOfHistory);
        stop.Detail.ShouldNotBeNull().ShouldContain("recording");
        await using var replica = await sitting.Engine.RestoreAsync(start, BranchId.Main, Token);
        (await replica.RunAsync(new RunRequest(stop.At.Previous), Token)).At.ShouldBe(stop.At.Previous);
    }

    public void Dispose() => _timeout.Dispose();

    private static void Kill(int pid)
    {
        using var process = Process.GetProcessById(pid);
        process.Kill();
    }

    // Whoever of them still lives is waited for; the launcher, which removes the directory before it ends, is one of them.
    private async Task GoneAsync(string path, bool directoryToo)
    {
        foreach (var pid in RealSitting.ProcessesOf(path))
        {
            try
            {
                using var process = Process.GetProcessById(pid);
                await process.WaitForExitAsync(Token);
            }
            catch (ArgumentException)
            {
                // Gone meanwhile.
            }
        }

        RealSitting.ProcessesOf(path).ShouldBeEmpty();
        Directory.Exists(path).ShouldBe(!directoryToo);
    }
}
