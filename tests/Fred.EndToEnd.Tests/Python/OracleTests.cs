using Fred.Core;
using Shouldly;
using Xunit;
using Xunit.Abstractions;

namespace Fred.EndToEnd.Tests;

/// <summary>Each reverse verb on real and on random programs against the oracle: a scan of the program's own forward trace.</summary>
public sealed class OracleTests(ITestOutputHelper output) : IDisposable
{
    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromSeconds(180));

    private CancellationToken Token => _timeout.Token;

    [SkippableTheory]
    [MemberData(nameof(RealPython.Programs), MemberType = typeof(RealPython))]
    public async Task EachVerb_EqualsAScanOfTheForwardTrace(string program, string python)
    {
        await using var debuggee = await Debuggee.StartAsync(python, program, Token);
        await debuggee.DoAsync(new SessionCommand.Continue(), Token);
        var printed = debuggee.Output;
        await CheckVerbsAsync(debuggee, new Random(program.Length), rounds: 12);
        debuggee.Output.ShouldBe(printed, "visiting the past must not print");
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public async Task RandomPrograms_EachVerbEqualsAScanOfTheForwardTrace(int seed)
    {
        var source = RandomPython.Write(seed);
        output.WriteLine($"seed {seed}\n{source}");
        await using var debuggee = await Debuggee.StartSourceAsync(RealPython.Some[seed % RealPython.Some.Count], source, Token);
        await debuggee.DoAsync(new SessionCommand.Continue(), Token);
        await CheckVerbsAsync(debuggee, new Random(seed), rounds: 25);
    }

    public void Dispose() => _timeout.Dispose();

    private async Task CheckVerbsAsync(Debuggee debuggee, Random random, int rounds)
    {
        var session = debuggee.Session;
        await debuggee.DoAsync(new SessionCommand.Goto(new Ticks(1)), Token);
        var trace = await Trace.ReadAsync(session, Trace.Most, Token);
        output.WriteLine($"{trace.Count} of {session.Position.Edge} ticks");
        var candidates = trace.LinesOfOneStatement();
        for (var round = 0; round < rounds; round++)
        {
            var now = new Ticks(random.NextInt64(trace.First.Value + 1, trace.Last.Value));
            await debuggee.DoAsync(new SessionCommand.Goto(now), Token);
            if (random.Next(3) == 0)
            {
                await session.TakeCheckpointAsync(Token);
            }

            var lines = Enumerable.Range(0, 2).Select(_ => candidates[random.Next(candidates.Count)]).ToHashSet();
            await SetBreakpointsAsync(session, trace, lines);
            var (command, expected) = random.Next(5) switch
            {
                0 => ((SessionCommand)new SessionCommand.ReverseStep(), now.Previous),
                1 => (new SessionCommand.ReverseNext(), trace.ReverseNext(now)),
                2 => (new SessionCommand.ReverseFinish(), trace.ReverseFinish(now)),
                3 => (new SessionCommand.ReverseContinue(), trace.ReverseContinue(now, lines)),
                _ => (new SessionCommand.Next(), trace.Next(now, lines)),
            };
            var stop = await debuggee.DoAsync(command, Token);
            if (stop.At < trace.First || expected == trace.First)
            {
                // Before the first statement: the trace begins at tick 1, history at tick 0.
                stop.At.Value.ShouldBeLessThanOrEqualTo(trace.First.Value, $"{command} from {now}");
                continue;
            }

            if (expected == trace.Last && stop.At >= expected)
            {
                continue;
            }

            Trace.ShouldBeTheSame(stop, trace[expected], $"{command} from {now} with breakpoints at {string.Join(',', lines)}");
        }
    }

    private Task SetBreakpointsAsync(DebugSession session, Trace trace, IEnumerable<int> lines) =>
        session.SetBreakpointsAsync(
            [.. lines.Select((line, i) => new Breakpoint(i + 1, new SourceLocation(trace[trace.First].Location!.File, line)))], Token);
}
