using System.Globalization;

namespace Fred.Cli;

/// <summary>The demonstration: the commands a user would type, with a sentence before each, carried out by the same engine as the prompt's.</summary>
/// <remarks>It knows the culprit beforehand and fails when Fred blames another statement, so a broken Fred cannot give a pretty demonstration.</remarks>
/// <param name="context">A sitting at the first statement of <see cref="Program"/>.</param>
/// <param name="view">Where it is shown.</param>
/// <param name="time">For the time it took.</param>
internal sealed class Demo(ReplContext context, IReplView view, TimeProvider time)
{
    /// <summary>The example's file.</summary>
    public const string Program = "desk_pool.py";

    /// <summary>The function that is to blame.</summary>
    public const string CulpritFunction = "close_for_cleaning";

    /// <summary>The statement that is to blame.</summary>
    public const string CulpritStatement = "self.free.append(self.held[person])";

    private const string Invariant = "len(office.free) + len(office.held) == DESKS";
    private readonly ReplEngine _engine = new(context, view);

    /// <summary>Runs it.</summary>
    /// <param name="interrupts">Ctrl-C.</param>
    /// <returns>True when Fred has blamed the right statement.</returns>
    public async Task<bool> RunAsync(Interrupts interrupts)
    {
        var begin = time.GetTimestamp();
        Say("desk_pool.py books desks for the visitors of an office, a thousand days long. It stands before its first statement.");
        view.Complete(await _engine.StartAsync(interrupts.Lifetime).ConfigureAwait(false));

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
        if (report is not { Result: WatchResult.Transition, Transitions: [{ } found] })
        {
            return Verdict(false, "no statement was found");
        }

        var text = context.Sources.Text(found.Location);
        if (found.Function != CulpritFunction || text != CulpritStatement)
        {
            return Verdict(false, $"the wrong statement was found: {text} in {found.Function}");
        }

        Say("The desk becomes free while its holder keeps it: 'held[person]' should be 'held.pop(person)'.");
        var distance = (failure.At - found.At).ToString("N0", CultureInfo.InvariantCulture);
        return Verdict(true, string.Create(CultureInfo.InvariantCulture, $"found {distance} statements before the failure, in {elapsed.TotalSeconds:0.0} s in all. Try it yourself: ./fred python examples/{Program}"));
    }

    private async Task<CommandOutcome> DoAsync(string command, Interrupts interrupts)
    {
        view.Echo(_engine.Prompt);
        context.Console.Write(new Verbatim(command + "\n", Theme.Heading));
        using var running = interrupts.Begin();
        var outcome = await _engine.ExecuteAsync(command, running.Token).ConfigureAwait(false);
        view.Complete(outcome);
        return outcome;
    }

    private void Say(string text) => context.Console.Write(new Verbatim($"\n# {text}\n", Theme.Past));

    private bool Verdict(bool found, string text)
    {
        context.Console.Write(new Verbatim($"\n{(found ? "Demo passed" : "Demo FAILED")}: {text}\n", found ? Theme.Good : Theme.Error));
        return found;
    }
}
