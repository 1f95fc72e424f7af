using Fred.Core;
using Shouldly;
using Xunit;

namespace Fred.Backends.Tests;

/// <summary>The dmtcp checkpointer with the real DMTCP and native programs: what they do besides, and what goes wrong.</summary>
public sealed class NativeDmtcpTests : IDisposable
{
    private const string Spin = "static volatile unsigned spun;\nint main(void)\n{\n    for (unsigned i = 0; i < 2000000000; i++)\n        spun += i;\n    return 0;\n}\n";

    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromSeconds(120));

    private CancellationToken Token => _timeout.Token;

    public void Dispose() => _timeout.Dispose();

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WritingImages_ChangesNothingThatTheProgramSees(bool nativeHead)
    {
        // It uses DMTCP's signal, has a lock whose owner is an id that DMTCP changes, closes all descriptors, and has its thread's end go through exit handlers.
        await using var sitting = await StartAsync(
            """
            #include <pthread.h>
            #include <signal.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <unistd.h>
            static volatile int caught, spun;
            static pthread_mutex_t lock;
            static void on_signal(int signal) { caught++; }
            static void at_end(void) { caught += 100; }
            int main(void)
            {
                pthread_mutexattr_t kind;
                pthread_mutexattr_init(&kind);
                pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_RECURSIVE);
                pthread_mutex_init(&lock, &kind);
                signal(SIGUSR2, on_signal);
                pthread_mutex_lock(&lock);
                atexit(at_end);
                for (int i = 0; i < 200000; i++)
                    spun += i;
                pthread_mutex_lock(&lock);
                for (int i = 3; i < 1024; i++)
                    close(i);
                kill(getpid(), SIGUSR2);
                printf("%d %d %d\n", caught, lock.__data.__owner == getpid(), (int)((unsigned long)malloc(100000) % 4096));
                return 0;
            }
            """,
            nativeHead);
        var start = (await sitting.Engine.SaveAsync(sitting.Head, Token))!;
        var saved = new List<Checkpoint> { await SaveAtAsync(sitting, 200_000), await SaveAtAsync(sitting, 300_000) };
        var end = await sitting.ToEndAsync(Token);
        while (end.Reason == StopReason.Signal)
        {
            end = await sitting.ToEndAsync(Token);
        }

        (end.Reason, end.ExitCode, sitting.Head.TakeNotices().Count).ShouldBe((StopReason.Exit, 0, 0));
        sitting.Output.ShouldStartWith("1 1 ");
        (await EndAsync(sitting, start)).ShouldBe(end.At);
        await ((ImageEngine)sitting.Engine).Forks.DisposeAsync();
        foreach (var checkpoint in saved)
        {
            (await EndAsync(sitting, checkpoint)).ShouldBe(end.At);
        }
    }

    [SkippableFact]
    public async Task ThreadsOfTheProgram_ComeBackFromAnImage()
    {
        await using var sitting = await StartAsync(
            """
            #include <pthread.h>
            #include <stdio.h>
            static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
            static volatile long total;
            static __thread long own;
            static void *work(void *number)
            {
                for (int i = 0; i < 20000; i++) {
                    pthread_mutex_lock(&lock);
                    total += (long)number;
                    own++;
                    pthread_mutex_unlock(&lock);
                }
                return (void *)own;
            }
            int main(void)
            {
                pthread_t threads[3];
                void *result;
                long sum = 0;
                for (long i = 0; i < 3; i++)
                    pthread_create(&threads[i], NULL, work, (void *)(i + 1));
                for (int i = 0; i < 3; i++) {
                    pthread_join(threads[i], &result);
                    sum += (long)result;
                }
                printf("%ld %ld\n", total, sum);
                return 0;
            }
            """);
        _ = await sitting.Engine.SaveAsync(sitting.Head, Token);
        var saved = await SaveAtAsync(sitting, 2_000_000);
        sitting.Head.Current.ThreadsStarted.ShouldBe(4);
        var end = await sitting.ToEndAsync(Token);
        (end.Reason, end.ExitCode, sitting.Output).ShouldBe((StopReason.Exit, 0, "120000 60000\n"));
        await ((ImageEngine)sitting.Engine).Forks.DisposeAsync();
        (await EndAsync(sitting, saved)).ShouldBe(end.At);
    }

    [SkippableFact]
    public async Task AHeadThatHasGoneOn_WritesNoImageOfAnotherState()
    {
        await using var sitting = await StartAsync("static volatile int spun;\nint main(void)\n{\n    for (int i = 0; i < 1000; i++)\n        spun += i;\n    return 0;\n}\n");
        var process = ((GdbHead)sitting.Head).Process;
        _ = await sitting.Engine.SaveAsync(sitting.Head, Token);
        await sitting.Head.RunAsync(new RunRequest(new Ticks(100)), Token);
        var (late, path) = (sitting.Host.Arrivals.NewToken(), Path.Combine(sitting.SessionPath, "late.dmtcp"));
        var answer = sitting.Host.Images.ExpectAsync(late);
        await process.AskForImageAsync(late, path, new Ticks(99));
        (await answer, File.Exists(path)).ShouldBe((-Errno.Stale, false));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task TheRunningProgram_IsWrittenToDisk(bool nativeHead)
    {
        await using var sitting = await StartAsync(Spin, nativeHead);
        var engine = (ImageEngine)sitting.Engine;
        _ = await engine.Forks.SaveAsync(sitting.Head, Token); // what is located begins there
        using var stop = new CancellationTokenSource();
        var running = sitting.Head.RunAsync(new RunRequest(Ticks.Never), stop.Token);
        var checkpoint = (await engine.SaveAsync(sitting.Head, Token)).ShouldNotBeNull();

        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => running);
        engine.Images.ShouldHaveSingleItem().Checkpoint.ShouldBe(checkpoint);
        await engine.Forks.DisposeAsync();
        await using var replica = await engine.RestoreAsync(checkpoint, BranchId.Main, Token);
        replica.Current.At.ShouldBe(checkpoint.At);
        await replica.RunAsync(new RunRequest(sitting.Head.Current.At), Token);
        await using var there = await replica.InspectAsync(Token);
        await using var here = await sitting.Head.InspectAsync(Token);
        (await there.GetValueFingerprintAsync(Token)).ShouldBe(await here.GetValueFingerprintAsync(Token));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SharedMemory_ComesBackAsItWas_AndTheRealOneIsLeftAlone(bool nativeHead)
    {
        await using var sitting = await StartAsync(
            """
            #define _GNU_SOURCE
            #include <stdio.h>
            #include <sys/mman.h>
            #include <unistd.h>
            int main(void)
            {
                int file = memfd_create("shared", 0);
                volatile int *first = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0), *second = ftruncate(file, 8192) == 0 ? mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) : 0;
                for (int i = 0; i < 100000; i++) {
                    first[i % 1000] += i;
                    second[i % 2000] += first[i % 100];
                }
                unsigned sum = 0;
                for (int i = 0; i < 2000; i++)
                    sum += (unsigned)second[i] + (unsigned)first[i % 1000];
                printf("%u\n", sum);
                return 0;
            }
            """,
            nativeHead);
        _ = await sitting.Engine.SaveAsync(sitting.Head, Token);
        var saved = await SaveAtAsync(sitting, 500_000);
        var end = await sitting.ToEndAsync(Token);
        end.ExitCode.ShouldBe(0);
        await ((ImageEngine)sitting.Engine).Forks.DisposeAsync();
        (await EndAsync(sitting, saved)).ShouldBe(end.At);
        (await EndAsync(sitting, saved)).ShouldBe(end.At);
    }

    [SkippableFact]
    public async Task WithoutItsCoordinator_TheProgramIsLost_ButNotItsHistory()
    {
        string session;
        await using (var sitting = await StartAsync(Spin))
        {
            session = sitting.SessionPath;
            var start = (await sitting.Engine.SaveAsync(sitting.Head, Token))!;
            var coordinator = RealSitting.ProcessesOf(session).Single(pid => File.ReadAllText($"/proc/{pid}/cmdline").Contains("dmtcp_coordinator", StringComparison.Ordinal));
            var running = sitting.Head.RunAsync(new RunRequest(Ticks.Never), Token);
            System.Diagnostics.Process.GetProcessById(coordinator).Kill();
            var lost = await Should.ThrowAsync<FredException>(() => running);
            (lost.Id, lost.Message.Contains("coordinator", StringComparison.Ordinal)).ShouldBe((ErrorId.HeadLost, true), lost.Message);
            await ((ImageEngine)sitting.Engine).Forks.DisposeAsync();
            await using var replica = await sitting.Engine.RestoreAsync(start, BranchId.Main, Token);
            (await replica.RunAsync(new RunRequest(new Ticks(100)), Token)).At.ShouldBe(new Ticks(100));
        }

        (Directory.Exists(session), RealSitting.ProcessesOf(session).Count).ShouldBe((false, 0));
    }

    private static Task<RealSitting> StartAsync(string source, bool nativeHead = true)
    {
        Skip.If(DmtcpTools.TryFind() is null, "DMTCP is not installed (no dmtcp_launch in $FRED_DMTCP or on PATH)");
        return RealSitting.StartNativeAsync(source, o => o with { Checkpointer = "dmtcp", NativeHead = nativeHead, ImageInterval = TimeSpan.Zero }, CancellationToken.None);
    }

    private async Task<Checkpoint> SaveAtAsync(RealSitting sitting, long tick)
    {
        await sitting.Head.RunAsync(new RunRequest(new Ticks(tick)), Token);
        return (await sitting.Engine.SaveAsync(sitting.Head, Token))!;
    }

    private async Task<Ticks> EndAsync(RealSitting sitting, Checkpoint from)
    {
        await using var replica = await sitting.Engine.RestoreAsync(from, BranchId.Main, Token);
        var stop = await replica.RunAsync(new RunRequest(Ticks.Never), Token);
        return stop.Reason == StopReason.Signal ? (await replica.RunAsync(new RunRequest(Ticks.Never), Token)).At : stop.At;
    }
}
