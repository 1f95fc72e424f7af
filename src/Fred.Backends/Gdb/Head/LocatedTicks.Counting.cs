using Fred.Core;

namespace Fred.Backends;

/// <content>Counting what lies between checkpoints, in the background and on demand.</content>
internal sealed partial class LocatedTicks
{
    private Task _counting = Task.CompletedTask;

    /// <inheritdoc/>
    public async ValueTask<NativeRun> PrepareAsync(NativeProcess replica, NativeRun run, CancellationToken ct)
    {
        if (run.Match)
        {
            return run;
        }

        var limit = run.Limit ?? long.MaxValue;
        if (run.Joins && Uncounted(replica.Halt.Tick, limit) is { } segment)
        {
            return segment.Start > replica.Halt.Tick
                ? await PrepareAsync(replica, run with { Joins = false, Limit = segment.Start }, ct).ConfigureAwait(false)
                : await JoiningAsync(replica, run, segment, limit).ConfigureAwait(false);
        }

        var holes = await HolesAsync(replica.Halt.Tick, limit, ct).ConfigureAwait(false);
        if (holes.Count > 0)
        {
            await replica.SendJumpsAsync(string.Concat(holes.Select(h => NativeCommand.Jump(h.End, h.Next.Start)))).ConfigureAwait(false);
        }

        foreach (var (end, next) in holes)
        {
            if (limit > end && limit < next.Start)
            {
                return run with { Limit = end - 1 };
            }
        }

        return run;
    }

    /// <inheritdoc/>
    public async Task<long> JoinAsync(NativeProcess replica, Func<Task<AgentMessage.Halted>> run, CancellationToken ct)
    {
        Segment segment;
        AgentMessage.Halted halt;
        lock (_gate)
        {
            segment = _segments.Last(s => s.Start <= replica.Halt.Tick);
            segment.Joining++;
        }

        try
        {
            halt = await run().ConfigureAwait(false);
        }
        finally
        {
            lock (_gate)
            {
                segment.Joining--;
            }
        }

        var next = segment.Next!;
        if (halt.Reason == AgentMessage.Halted.Found)
        {
            segment.Found(halt.Tick);
            await replica.SendJumpsAsync(NativeCommand.Jump(halt.Tick, next.Start)).ConfigureAwait(false);
            await TidyAsync().ConfigureAwait(false);
            return next.Start;
        }

        CountOn();
        if (halt.Reason is "breakpoint" or "watch" or "pause" || (halt.Reason == "limit" && halt.Tick < next.Start))
        {
            return halt.Tick;
        }

        await segment.LinkAsync(CountAsync).WaitAsync(ct).ConfigureAwait(false);
        throw new FredException(ErrorId.ReplicaLost, "A replica did not come to the state of the next checkpoint, and another one did.");
    }

