using Fred.Core;
using Shouldly;
using Xunit;

namespace Fred.Backends.Tests;

/// <summary>What every checkpoint engine must do; one subclass for each.</summary>
public abstract class CheckpointEngineContract : IDisposable
{
    private const string Source = """
        import random, time
        def weigh(n):
            total = 0
            for i in range(n):
                total += random.randrange(100)
            return total
        seen = []
        for round in range(20):
            seen.append((weigh(10), time.time()))
        print(len(seen))
        """;

    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromSeconds(120));

    protected abstract string Engine { get; }

    private protected CancellationToken Token => _timeout.Token;

    [SkippableFact]
    public async Task Save_AtTheStartAndRestore_StandsAtTickZero()
    {
        await using var sitting = await StartAsync();
        var checkpoint = (await sitting.Engine.SaveAsync(sitting.Head, Token)).ShouldNotBeNull();
        checkpoint.At.ShouldBe(Ticks.Zero);
        await PrepareAsync(sitting);
        await using var replica = await sitting.Engine.RestoreAsync(checkpoint, BranchId.Main, Token);
        replica.Current.At.ShouldBe(Ticks.Zero);
    }

    [SkippableFact]
    public async Task Replica_ShowsExactlyWhatTheHeadShowed()
    {
        await using var sitting = await StartAsync();
        var checkpoint = (await sitting.Engine.SaveAsync(sitting.Head, Token))!;
        var places = new List<(StopEvent Stop, string Values)>();
        foreach (var tick in (long[])[1, 2, 57, 200, 433])
        {
            var stop = await sitting.Head.RunAsync(new RunRequest(new Ticks(tick)), Token);
            places.Add((stop, await ValuesAsync(sitting.Head)));
        }

        (await sitting.ToEndAsync(Token)).Reason.ShouldBe(StopReason.Exit);
        await PrepareAsync(sitting);
        foreach (var (stop, values) in places)
        {
            await using var replica = await sitting.Engine.RestoreAsync(checkpoint, BranchId.Main, Token);
            var there = await replica.RunAsync(new RunRequest(stop.At), Token);
            (there.At, there.Kind, there.Location, there.Function, there.Depth, there.Fingerprint).ShouldBe((stop.At, stop.Kind, stop.Location, stop.Function, stop.Depth, stop.Fingerprint));
            (await ValuesAsync(replica)).ShouldBe(values);
        }

        sitting.Output.ShouldBe("20\n");
    }

    [SkippableFact]
    public async Task Restore_SeveralAtOnceGivesIndependentSessions()
    {
        await using var sitting = await StartAsync();
        var checkpoint = (await sitting.Engine.SaveAsync(sitting.Head, Token))!;
        await sitting.ToEndAsync(Token);
        await PrepareAsync(sitting);
        var replicas = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => sitting.Engine.RestoreAsync(checkpoint, BranchId.Main, Token)));
        var stops = await Task.WhenAll(replicas.Select((r, i) => r.RunAsync(new RunRequest(new Ticks(10 + i)), Token)));
        stops.Select(s => s.At.Value).ShouldBe([10, 11, 12, 13]);
        foreach (var replica in replicas)
        {
            await replica.DisposeAsync();
        }
    }

    [SkippableFact]
    public async Task Save_LaterKeepsTheTickOrSaysThatItCannot()
    {
        await using var sitting = await StartAsync();
        await sitting.Head.RunAsync(new RunRequest(new Ticks(100)), Token);
        var checkpoint = await sitting.Engine.SaveAsync(sitting.Head, Token);
        if (!sitting.Engine.Traits.CanSave)
        {
            checkpoint.ShouldBeNull();
            return;
        }

        var saved = sitting.Head.Current;
        (checkpoint.ShouldNotBeNull().At, checkpoint.Fingerprint).ShouldBe((new Ticks(100), saved.Fingerprint));
        await sitting.ToEndAsync(Token);
        await PrepareAsync(sitting);
        await using var replica = await sitting.Engine.RestoreAsync(checkpoint, BranchId.Main, Token);
        (replica.Current.Location, replica.Current.Function, replica.Current.Depth).ShouldBe((saved.Location, saved.Function, saved.Depth));
        await using var second = await sitting.Engine.RestoreAsync((await sitting.Engine.SaveAsync(replica, Token))!, BranchId.Main, Token);
        (await second.RunAsync(new RunRequest(new Ticks(130)), Token)).At.ShouldBe(new Ticks(130));
    }

    public void Dispose()
    {
        _timeout.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>What is done before anything is restored.</summary>
    private protected virtual Task PrepareAsync(RealSitting sitting) => Task.CompletedTask;

    private async Task<string> ValuesAsync(IReplaySession session)
    {
        await using var inspector = await session.InspectAsync(Token);
        return await inspector.GetValueFingerprintAsync(Token);
    }

    private protected virtual Task<RealSitting> StartAsync() => RealSitting.StartAsync(Pythons.Default, Source, Token, o => o with { Checkpointer = Engine });
}

