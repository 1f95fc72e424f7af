namespace Fred.Core;

/// <summary>Remembers what was seen at each tick visited, and refuses a replay that shows something else there.</summary>
/// <remarks>
/// A replica that has silently left the recording would be shown as the past; nothing worse can happen to a reversible debugger. The event itself is checked on
/// every arrival; the visible values, which cost an inspector, are checked before they are first read (see <see cref="InspectorCache"/>).
/// </remarks>
internal sealed class ArrivalProof
{
    /// <summary>How many ticks are remembered: a sitting visits far fewer, a script that steps millions of times must not grow without bound.</summary>
    private const int Capacity = 16_384;

    private readonly Dictionary<(BranchId, Ticks), Seen> _seen = [];
    private readonly Queue<(BranchId, Ticks)> _order = new();
    private readonly HashSet<(BranchId, Ticks)> _changed = [];
    private readonly Lock _lock = new(); // several replicas may arrive at once

    /// <summary>Checks that a session stands where it was sent.</summary>
    /// <param name="branch">On which branch.</param>
    /// <param name="stop">Where it stands.</param>
    /// <param name="expected">Where it should.</param>
    /// <exception cref="FredException"><see cref="ErrorId.ReplayDiverged"/>.</exception>
    public void Arrived(Branch branch, StopEvent stop, Ticks expected)
    {
        if (stop.At != expected)
        {
            throw new FredException(
                ErrorId.ReplayDiverged,
                $"A replay that should have stopped at tick {expected} stopped at tick {stop.At} ({Describe(stop)}). Nothing of it is shown; the position is unchanged. Try another target, and report this as a bug.");
        }

        Check(branch, stop);
    }

    /// <summary>Checks that a restored session stands where its checkpoint was taken.</summary>
    /// <param name="branch">On which branch.</param>
    /// <param name="stop">Where it stands.</param>
    /// <param name="checkpoint">The checkpoint; a default fingerprint says that the engine knows none.</param>
    /// <exception cref="FredException"><see cref="ErrorId.ReplayDiverged"/>.</exception>
    public void Restored(Branch branch, StopEvent stop, Checkpoint checkpoint)
    {
        if (checkpoint.Fingerprint != default && checkpoint.Fingerprint != stop.Fingerprint && !IsChanged(branch, stop.At))
        {
            throw new FredException(
                ErrorId.ReplayDiverged, $"A replica of the checkpoint at tick {checkpoint.At} is not in the state that was saved ({Describe(stop)}). Nothing of it is shown; the position is unchanged.");
        }

        Arrived(branch, stop, checkpoint.At);
    }

    /// <summary>Takes a stop of the live program, which is the truth, as the first visit of its tick.</summary>
    /// <param name="branch">On which branch.</param>
    /// <param name="stop">The stop.</param>
    public void Observe(Branch branch, StopEvent stop)
    {
        using var entered = _lock.EnterScope();
        var key = Key(branch, stop.At);
        if (stop.Reason == StopReason.Pause || stop.Fingerprint == default)
        {
            // The live program can stand in the middle of a statement (a read that waits): a replay stands before it.
            _changed.Add(key);
            return;
        }

        if (!_seen.TryGetValue(key, out var seen) || seen.Stop.Fingerprint != stop.Fingerprint)
        {
            Remember(key, new Seen(stop));
        }
    }

    /// <summary>Compares a stop with the first visit of its tick, or remembers it.</summary>
    /// <param name="branch">On which branch.</param>
    /// <param name="stop">The stop.</param>
    /// <exception cref="FredException"><see cref="ErrorId.ReplayDiverged"/>.</exception>
    public void Check(Branch branch, StopEvent stop)
    {
        using var entered = _lock.EnterScope();
        var key = Key(branch, stop.At);
        if (!_seen.TryGetValue(key, out var seen))
        {
            Remember(key, new Seen(stop));
            return;
        }

        // What was run at a tick by the user is logged there, so only the log's position may differ at that tick.
        var (was, now) = (seen.Stop.Fingerprint, stop.Fingerprint);
        if (was != now && !(_changed.Contains(key) && was.Event == now.Event && was.Depth == now.Depth))
        {
            throw new FredException(
                ErrorId.ReplayDiverged,
                $"A replay arrived at tick {stop.At} but found {Describe(stop)} where the first visit saw {Describe(seen.Stop)} (events {now.Event} and {was.Event}, log positions {now.LogPosition} and {was.LogPosition}). Nothing of it is shown; the position is unchanged.");
        }
    }

    /// <summary>Compares the visible values with those of the first visit, or remembers them.</summary>
    /// <param name="branch">On which branch.</param>
    /// <param name="stop">The stop.</param>
    /// <param name="values">The fingerprint of the values.</param>
    /// <exception cref="FredException"><see cref="ErrorId.ReplayDiverged"/>.</exception>
    public void CheckValues(Branch branch, StopEvent stop, string values)
    {
        using var entered = _lock.EnterScope();
        if (stop.Fingerprint == default)
        {
            // The live program in the middle of a statement: no replay stands there, so its values bind none.
            return;
        }

        var key = Key(branch, stop.At);
        if (!_seen.TryGetValue(key, out var seen))
        {
            seen = new Seen(stop);
            Remember(key, seen);
        }

        if (seen.Values is null)
        {
            seen.Values = values;
        }
        else if (seen.Values != values && !_changed.Contains(key))
        {
            throw new FredException(
                ErrorId.ReplayDiverged,
                $"The values at tick {stop.At} ({Describe(stop)}) are not those of the first visit, so they are not shown. Going to another tick and back makes a fresh replay.");
        }
    }

    /// <summary>Notes that the user changes the program at a tick: what was seen there before does not bind any more.</summary>
    /// <param name="branch">On which branch.</param>
    /// <param name="at">The tick.</param>
    public void Changed(Branch branch, Ticks at)
    {
        using var entered = _lock.EnterScope();
        var key = Key(branch, at);
        _changed.Add(key);
        if (_seen.TryGetValue(key, out var seen))
        {
            seen.Values = null;
        }
    }

    private bool IsChanged(Branch branch, Ticks at)
    {
        using var entered = _lock.EnterScope();
        return _changed.Contains(Key(branch, at));
    }

    private static (BranchId Branch, Ticks At) Key(Branch branch, Ticks at) => (branch.OwnerOf(at).Id, at);

    private static string Describe(StopEvent stop) => stop.Location is { } place ? $"{place.File}:{place.Line}" : stop.Reason.ToString();

    private void Remember((BranchId Branch, Ticks At) key, Seen seen)
    {
        if (!_seen.ContainsKey(key))
        {
            _order.Enqueue(key);
        }

        _seen[key] = seen;
        if (_order.Count > Capacity)
        {
            _seen.Remove(_order.Dequeue());
        }
    }

    private sealed class Seen(StopEvent stop)
    {
        public StopEvent Stop { get; } = stop;

        public string? Values { get; set; }
    }
}
