using System.Globalization;
using Fred.Core;
using Shouldly;
using Xunit;
using Xunit.Abstractions;

namespace Fred.EndToEnd.Tests;

/// <summary>Steps of native programs against the oracle, gdb's own step: the same stops forwards, and backwards their mirror.</summary>
public sealed class StepOracleTests(ITestOutputHelper output) : IDisposable
{
    /// <summary>So many take half a minute in all. 6000 of them, by the environment variable, some minutes for each program; then every stop is gone back over and every value compared.</summary>
    private const int Few = 400;

    private static readonly int MostSteps = int.TryParse(Environment.GetEnvironmentVariable("FRED_ORACLE_STEPS"), out var steps) ? steps : Few;

    /// <summary>gdb loses the program at longjmp, and when an exception unwinds a frame with something to destroy, and finds it again some calls later.</summary>
    private const int MostMissed = 80;
    private static readonly int StepsBack = MostSteps > Few ? int.MaxValue : 120;

    /// <summary>Values are looked at where a stop's number is a multiple of it.</summary>
    private static readonly int ValuesEach = MostSteps > Few ? 1 : 8;

    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromSeconds(120 + (MostSteps > Few ? MostSteps : 0)));

    private CancellationToken Token => _timeout.Token;

    [SkippableTheory]
    [InlineData("recursion.c", 12, "calls")]
    [InlineData("recursion.c", 12, "calls", "-no-pie")]
    [InlineData("callbacks.c", 40, "compared")]
    [InlineData("switches.c", 20, "100000 * depth + stack[0] + 3 * stack[1]")]
    [InlineData("jumps.c", 90, "tries")]
    [InlineData("strings.c", 20, "2 * found + (table[1] != 0)")]
    [InlineData("floats.c", 40, "turned", "-lm")]
    [InlineData("signals.c", 1000, "1000 * seen + 10 * nested + factor")]
    [InlineData("shapes.cpp", 100, "geometry::Shape::alive")]
    public async Task Steps_AreThoseOfGdb_ThereAndBack(string source, int rounds, string expression, params string[] flags)
    {
        var directory = Directory.CreateTempSubdirectory("fred-oracle-");
        var argument = rounds.ToString(CultureInfo.InvariantCulture);
        var expected = await GdbSteps.ReadAsync(NativeDebuggee.Compile(source, directory.FullName, flags), argument, expression, MostSteps, Token);
        directory.Delete(recursive: true);
        expected.Count.ShouldBe(MostSteps);
        var jumps = source is "shapes.cpp" or "jumps.c";

        await using var debuggee = await NativeDebuggee.StartAsync(source, new SessionOptions(), [argument], nativeHead: true, Token, flags);
        List<(StopEvent Stop, string? Value)> seen = [(debuggee.Session.Stop, expected[0].Value)];
        var shift = debuggee.Session.Stop.Anchor - expected[0].Sp;
        for (var i = 1; i < expected.Count; i++)
        {
            var stop = await debuggee.DoAsync(new SessionCommand.Step(), Token);
            for (var missed = 0; jumps && missed < MostMissed && !Is(stop, expected[i], shift); missed++)
            {
                seen.Add((stop, null));
                stop = await debuggee.DoAsync(new SessionCommand.Step(), Token);
            }

            Of(stop, shift).ShouldBe(Of(expected[i]), $"{source}: step {i}");
            seen.Add((stop, expected[i].Value));
            await CompareValueAsync(debuggee, seen, seen.Count - 1, expression);
        }

        var printed = debuggee.Output;
        var back = await MirrorAsync(debuggee, seen, expression, new Random(source.Length));
        debuggee.Output.ShouldBe(printed, "going back must not print");
        output.WriteLine($"{source}: {expected.Count} stops of gdb, {seen.Count} of Fred, {back} back, {seen[^1].Stop.At} instructions");
    }

    public void Dispose() => _timeout.Dispose();

    private static (int? Line, string? Function, long Pc, long Sp) Of(StopEvent stop, long shift) => (stop.Location?.Line, stop.Function, stop.Fingerprint.Event, stop.Anchor - shift);

    private static (int? Line, string? Function, long Pc, long Sp) Of(GdbStep step) => (step.Line, step.Function, step.Pc, step.Sp);

    private static bool Is(StopEvent stop, GdbStep expected, long shift) => Of(stop, shift) == Of(expected);

    private static async Task CompareValueAsync(NativeDebuggee debuggee, List<(StopEvent Stop, string? Value)> seen, int at, string expression)
    {
        if (at % ValuesEach == 0 && seen[at].Value is { } expected)
        {
            (await debuggee.Session.EvaluateAsync(expression, new EvaluationScope.InFrame(0), CancellationToken.None)).Value.ShouldBe(expected, $"{expression} at stop {at}");
        }
    }

    /// <summary>Back from the end, and from random places, with checkpoints here and there.</summary>
    private async Task<int> MirrorAsync(NativeDebuggee debuggee, List<(StopEvent Stop, string? Value)> seen, string expression, Random random)
    {
        var (at, done) = (seen.Count - 1, 0);
        for (; done < StepsBack && at > 0; done++)
        {
            // The long way back visits every stop, so it jumps only to where it goes on.
            if (done % 20 == 19)
            {
                await debuggee.DoAsync(new SessionCommand.Goto(seen[random.Next(1, seen.Count)].Stop.At), Token);
                at = MostSteps > Few ? at : seen.FindIndex(s => s.Stop.At == debuggee.Session.Position.At);
                await debuggee.DoAsync(new SessionCommand.Goto(seen[at].Stop.At), Token);
            }

            if (random.Next(15) == 0)
            {
                await debuggee.Session.TakeCheckpointAsync(Token);
            }

            var stop = await debuggee.DoAsync(new SessionCommand.ReverseStep(), Token);
            at--;
            Known(stop).ShouldBe(Known(seen[at].Stop), $"back from stop {at + 1}");
            await CompareValueAsync(debuggee, seen, at, expression);
        }

        return done;

        static (Ticks, SourceLocation?, string?, long, long) Known(StopEvent stop) => (stop.At, stop.Location, stop.Function, stop.Fingerprint.Event, stop.Anchor);
    }
}
