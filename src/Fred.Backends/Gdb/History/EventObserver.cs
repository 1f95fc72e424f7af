using Fred.Core;

namespace Fred.Backends;

/// <summary>Sums up which lines are executed while a replica replays an interval, so that two runs can be compared.</summary>
/// <remarks>
/// The sum is over instructions at which a line of the user's begins, in their order. All processes have the same addresses (nothing is put anywhere at random), so equal sums mean the same way.
/// The replica runs in pieces that the ring of line events holds whatever they are: an instruction begins one line at most.
/// </remarks>
/// <param name="session">A replica at the interval's beginning; spent afterwards.</param>
/// <param name="context">What it shares with others.</param>
/// <param name="request">How far, and how often to note the sum.</param>
/// <param name="note">Gets each note.</param>
internal sealed class EventObserver(GdbSession session, GdbContext context, EventObservation request, Func<Observation, ValueTask> note)
{
    private const ulong Multiplier = 0x9E37_79B9_7F4A_7C15;

    private ulong _sum;
    private long _count;
    private LineEvent _last;

    private NativeProcess Process => session.Process;

    /// <summary>Notes the sums.</summary>
    /// <param name="ct">Ends it.</param>
    /// <returns>Done at the interval's end, or where the program ends before.</returns>
    public async Task RunAsync(CancellationToken ct)
    {
        var (start, limit) = (Process.Halt.Tick, request.Limit.Value + Process.Space.Offset);
        var goesOn = start < limit;
        for (long reach = LineRing.Capacity; goesOn;)
        {
            ct.ThrowIfCancellationRequested();
            var before = Process.Halt.Tick;
            foreach (var happened in await NextAsync(Math.Min(limit, before + reach), ct).ConfigureAwait(false))
            {
                if (happened.Tick > start)
                {
                    await TakeAsync(happened).ConfigureAwait(false);
                }
            }

            // Where numbers are left out, a limit among them moves nothing.
            reach = Process.Halt.Tick > before ? LineRing.Capacity : 2 * reach;
            goesOn = Process.Halt is { Reason: "limit" } halt && halt.Tick < limit;
        }

        if (_count % request.Stride != 0)
        {
            await NoteAsync(ObservationKind.Total).ConfigureAwait(false);
        }
    }

    private async Task<LineEvent[]> NextAsync(long limit, CancellationToken ct)
    {
        await Process.Space.RingTurn.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            await Process.RunAsync(new NativeRun { Limit = limit, Lines = true }, ct).ConfigureAwait(false);
            return Process.ReadLineEvents(out _);
        }
        finally
        {
            Process.Space.RingTurn.Release();
        }
    }

    private async ValueTask TakeAsync(LineEvent happened)
    {
        _sum = (_sum * Multiplier) + happened.Pc + 1;
        _last = happened;
        if (++_count % request.Stride == 0)
        {
            await NoteAsync(ObservationKind.Event).ConfigureAwait(false);
        }
    }

    private async ValueTask NoteAsync(ObservationKind kind)
    {
        var place = context.Space.Modules.Find(_last.Pc, Process.Pid);
        await note(new Observation(new Ticks(_last.Tick - Process.Space.Offset), kind, [])
        {
            Number = (long)((_sum ^ (_sum >> 32)) & long.MaxValue),
            Location = place.Line is { } line ? new SourceLocation(line.File, line.Line) : null,
            Function = place.Function is { } function ? await context.NameAsync(Process, function).ConfigureAwait(false) : null,
        }).ConfigureAwait(false);
    }
}