    /// <inheritdoc/>
    public async ValueTask<TickScale> ScaleAsync(Ticks from, Ticks to, CancellationToken ct)
    {
        var offset = _space.Offset;
        var last = to.Value > long.MaxValue - offset ? long.MaxValue : to.Value + offset;
        var holes = await HolesAsync(from.Value + offset, last, ct).ConfigureAwait(false);
        return holes.Count == 0 ? TickScale.Whole : new TickScale([.. holes.Select(h => (new Ticks(h.End - offset), new Ticks(h.Next.Start - offset)))]);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<TickHole>> CountAllAsync(CancellationToken ct)
    {
        List<Segment> all;
        lock (_gate)
        {
            all = [.. _segments.Where(s => s.Next is not null)];
        }

        var ends = await Task.WhenAll(all.Select(s => s.LinkAsync(CountAsync))).WaitAsync(ct).ConfigureAwait(false);
        return [.. all.Zip(ends, (s, end) => new TickHole(end, s.Next!.Start))];
    }

    /// <summary>The first stretch on the way of which it is not known where it ends.</summary>
    private Segment? Uncounted(long from, long to)
    {
        lock (_gate)
        {
            return _segments.Find(s => s.Next is { } next && from < next.Start && to > s.Reached && to > s.Start && !s.IsLinked);
        }
    }

    /// <summary>Has a run look for the beginning of the next stretch on its way.</summary>
    private async Task<NativeRun> JoiningAsync(NativeProcess replica, NativeRun run, Segment segment, long limit)
    {
        var next = segment.Next!;
        await replica.SeekAsync(next.Beginning!.Pid, next.Registers).ConfigureAwait(false);
        return run with { Match = true, Limit = Math.Min(limit, next.Start) };
    }

    /// <summary>Finds the holes from one number to another; those of stretches in which both are known ticks are not needed.</summary>
    private async ValueTask<IReadOnlyList<(long End, Segment Next)>> HolesAsync(long from, long to, CancellationToken ct)
    {
        List<Segment> between;
        lock (_gate)
        {
            between = [.. _segments.Where(s => s.Next is { } next && from < next.Start && to > s.Reached && to > s.Start)];
        }

        if (between.Count == 0)
        {
            return [];
        }

        // All at once: what there are no processors for waits.
        var ends = await Task.WhenAll(between.Select(s => s.LinkAsync(CountAsync))).WaitAsync(ct).ConfigureAwait(false);
        return [.. between.Zip(ends, (s, end) => (end, s.Next!))];
    }

    private async Task<long> CountAsync(Segment segment)
    {
        await Task.Yield();
        await _processors.WaitAsync(_end.Token).ConfigureAwait(false);
        try
        {
            var next = segment.Next!;
            var end = await FindEndAsync(segment, next).ConfigureAwait(false);
            segment.End(end - 1);
            return end;
        }
        finally
        {
            _processors.Release();
        }
    }

    private async Task<long> FindEndAsync(Segment segment, Segment next)
    {
        await segment.Ready.ConfigureAwait(false);
        while (true)
        {
            ParkedProcess parked;
            lock (_gate)
            {
                parked = segment.Anchors.Count > 0 ? segment.Anchors[^1].Parked : throw new FredException(
                    ErrorId.CheckpointLost, $"The checkpoint before tick {next.Start - _space.Offset} is gone, and with it the way there.");
            }

            try
            {
                var replica = await _search.ReplicateAsync(parked, _end.Token).ConfigureAwait(false);
                await using (replica.ConfigureAwait(false))
                {
                    return await _search.FindAsync(replica, next.Beginning!.Pid, next.Registers, next.Start, null, _end.Token).ConfigureAwait(false);
                }
            }
            catch (FredException e) when (e.Id == ErrorId.CheckpointLost)
            {
                lock (_gate)
                {
                    segment.Anchors.RemoveAll(a => a.Parked == parked);
                }
            }
        }
    }

    /// <summary>Counts in the background what is not counted yet: what is old first while the head runs, so that its checkpoints may go; what is near first when somebody looks at it.</summary>
    private void CountOn()
    {
        lock (_gate)
        {
            if (_counting.IsCompleted && !_end.IsCancellationRequested)
            {
                // The head has a processor, and so has whoever looks at it.
                _counting = Task.WhenAll(Enumerable.Range(0, Math.Max(1, Environment.ProcessorCount - 1)).Select(_ => Task.Run(CountAllAsync)));
            }
        }
    }

    private async Task CountAllAsync()
    {
        while (NextToCount() is { } segment)
        {
            try
            {
                await segment.LinkAsync(CountAsync).ConfigureAwait(false);
            }
            catch (Exception e) when (e is FredException or OperationCanceledException)
            {
                // Said when somebody comes there.
            }

            await TidyAsync().ConfigureAwait(false);
        }
    }

    private Segment? NextToCount()
    {
        lock (_gate)
        {
            var uncounted = _segments.Where(s => s.Next is not null && !s.IsBegun && s.Joining == 0);
            return _end.IsCancellationRequested || (_running && Environment.ProcessorCount < 2) ? null : _running ? uncounted.FirstOrDefault() : uncounted.LastOrDefault();
        }
    }
}
