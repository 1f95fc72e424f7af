namespace Fred.Core;

/// <summary>Finds which thread made a transition that lies between two events.</summary>
/// <remarks>
/// From one event to the next, in programs with threads, more may happen than the event's statement: other threads get their turns and go on with statements that they began at earlier ticks, until
/// one of them comes to its next event. So the value is looked at again wherever a turn ends; the one whose turn it was is the one who did it.
/// </remarks>
internal sealed class TurnSearch(WatchProbe probe)
{
    private const int MostTurns = 2000;

    /// <summary>Who the threads are and what each is about to do or in the midst of, at one tick.</summary>
    /// <param name="Threads">Those alive there.</param>
    /// <param name="Stacks">By number.</param>
    public sealed record Moment(IReadOnlyList<ThreadInfo> Threads, IReadOnlyDictionary<int, IReadOnlyList<Frame>> Stacks);

    /// <summary>Reads the threads of a stopped session.</summary>
    /// <param name="inspector">Of the session.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>All of them.</returns>
    public static async Task<Moment> ReadAsync(IInspector inspector, CancellationToken ct)
    {
        var threads = await inspector.GetThreadsAsync(ct).ConfigureAwait(false);
        var stacks = new Dictionary<int, IReadOnlyList<Frame>>();
        foreach (var thread in threads)
        {
            stacks[thread.Number] = (await inspector.GetStackAsync(thread.Number, 0, 0, ct).ConfigureAwait(false)).Frames;
        }

        return new Moment(threads, stacks);
    }

    /// <summary>Replays from an event to the next, and finds whose turn ends with the invariant broken.</summary>
    /// <param name="session">A clean replica that stands at the event, where the invariant is not broken.</param>
    /// <param name="next">The tick of the next event; the session stands there, or before it, afterwards.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The number of the thread. When the invariant is not broken at the end of any turn it is the one that comes to the next event.</returns>
    /// <exception cref="FredException">The threads change places too often to be looked at.</exception>
    public async Task<int> FindAsync(IReplaySession session, Ticks next, CancellationToken ct)
    {
        for (var turns = 0; turns < MostTurns; turns++)
        {
            var stop = await session.RunAsync(new RunRequest(next) { StopAtTurns = true }, ct).ConfigureAwait(false);
            if (!stop.IsTurn || (await probe.InAsync(session, ct).ConfigureAwait(false)).Truth == Truth.Bad)
            {
                return stop.Thread;
            }
        }

        throw new FredException(ErrorId.BadExpression, $"Threads change places more than {MostTurns} times at tick {next.Previous}, so it cannot be told which one made the expression false. Use an expression over what your own statements change.");
    }

    /// <summary>Describes a transition by the statement that its thread was in.</summary>
    /// <param name="transition">As if the event's own statement had made it.</param>
    /// <param name="moment">At its tick.</param>
    /// <param name="event">The number of the event's thread.</param>
    /// <param name="maker">The number of the thread that made it; one that began afterwards has no statement yet.</param>
    /// <returns>The transition.</returns>
    public static Transition Describe(Transition transition, Moment moment, int @event, int maker)
    {
        var thread = moment.Threads.FirstOrDefault(each => each.Number == maker) ?? new ThreadInfo(maker, $"thread {maker}", IsCurrent: false, IsDaemon: false, Top: null);
        if (maker == @event)
        {
            return transition with { Thread = thread };
        }

        var stack = moment.Stacks.GetValueOrDefault(maker) ?? [];
        var place = stack.FirstOrDefault(frame => frame.IsUserCode);
        return transition with { Thread = thread, IsUnderWay = true, Location = place?.Location, Function = place?.Function, Stack = [.. stack.SkipWhile(frame => frame != place)] };
    }
}
