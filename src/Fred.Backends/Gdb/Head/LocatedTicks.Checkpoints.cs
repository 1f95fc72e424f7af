using System.Diagnostics;
using Fred.Core;

namespace Fred.Backends;

/// <content>Checkpoints of the running head: their numbers, and how long they are needed.</content>
internal sealed partial class LocatedTicks
{
    /// <summary>The running head has parked a copy of itself: it is waited for before the head's stop is dealt with.</summary>
    private void Announce(int pid)
    {
        var (token, arrival) = _host.Arrivals.Expect();
        _host.Arrivals.Made(token, pid);
        lock (_gate)
        {
            _announced.Add(TakeAsync(arrival));
        }

        async Task TakeAsync(Task<Arrival> coming)
        {
            try
            {
                var parked = await ParkedProcess.OpenAsync(_host, await coming.ConfigureAwait(false), _kind, _end.Token).ConfigureAwait(false);
                await AdmitAsync(parked, Stopwatch.GetTimestamp(), isBoundary: true).ConfigureAwait(false);
                lock (_gate)
                {
                    _kept.Add(parked); // Not before: what has no place yet looks unneeded.
                }
            }
            catch (Exception e) when (e is FredException or OperationCanceledException)
            {
                // Gone; the stretch that it would have begun is then not replayed from here.
            }
        }
    }

    private async Task WhenAnnouncedAsync()
    {
        Task[] coming;
        lock (_gate)
        {
            coming = [.. _announced];
            _announced.Clear();
        }

        await Task.WhenAll(coming).ConfigureAwait(false);
    }

    private async Task<bool> AdmitAsync(ParkedProcess parked, long requested, bool isBoundary)
    {
        if (parked.Greeting is not AgentMessage.Halted halt)
        {
            return false;
        }

        if (halt.Exact)
        {
            lock (_gate)
            {
                _segments[^1].Anchors.Add((parked, halt.Tick));
                _segments[^1].Visited = Math.Max(_segments[^1].Visited, halt.Tick);
            }

            return true;
        }

        if ((await parked.Connection.AskAsync(NativeCommand.Registers).ConfigureAwait(false)).Last is not AgentMessage.Registers registers)
        {
            return false;
        }

        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (Insert(parked, halt, registers.General, requested, isBoundary, told.Task) is not { } number)
        {
            return false;
        }

        try
        {
            _ = await parked.Connection.AskAsync(NativeCommand.Tick(number)).ConfigureAwait(false);
        }
        finally
        {
            told.SetResult();
        }

        parked.Stop = NativeStop.Translate(halt with { Tick = number, Exact = true }, _space.Offset);
        CountOn();
        return true;
    }

    /// <summary>Begins a stretch at a checkpoint.</summary>
    /// <returns>Its number; null when the head does not run any more: its stop was located without it.</returns>
    private long? Insert(ParkedProcess parked, AgentMessage.Halted halt, byte[] registers, long requested, bool isBoundary, Task ready)
    {
        var number = NumberFor(Stopwatch.GetTimestamp());
        lock (_gate)
        {
            if (!_running && !isBoundary)
            {
                return null;
            }

            var before = _segments.Count - 1;
            while (before > 0 && _segments[before].Beginning is { Greeting: AgentMessage.Halted other } later && (other.Cursor, later.Pid).CompareTo((halt.Cursor, parked.Pid)) > 0)
            {
                before--; // Two that were taken one soon after the other have come the other way round.
            }

            var (previous, next) = (_segments[before], before + 1 < _segments.Count ? _segments[before + 1] : null);
            number = next is null ? Math.Max(number, previous.Start + Round) : previous.Start + ((next.Start - previous.Start) / 2);
            var segment = new Segment(number) { Beginning = parked, Registers = registers, IsBoundary = isBoundary, Ready = ready, Next = next };
            segment.Anchors.Add((parked, number));
            previous.Follow(segment);
            _segments.Insert(before + 1, segment);
            if (next is null)
            {
                (_from, _since) = (number, requested);
                if (_head is { } head)
                {
                    head.Passed = number;
                }
            }
        }

        return number;
    }

    /// <summary>A stretch can only be counted from a checkpoint in it to the one behind it.</summary>
    private bool IsNeeded(ParkedProcess parked)
    {
        for (var i = 0; i < _segments.Count; i++)
        {
            var segment = _segments[i];
            if (segment.Beginning == parked && i > 0 && !_segments[i - 1].IsLinked)
            {
                return true;
            }

            if (segment.Anchors.Count > 0 && segment.Anchors[^1].Parked == parked && (segment.Next is null || !segment.IsLinked))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Ends the checkpoints that were kept until their stretches were counted.</summary>
    private async Task TidyAsync()
    {
        List<ParkedProcess> unneeded;
        lock (_gate)
        {
            unneeded = [.. _kept.Where(p => !IsNeeded(p))];
            _kept.RemoveAll(unneeded.Contains);
            _segments.ForEach(s => s.Anchors.RemoveAll(a => unneeded.Contains(a.Parked)));
        }

        foreach (var parked in unneeded)
        {
            await parked.DisposeAsync().ConfigureAwait(false);
        }
    }
}
