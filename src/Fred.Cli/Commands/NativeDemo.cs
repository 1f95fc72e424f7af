using System.Globalization;

namespace Fred.Cli;

/// <summary>The demonstration over a C program whose heap is corrupted long before it crashes.</summary>
/// <param name="context">A sitting at the first statement of <see cref="Program"/>.</param>
/// <param name="view">Where it is shown.</param>
/// <param name="time">For the time it took.</param>
internal sealed class NativeDemo(ReplContext context, IReplView view, TimeProvider time) : DemoScript(context, view)
{
    /// <summary>The example's file.</summary>
    public const string Program = "mailroom.c";

    private const string CulpritFunction = "relabel";
    private const string CulpritStatement = "sprintf(box->label, \"%s, day %d\", box->name, day);";
    private const string Invariant = "letters(boxes[3]) == boxes[3]->count";
    private const string Shown = "print *boxes[3]";

    /// <inheritdoc/>
    public override async Task<bool> RunAsync(Interrupts interrupts)
    {
        var begin = time.GetTimestamp();
        Say("mailroom.c is the mail room of an office, some years long. It stands before the first statement of main.");
        await BeginAsync(interrupts).ConfigureAwait(false);

        Say("It crashes somewhere. Let it run:");
        var crash = await DoAsync("continue", interrupts).ConfigureAwait(false);
        if (crash.Stop?.Reason != StopReason.Signal)
        {
            return Verdict(false, "the program did not crash as it should");
        }

        await DoAsync("print letter", interrupts).ConfigureAwait(false);
        await DoAsync("print box->count", interrupts).ConfigureAwait(false);
        Say("The list of letters has come to its end before the count of them. Nothing here is wrong, so the list was damaged before. Backwards, then: a few statements ...");
        await DoAsync("reverse-step 5", interrupts).ConfigureAwait(false);
        await DoAsync("print *letter", interrupts).ConfigureAwait(false);
        await DoAsync("goto live", interrupts).ConfigureAwait(false);

        Say("... or straight to the culprit. A box should hold as many letters as it counts; letters() is a function of the program.\n# Which statement made that false?");
        var watch = await DoAsync($"reverse-watch {Invariant} --frame main", interrupts).ConfigureAwait(false);

        Say("That is a moment before it happens. The box before ...");
        await DoAsync(Shown, interrupts).ConfigureAwait(false);
        Say("... and after the statement:");
        await DoAsync("next", interrupts).ConfigureAwait(false);
        await DoAsync(Shown, interrupts).ConfigureAwait(false);
        return Judge(crash.Stop, watch.Watch, time.GetElapsedTime(begin));
    }

    private bool Judge(StopEvent crash, WatchReport? report, TimeSpan elapsed)
    {
        if (Blamed(report, CulpritFunction, CulpritStatement) is not { } found)
        {
            return false;
        }

        Say("\"Parcels, day 100\" has 16 characters, and so has label: the zero that ends the text went into the lowest byte of 'first', which is now another letter's address.");
        var distance = (crash.At - found.At).ToString("N0", CultureInfo.InvariantCulture);
        return Verdict(
            true,
            string.Create(
                CultureInfo.InvariantCulture,
                $"found {distance} instructions before the crash, in {elapsed.TotalSeconds:0.0} s in all. Try it yourself: cc -g -o mailroom examples/{Program} && ./fred gdb ./mailroom"));
    }
}
