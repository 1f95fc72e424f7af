using System.Globalization;

namespace Fred.Cli;

/// <summary>The demonstration over a Python program.</summary>
/// <param name="context">A sitting at the first statement of <see cref="Program"/>.</param>
/// <param name="view">Where it is shown.</param>
/// <param name="time">For the time it took.</param>
internal sealed class PythonDemo(ReplContext context, IReplView view, TimeProvider time) : DemoScript(context, view)
{
    /// <summary>The example's file.</summary>
    public const string Program = "desk_pool.py";

    /// <summary>The function that is to blame.</summary>
    public const string CulpritFunction = "close_for_cleaning";

    /// <summary>The statement that is to blame.</summary>
    public const string CulpritStatement = "self.free.append(self.held[person])";

    private const string Invariant = "len(office.free) + len(office.held) == DESKS";

    /// <inheritdoc/>
    public override async Task<bool> RunAsync(Interrupts interrupts)
    {
        var begin = time.GetTimestamp();
        Say("desk_pool.py books desks for the visitors of an office, a thousand days long. It stands before its first statement.");
        await BeginAsync(interrupts).ConfigureAwait(false);

        Say("It fails somewhere. Let it run:");
        var failure = await DoAsync("continue", interrupts).ConfigureAwait(false);
        if (failure.Stop?.Reason != StopReason.Exception)
        {
            return Verdict(false, "the program did not fail as it should");
        }

        Say("Two people are sent to one desk. An ordinary debugger ends here; this one goes backwards.");
        await DoAsync("reverse-step 2", interrupts).ConfigureAwait(false);
        await DoAsync("p person, desk", interrupts).ConfigureAwait(false);
        await DoAsync("goto live", interrupts).ConfigureAwait(false);

        Say("Whose fault is it? Every desk should be either free or held, so the two must add up to DESKS:\n# find the statement that makes that false, wherever it is in the past.");
        var watch = await DoAsync($"reverse-watch {Invariant} --frame main", interrupts).ConfigureAwait(false);

        Say("That is a moment before it happens. The values before ...");
        await DoAsync("p person, person in self.held, len(self.free), len(self.held)", interrupts).ConfigureAwait(false);
        Say("... and after the statement:");
        await DoAsync("next", interrupts).ConfigureAwait(false);
        await DoAsync("p person, person in self.held, len(self.free), len(self.held)", interrupts).ConfigureAwait(false);
        return Judge(failure.Stop, watch.Watch, time.GetElapsedTime(begin));
    }

    private bool Judge(StopEvent failure, WatchReport? report, TimeSpan elapsed)
    {
        if (Blamed(report, CulpritFunction, CulpritStatement) is not { } found)
        {
            return false;
        }

        Say("The desk becomes free while its holder keeps it: 'held[person]' should be 'held.pop(person)'.");
        var distance = (failure.At - found.At).ToString("N0", CultureInfo.InvariantCulture);
        return Verdict(true, string.Create(CultureInfo.InvariantCulture, $"found {distance} statements before the failure, in {elapsed.TotalSeconds:0.0} s in all. Try it yourself: ./fred python examples/{Program}"));
    }
}
