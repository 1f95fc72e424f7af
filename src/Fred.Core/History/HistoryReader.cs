using System.Threading.Channels;

namespace Fred.Core;

/// <summary>Replays the intervals of a history at once, and gives their answers in time order.</summary>
/// <remarks>
/// Two limits meet here. At most `jobs` intervals are replayed at a time; and what an interval has answered before its turn comes waits in a channel of bounded
/// size, whose writer then stands still, and with it the replica. The oldest interval under way is always the one that is read, so whatever else stands still,
/// it goes on. Intervals begin in order, so that it has begun when its turn comes.
/// </remarks>
internal sealed class HistoryReader(Timeline timeline, IntervalAnswers answers)
{
    /// <summary>Shorter intervals are joined: a replica of its own costs more than replaying this many ticks.</summary>
    private const long MergeBelow = 100_000;

    /// <summary>Answers of one interval that wait for their turn; some hundred bytes each.</summary>
    private const int Waiting = 50_000;

    /// <summary>Intervals that have ended before their turn, for each that is replayed.</summary>
    private const int Ahead = 4;

    /// <summary>Gets how many intervals were replayed.</summary>
    public int Intervals { get; private set; }

    /// <summary>Reads the range.</summary>
    /// <param name="range">What is asked.</param>
    /// <param name="take">Gets each answer, in time order; false ends the reading.</param>
    /// <param name="ct">Ends it, too; replicas are killed.</param>
    /// <returns>Done when everything was read and every replica is on its way out.</returns>
    public async Task ReadAsync(HistoryRange range, Func<Observation, ValueTask<bool>> take, CancellationToken ct)
    {
        var jobs = Math.Max(1, range.Jobs ?? timeline.Replicas);
        var intervals = Intervalize(range, jobs);
        timeline.Meter.Expect(intervals.Sum(i => i.Limit - i.Start));
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(ct);
        using var processors = new SemaphoreSlim(jobs);
        using var room = new SemaphoreSlim(jobs * Ahead);
        var underWay = Channel.CreateUnbounded<Running>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        Running? current = null;
        var starting = StartAsync(intervals, processors, room, underWay.Writer, ending.Token);
        try
        {
            await foreach (var running in underWay.Reader.ReadAllAsync(ct).ConfigureAwait(false))
            {
                Intervals++;
                current = running;
                if (!await ReadOneAsync(running, take, ct).ConfigureAwait(false))
                {
                    return;
                }

                room.Release();
            }
        }
        finally
        {
            await ending.CancelAsync().ConfigureAwait(false);
            await SeeOutAsync(starting, current, underWay.Reader).ConfigureAwait(false);
        }
    }

    /// <summary>The intervals between checkpoints, the last one up to the range's end.</summary>
    private List<(Ticks Start, Ticks Limit)> Intervalize(HistoryRange range, int jobs)
    {
        var (from, to) = (range.From, range.To is { } last && last < timeline.Branch.Edge ? last : timeline.Branch.Edge);
        var least = Math.Min(MergeBelow, Math.Max(1, (to - from) / (jobs * Ahead)));
        var intervals = new List<(Ticks, Ticks)>();
        var start = from;
        foreach (var border in timeline.Checkpoints.Select(c => c.At).Where(at => !range.IsOnePiece && at > from && at < to))
        {
            if (border - start >= least)
            {
                intervals.Add((start, border));
                start = border;
            }
        }

        if (start < to)
        {
            intervals.Add((start, to));
        }

        return intervals;
    }

    private async Task StartAsync(List<(Ticks Start, Ticks Limit)> intervals, SemaphoreSlim processors, SemaphoreSlim room, ChannelWriter<Running> underWay, CancellationToken ct)
    {
        try
        {
            foreach (var (start, limit) in intervals)
            {
                await room.WaitAsync(ct).ConfigureAwait(false);
                await processors.WaitAsync(ct).ConfigureAwait(false);
                var channel = Channel.CreateBounded<Observation>(new BoundedChannelOptions(Waiting) { SingleReader = true, SingleWriter = true });
                underWay.TryWrite(new Running(channel.Reader, RunAsync(start, limit, channel.Writer, processors, ct)));
            }
        }
        catch (OperationCanceledException)
        {
            // Nobody reads any more.
        }
        finally
        {
            underWay.Complete();
        }
    }

    private async Task RunAsync(Ticks start, Ticks limit, ChannelWriter<Observation> writer, SemaphoreSlim processors, CancellationToken ct)
    {
        try
        {
            await answers.AnswerAsync(start, limit, writer.WriteAsync, ct).ConfigureAwait(false);
            writer.Complete();
        }
        catch (Exception error)
        {
            writer.Complete(error);
        }
        finally
        {
            processors.Release();
        }
    }

    private static async Task<bool> ReadOneAsync(Running running, Func<Observation, ValueTask<bool>> take, CancellationToken ct)
    {
        try
        {
            await foreach (var observation in running.Answers.ReadAllAsync(ct).ConfigureAwait(false))
            {
                if (!await take(observation).ConfigureAwait(false))
                {
                    return false;
                }
            }
        }
        catch (ChannelClosedException closed) when (closed.InnerException is { } error)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error);
        }

        return true;
    }

#pragma warning disable VSTHRD003 // Tasks of this class, which need no context.
    private static async Task SeeOutAsync(Task starting, Running? current, ChannelReader<Running> underWay)
    {
        await starting.ConfigureAwait(false);
        await (current?.Ending ?? Task.CompletedTask).ConfigureAwait(false);
        while (underWay.TryRead(out var running))
        {
            await running.Ending.ConfigureAwait(false);
        }
    }
#pragma warning restore VSTHRD003

    private sealed record Running(ChannelReader<Observation> Answers, Task Ending);
}
