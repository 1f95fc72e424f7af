using Fred.Core;
using Shouldly;
using Xunit;

namespace Fred.EndToEnd.Tests;

/// <summary>Real programs stepped there and back: the way back is the way there.</summary>
/// <remarks>A class of its own, beside <see cref="OracleTests"/>, so that both run at once.</remarks>
public sealed class RetraceTests : IDisposable
{
    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromSeconds(180));

    private CancellationToken Token => _timeout.Token;

    [SkippableTheory]
    [MemberData(nameof(RealPython.Programs), MemberType = typeof(RealPython))]
    public async Task StepsThereAndBack_RetraceExactly(string program, string python)
    {
        await using var debuggee = await Debuggee.StartAsync(python, program, Token);
        var trace = await Trace.ReadAsync(debuggee.Session, Trace.Most, Token);
        var seen = debuggee.Output;
        for (var at = trace.Last; at > trace.First; at = at.Previous)
        {
            var stop = await debuggee.DoAsync(new SessionCommand.ReverseStep(), Token);
            Trace.ShouldBeTheSame(stop, trace[at.Previous], $"{program}: back from {at}");
        }

        debuggee.Output.ShouldBe(seen, "going back must not print");
        debuggee.Session.Position.Edge.ShouldBe(trace.Last);
    }

    public void Dispose() => _timeout.Dispose();
}
