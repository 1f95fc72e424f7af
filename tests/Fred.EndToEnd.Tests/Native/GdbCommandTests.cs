using System.Globalization;
using Fred.Core;
using Shouldly;
using Xunit;

namespace Fred.EndToEnd.Tests;

/// <summary>gdb's commands at Fred's prompt: instructions both ways, signals, and what is refused because it could not be kept.</summary>
public sealed class GdbCommandTests : IDisposable
{
    private const string Signals = """
        #include <signal.h>
        static int seen;
        static void note(int signal) { seen += signal; }
        int main(void) {
            signal(SIGUSR1, note);
            signal(SIGUSR2, note);
            for (int i = 0; i < 2; i++) {
                raise(SIGUSR1);
                raise(SIGUSR2);
            }
            return seen;
        }
        """;

    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromSeconds(120));

    private CancellationToken Token => _timeout.Token;

    public void Dispose() => _timeout.Dispose();

    /// <summary>Calls of calls, and functions of libraries: each instruction that nexti stops at, and back over all of them.</summary>
    [SkippableTheory]
    [InlineData("recursion.c", 12)]
    [InlineData("callbacks.c", 40)]
    public async Task ReverseNexti_IsTheMirrorOfNexti(string source, int rounds)
    {
        await using var debuggee = await NativeDebuggee.StartAsync(source, new SessionOptions(), [rounds.ToString(CultureInfo.InvariantCulture)], nativeHead: true, Token);
        List<(Ticks At, long Pc, long Sp)> there = [Of(debuggee.Session.Stop)];
        while (there.Count < 90 && await debuggee.DoAsync(new SessionCommand.StepTicks { OverCalls = true }, Token) is { Reason: StopReason.Step } stop)
        {
            there.Add(Of(stop));
        }

        there.Zip(there.Skip(1)).ShouldContain(pair => pair.Second.At - pair.First.At > 1, "a call was stepped over");
        await debuggee.DoAsync(new SessionCommand.Goto(there[^1].At), Token);
        for (var i = there.Count - 2; i >= 30; i--)
        {
            Of(await debuggee.DoAsync(new SessionCommand.ReverseTicks { OverCalls = true }, Token)).ShouldBe(there[i]);
        }

        Of(await debuggee.DoAsync(new SessionCommand.ReverseTicks(25) { OverCalls = true }, Token)).ShouldBe(there[5]);
        (await debuggee.DoAsync(new SessionCommand.ReverseTicks(2), Token)).At.ShouldBe(new Ticks(there[5].At.Value - 2));
        (await debuggee.DoAsync(new SessionCommand.ReverseTicks(1000), Token)).Reason.ShouldBe(StopReason.StartOfHistory);

        static (Ticks At, long Pc, long Sp) Of(StopEvent stop) => (stop.At, stop.Fingerprint.Event, stop.Anchor);
    }

    /// <summary>Where a call returns to, Fred stops by itself to see whether the step is over; a breakpoint of the user's there counts only if its condition holds.</summary>
    [SkippableFact]
    public async Task FalseConditionWhereACallReturnsTo_DoesNotEndAStep()
    {
        await using var debuggee = await NativeDebuggee.StartAsync("recursion.c", new SessionOptions(), ["6"], nativeHead: true, Token);
        await debuggee.GdbAsync("tbreak fib", Token);
        await debuggee.DoAsync(new SessionCommand.Continue(), Token);
        long before;
        do
        {
            before = debuggee.Session.Position.At.Value;
            await debuggee.DoAsync(new SessionCommand.StepTicks(), Token);
        }
        while (!(await debuggee.GdbAsync("x/i $pc", Token)).Contains("call ", StringComparison.Ordinal));

        before = debuggee.Session.Position.At.Value;
        var over = await debuggee.DoAsync(new SessionCommand.StepTicks { OverCalls = true }, Token);
        (over.At.Value - before).ShouldBeGreaterThan(10);
        await debuggee.GdbAsync("break *$pc if calls < 0", Token);
        await debuggee.DoAsync(new SessionCommand.Goto(new Ticks(before)), Token);
        (await debuggee.DoAsync(new SessionCommand.StepTicks { OverCalls = true }, Token)).At.ShouldBe(over.At);
    }

    [SkippableFact]
    public async Task Handle_SaysWhichSignalsStop()
    {
        var directory = Directory.CreateTempSubdirectory("fred-handle-");
        var source = Path.Combine(directory.FullName, "handle.c");
        await File.WriteAllTextAsync(source, Signals);
        await using var debuggee = await NativeDebuggee.StartAsync(source, Token);
        (await debuggee.DoAsync(new SessionCommand.Continue(), Token)).Detail.ShouldBe("SIGUSR1");
        await debuggee.GdbAsync("handle SIGUSR1 nostop", Token);
        (await debuggee.DoAsync(new SessionCommand.Continue(), Token)).Detail.ShouldBe("SIGUSR2");
        await debuggee.GdbAsync("handle all nostop", Token);
        await debuggee.GdbAsync("handle SIGUSR1 SIGUSR2 stop print", Token);
        (await debuggee.DoAsync(new SessionCommand.Continue(), Token)).Detail.ShouldBe("SIGUSR1");
        await debuggee.GdbAsync("handle 1-15 SIGUSR1 SIGUSR2 noprint", Token);
        (await debuggee.DoAsync(new SessionCommand.Continue(), Token)).ExitCode.ShouldBe(44);
        (await Should.ThrowAsync<FredException>(() => debuggee.GdbAsync("handle SIGUSR1 nopass", Token))).Id.ShouldBe(ErrorId.NotNow);
        await Should.ThrowAsync<FredException>(() => debuggee.GdbAsync("handle SIGNONE stop", Token));
        directory.Delete(recursive: true);
    }

    [SkippableFact]
    public async Task WhatCannotBeKept_IsRefused_AndGdbLivesOn()
    {
        await using var debuggee = await NativeDebuggee.StartAsync("crash.c", Token);
        foreach (var command in (string[])["catch syscall write", "catch fork", "catch throw int", "tcatch exec", "catch"])
        {
            (await Should.ThrowAsync<FredException>(() => debuggee.GdbAsync(command, Token))).Id.ShouldBe(ErrorId.BadBreakpoint, command);
        }

        foreach (var command in (string[])["shell echo hi", "make", "pipe print 1 | cat", "run", "kill"])
        {
            (await Should.ThrowAsync<FredException>(() => debuggee.GdbAsync(command, Token))).Id.ShouldBe(ErrorId.NotNow, command);
        }

        // What a script's process writes comes between gdb's own lines.
        (await debuggee.GdbAsync("python import os; os.system('echo raw; echo')", Token)).ShouldStartWith("raw\n");
        (await debuggee.GdbAsync("print 1 + 1", Token)).ShouldContain("= 2");
        (await debuggee.GdbAsync("info breakpoints", Token)).ShouldContain("No breakpoints");
    }
}