/// <summary>The same contract for native programs, whose ticks are instructions.</summary>
public abstract class NativeEngineContract : CheckpointEngineContract
{
    private const string Program = """
        #include <stdio.h>
        #include <stdlib.h>
        #include <time.h>
        static double seen[20];
        static int weigh(int n)
        {
            int total = 0;
            for (int i = 0; i < n; i++)
                total += rand() % 100;
            return total;
        }
        int main(void)
        {
            srand((unsigned)time(NULL));
            for (int round = 0; round < 20; round++) {
                struct timespec now;
                clock_gettime(CLOCK_REALTIME, &now);
                seen[round] = weigh(10) + now.tv_nsec;
            }
            printf("20\n");
            return 0;
        }
        """;

    private protected virtual bool NativeHead => true;

    private protected override Task<RealSitting> StartAsync() => RealSitting.StartNativeAsync(Program, o => o with { Checkpointer = Engine, NativeHead = NativeHead }, Token);
}

/// <summary>Parked forks of a native program.</summary>
public sealed class NativeForkEngineContract : NativeEngineContract
{
    protected override string Engine => "fork";
}

/// <summary>Running a native program again from the start.</summary>
public sealed class NativeReexecEngineContract : NativeEngineContract
{
    protected override string Engine => "reexec";
}

/// <summary>Parked forks.</summary>
public sealed class ForkEngineContract : CheckpointEngineContract
{
    protected override string Engine => "fork";
}

/// <summary>Running again from the start.</summary>
public sealed class ReexecEngineContract : CheckpointEngineContract
{
    protected override string Engine => "reexec";
}

/// <summary>Images by DMTCP, restored from the forks that are kept of the newest ones.</summary>
public class DmtcpEngineContract : CheckpointEngineContract
{
    protected override string Engine => "dmtcp";

    private protected override Task<RealSitting> StartAsync()
    {
        Skip.If(DmtcpTools.TryFind() is null, "DMTCP is not installed (no dmtcp_launch in $FRED_DMTCP or on PATH)");
        return base.StartAsync();
    }
}

/// <summary>The same, restored from disk.</summary>
public sealed class DmtcpImagesContract : DmtcpEngineContract
{
    private protected override async Task PrepareAsync(RealSitting sitting) => await ((ImageEngine)sitting.Engine).Forks.DisposeAsync();
}

/// <summary>Images of native programs, restored from disk.</summary>
public class NativeImagesContract : NativeEngineContract
{
    protected override string Engine => "dmtcp";

    private protected override Task<RealSitting> StartAsync()
    {
        Skip.If(DmtcpTools.TryFind() is null, "DMTCP is not installed (no dmtcp_launch in $FRED_DMTCP or on PATH)");
        return base.StartAsync();
    }

    private protected override async Task PrepareAsync(RealSitting sitting) => await ((ImageEngine)sitting.Engine).Forks.DisposeAsync();
}

/// <summary>The same where the program runs translated.</summary>
public sealed class TranslatedImagesContract : NativeImagesContract
{
    private protected override bool NativeHead => false;
}
