using Fred.Core;
using Shouldly;
using Xunit;
using Xunit.Abstractions;

namespace Fred.EndToEnd.Tests;

/// <summary>Steps of native programs against the oracle, gdb's own step: the same stops forwards, and backwards their mirror.</summary>
public sealed class StepOracleTests(ITestOutputHelper output) : IDisposable
{
    /// <summary>More of them, say 6000, by the environment variable: some minutes.</summary>
    private static readonly int MostSteps = int.TryParse(Environment.GetEnvironmentVariable("FRED_ORACLE_STEPS"), out var steps) ? steps : 400;

    /// <summary>Without symbols of the C++ library, gdb loses the program when an exception unwinds a frame with something to destroy, and finds it again some calls later.</summary>
    private const int MostMissed = 80;
    private const int StepsBack = 120;

    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromSeconds(120 + (MostSteps / 4)));

    private CancellationToken Token => _timeout.Token;

    [SkippableTheory]
    [InlineData("recursion.c")]
    [InlineData("recursion.c", "-no-pie")]
    [InlineData("callbacks.c")]
    [InlineData("switches.c")]
    [InlineData("jumps.c")]
    [InlineData("strings.c")]
    [InlineData("floats.c", "-lm")]
    [InlineData("signals.c")]
    [InlineData("shapes.cpp")]
    public async Task Steps_AreThoseOfGdb_ThereAndBack(string source, params string[] flags)
    {
        var directory = Directory.CreateTempSubdirectory("fred-oracle-");
        var expected = await GdbSteps.ReadAsync(NativeDebuggee.Compile(source, directory.FullName, flags), MostSteps, Token);
        directory.Delete(recursive: true);
        expected.Count.ShouldBeGreaterThan(20);
        var throws = source.EndsWith(".cpp", StringComparison.Ordinal);

        await using var debuggee = await NativeDebuggee.StartAsync(source, Token, flags);
        List<StopEvent> stops = [debuggee.Session.Stop];
        for (var i = 1; i < expected.Count; i++)
        {
            stops.Add(await debuggee.DoAsync(new SessionCommand.Step(), Token));
            for (var missed = 0; throws && missed < MostMissed && !Is(stops[^1], expected[i]); missed++)
            {
                stops.Add(await debuggee.DoAsync(new SessionCommand.Step(), Token));
            }

            ShouldBe(stops[^1], expected[i], $"{source}: step {i}");
        }

        var printed = debuggee.Output;
        await MirrorAsync(debuggee, stops, new Random(source.Length));
        debuggee.Output.ShouldBe(printed, "going back must not print");
        output.WriteLine($"{source}: {stops.Count} stops, {stops[^1].At} instructions");
    }

    public void Dispose() => _timeout.Dispose();

    private static bool Is(StopEvent stop, GdbStep expected) => (stop.Location?.Line, stop.Function, stop.Fingerprint.Event) == (expected.Line, expected.Function, expected.Pc);

    private static void ShouldBe(StopEvent stop, GdbStep expected, string what) =>
        (stop.Location?.Line, stop.Function, stop.Fingerprint.Event).ShouldBe((expected.Line, expected.Function, expected.Pc), what);

    /// <summary>Back from the end, and from random places, with checkpoints here and there.</summary>
    private async Task MirrorAsync(NativeDebuggee debuggee, List<StopEvent> stops, Random random)
    {
        var at = stops.Count - 1;
        for (var i = 0; i < StepsBack && at > 0; i++)
        {
            if (i % 20 == 19)
            {
                at = random.Next(1, stops.Count);
                await debuggee.DoAsync(new SessionCommand.Goto(stops[at].At), Token);
            }

            if (random.Next(15) == 0)
            {
                await debuggee.Session.TakeCheckpointAsync(Token);
            }

            var stop = await debuggee.DoAsync(new SessionCommand.ReverseStep(), Token);
            at--;
            (stop.At, stop.Location, stop.Function).ShouldBe((stops[at].At, stops[at].Location, stops[at].Function), $"back from stop {at + 1}");
        }
    }
}
