using System.Diagnostics;

namespace Fred.Backends;

/// <content>Checkpoints of the running head: their numbers, and how long they are needed.</content>
internal sealed partial class LocatedTicks
{
    /// <inheritdoc/>
    public async Task<bool> AdmitAsync(ParkedProcess parked, long requested)
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
        if (Append(parked, registers.General, requested, told.Task) is not { } number)
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
    /// <returns>Its number; null when the head has been located since the checkpoint was asked for: then it may be older than that stop.</returns>
    private long? Append(ParkedProcess parked, byte[] registers, long requested, Task ready)
    {
        var number = NumberFor(Stopwatch.GetTimestamp());
        lock (_gate)
        {
            if (!_running || requested <= _settled)
            {
                return null;
            }

            var previous = _segments[^1];
            number = Math.Max(number, previous.Start + Round);
            var segment = new Segment(number) { Beginning = parked, Registers = registers, Ready = ready };
            segment.Anchors.Add((parked, number));
            previous.Next = segment;
            _segments.Add(segment);
            (_from, _since) = (number, requested);
            if (_head is { } head)
            {
                head.Passed = number;
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
