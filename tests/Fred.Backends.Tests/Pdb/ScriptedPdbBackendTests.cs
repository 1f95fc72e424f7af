using Fred.Core;
using Shouldly;
using Xunit;

namespace Fred.Backends.Tests;

/// <summary>The whole C# side against a scripted launcher: every path, also those that real processes take rarely.</summary>
public sealed class ScriptedPdbBackendTests : IDisposable
{
    private static readonly RunRequest ToEnd = new(Ticks.Never);
    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromSeconds(60));

    private CancellationToken Token => _timeout.Token;

    [SkippableFact]
    public async Task Head_StopsAtEntryLimitStepBreakpointAndExit()
    {
        await using var sitting = await Sitting.StartAsync("normal", Token);
        var head = sitting.Head;
        (head.Current.Reason, head.Current.At, head.Current.Location).ShouldBe((StopReason.Entry, Ticks.Zero, null));
        (await head.RunAsync(new RunRequest(new Ticks(7)), Token)).Location!.Line.ShouldBe(8);
        (await head.RunAsync(new RunRequest(Ticks.Never, StepFilter.Any), Token)).At.ShouldBe(new Ticks(8));
        await head.ArmAsync(new BreakpointSet(1, [new Breakpoint(4, new SourceLocation(sitting.Program, 3))]), Token);
        var hit = await head.RunAsync(new RunRequest(Ticks.Never, StopAtBreakpoints: true), Token);
        (hit.Reason, hit.At, hit.Fingerprint).ShouldBe((StopReason.Breakpoint, new Ticks(12), new Fingerprint(3, 96, 1)));
        hit.Breakpoints.ShouldBe([4]);
        var end = await head.RunAsync(ToEnd, Token);
        (end.Reason, end.ExitCode, end.At).ShouldBe((StopReason.Exit, 3, new Ticks(1000)));
    }

    [SkippableFact]
    public async Task Checkpoint_RestoresReplicasThatRunScanAndAreInspected()
    {
        await using var sitting = await Sitting.StartAsync("normal", Token);
        await sitting.Head.RunAsync(new RunRequest(new Ticks(100)), Token);
        var checkpoint = (await sitting.Engine.SaveAsync(sitting.Head, Token))!;
        checkpoint.ShouldBe(new Checkpoint(1, new Ticks(100), new Fingerprint(1, 800, 1)));
        await using (var replica = await sitting.Engine.RestoreAsync(checkpoint, BranchId.Main, Token))
        {
            replica.Current.At.ShouldBe(new Ticks(100));
            (await replica.RunAsync(new RunRequest(new Ticks(150)), Token)).At.ShouldBe(new Ticks(150));
            await using var inspector = await replica.InspectAsync(Token);
            (await inspector.EvaluateAsync("t", new EvaluationScope.InFrame(0), Token)).Value.ShouldBe("150");
        }

        await using var scanner = await sitting.Engine.RestoreAsync(checkpoint, BranchId.Main, Token);
        await scanner.ArmAsync(new BreakpointSet(1, [new Breakpoint(4, new SourceLocation(sitting.Program, 3))]), Token);
        var matches = await scanner.ScanAsync(new BreakpointScan(new Ticks(125), All: true), Token);
        matches.ShouldBe([new ScanMatch(new Ticks(102), 4), new ScanMatch(new Ticks(112), 4), new ScanMatch(new Ticks(122), 4)]);
    }

    [SkippableFact]
    public async Task BadWatchExpression_IsAnErrorWithItsText()
    {
        await using var sitting = await Sitting.StartAsync("normal", Token);
        var checkpoint = (await sitting.Engine.SaveAsync(sitting.Head, Token))!;
        await using var replica = await sitting.Engine.RestoreAsync(checkpoint, BranchId.Main, Token);
        var error = await Should.ThrowAsync<FredException>(() => replica.ScanAsync(new ExpressionScan(new Ticks(9), "bad", new EvaluationScope.InActivation("module:m")), Token));
        (error.Id, error.Message).ShouldBe((ErrorId.BadExpression, "bad expression"));
    }

    [SkippableFact]
    public async Task RunningHead_IsCheckpointedMeasuredAndPaused()
    {
        await using var sitting = await Sitting.StartAsync("endless", Token);
        var run = sitting.Head.RunAsync(ToEnd, Token);
        var first = (await sitting.Engine.SaveAsync(sitting.Head, Token))!;
        var second = (await sitting.Engine.SaveAsync(sitting.Head, Token))!;
        second.At.ShouldBeGreaterThan(first.At);
        sitting.Head.Progress.ShouldBeGreaterThanOrEqualTo(second.At);
        sitting.Head.Measure().ShouldBe(default);
        sitting.Head.RequestPause();
        (await run).Reason.ShouldBe(StopReason.Pause);
        (await sitting.Engine.SaveAsync(sitting.Head, Token))!.At.ShouldBe(sitting.Head.Current.At);
    }

    [SkippableFact]
    public async Task CancelledRun_LeavesTheHeadWhereItPausedAndKillsAReplica()
    {
        await using var sitting = await Sitting.StartAsync("endless", Token);
        var checkpoint = (await sitting.Engine.SaveAsync(sitting.Head, Token))!;
        using (var cancel = new CancellationTokenSource())
        {
            var run = sitting.Head.RunAsync(ToEnd, cancel.Token);
            await sitting.Engine.SaveAsync(sitting.Head, Token);
            await cancel.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(() => run);
            sitting.Head.Current.Reason.ShouldBe(StopReason.Pause);
            var next = new Ticks(sitting.Head.Current.At.Value + 1);
            (await sitting.Head.RunAsync(new RunRequest(next), Token)).At.ShouldBe(next);
        }

        await using var replica = await sitting.Engine.RestoreAsync(checkpoint, BranchId.Main, Token);
        using (var cancel = new CancellationTokenSource())
        {
            var scan = replica.ScanAsync(new EventScan(Ticks.Never, new StepFilter(0)), cancel.Token);
            await cancel.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(() => scan);
        }
    }

    [SkippableFact]
    public async Task DeadHead_IsLostWithItsTickAndTheHistoryStays()
    {
        await using var sitting = await Sitting.StartAsync("dies", Token);
        var checkpoint = (await sitting.Engine.SaveAsync(sitting.Head, Token))!;
        var error = await Should.ThrowAsync<FredException>(() => sitting.Head.RunAsync(ToEnd, Token));
        error.Id.ShouldBe(ErrorId.HeadLost);
        error.Message.ShouldContain("tick 50");
        error.Message.ShouldContain("SIGKILL");
        await using var replica = await sitting.Engine.RestoreAsync(checkpoint, BranchId.Main, Token);
        (await replica.RunAsync(new RunRequest(new Ticks(40)), Token)).At.ShouldBe(new Ticks(40));
    }

    [SkippableFact]
    public async Task DivergedReplay_SaysWhere()
    {
        await using var sitting = await Sitting.StartAsync("diverges", Token);
        var checkpoint = (await sitting.Engine.SaveAsync(sitting.Head, Token))!;
        await using var replica = await sitting.Engine.RestoreAsync(checkpoint, BranchId.Main, Token);
        var error = await Should.ThrowAsync<FredException>(() => replica.RunAsync(ToEnd, Token));
        (error.Id, error.Message.Contains("program called write", StringComparison.Ordinal)).ShouldBe((ErrorId.ReplayDiverged, true));
    }

    [SkippableFact]
    public async Task ForkFailing_GivesNoCheckpointAndTheProgramGoesOn()
    {
        await using var sitting = await Sitting.StartAsync("lame", Token);
        (await sitting.Engine.SaveAsync(sitting.Head, Token)).ShouldBeNull();
        (await Should.ThrowAsync<FredException>(() => sitting.Head.InspectAsync(Token))).Id.ShouldBe(ErrorId.ForkFailed);
        (await sitting.Head.RunAsync(ToEnd, Token)).Reason.ShouldBe(StopReason.Exit);
    }

    [SkippableFact]
    public async Task DiscardedCheckpoint_IsLost()
    {
        await using var sitting = await Sitting.StartAsync("normal", Token);
        var checkpoint = (await sitting.Engine.SaveAsync(sitting.Head, Token))!;
        await sitting.Engine.DiscardAsync(checkpoint);
        (await Should.ThrowAsync<FredException>(() => sitting.Engine.RestoreAsync(checkpoint, BranchId.Main, Token))).Id.ShouldBe(ErrorId.CheckpointLost);
    }

    [SkippableFact]
    public async Task Promoted_ReplicaIsTheHeadOfABranch()
    {
        await using var sitting = await Sitting.StartAsync("normal", Token);
        var checkpoint = (await sitting.Engine.SaveAsync(sitting.Head, Token))!;
        var replica = await sitting.Engine.RestoreAsync(checkpoint, BranchId.Main, Token);
        var (head, losses) = await sitting.Backend.PromoteAsync(replica, new BranchId(2), Token);
        losses.ShouldBe(["cannot restore fd 5 (socket)"]);
        await replica.DisposeAsync();
        (await head.MutateAsync(new Mutation("x = 1"), Token)).ShouldBe(new MutationResult(true, "done"));
        (await head.RunAsync(ToEnd, Token)).Reason.ShouldBe(StopReason.Exit);
        await head.DisposeAsync();
    }

    [SkippableFact]
    public async Task Reexecution_RestoresTheStartOnly()
    {
        await using var sitting = await Sitting.StartAsync("normal", Token, "reexec");
        var checkpoint = (await sitting.Engine.SaveAsync(sitting.Head, Token))!;
        await sitting.Head.RunAsync(new RunRequest(new Ticks(20)), Token);
        (await sitting.Engine.SaveAsync(sitting.Head, Token)).ShouldBeNull();
        await using var replica = await sitting.Engine.RestoreAsync(checkpoint, BranchId.Main, Token);
        replica.Current.At.ShouldBe(Ticks.Zero);
        (await replica.RunAsync(new RunRequest(new Ticks(9)), Token)).At.ShouldBe(new Ticks(9));
    }

    [SkippableFact]
    public async Task ProgramThatEndsBeforeItsFirstStatement_IsALaunchFailure()
    {
        var error = await Should.ThrowAsync<FredException>(() => Sitting.StartAsync("unborn", Token));
        error.Id.ShouldBe(ErrorId.LaunchFailed);
        error.Message.ShouldContain("status 65");
    }

    public void Dispose() => _timeout.Dispose();

    private sealed class Sitting : IAsyncDisposable
    {
        private readonly ScriptedInstallation _installation;

        private Sitting(ScriptedInstallation installation, PdbBackend backend, ILiveHead head)
        {
            _installation = installation;
            Backend = backend;
            Head = head;
        }

        public PdbBackend Backend { get; }

        public ILiveHead Head { get; }

        public ICheckpointEngine Engine => Backend.Checkpoints;

        public string Program => _installation.Program;

        public static async Task<Sitting> StartAsync(string fate, CancellationToken ct, string engine = "fork")
        {
            Skip.IfNot(File.Exists("/usr/bin/python3"), "no /usr/bin/python3 here");
            var installation = new ScriptedInstallation(fate);
            var backend = new PdbBackend(installation.Options with { Checkpointer = engine });
            try
            {
                return new Sitting(installation, backend, await backend.StartAsync(ct));
            }
            catch
            {
                await backend.DisposeAsync();
                installation.Dispose();
                throw;
            }
        }

        public async ValueTask DisposeAsync()
        {
            await Head.DisposeAsync();
            await Backend.DisposeAsync();
            _installation.Dispose();
        }
    }
}
