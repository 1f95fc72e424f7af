namespace Fred.Core;

/// <content>Movement through the past.</content>
internal sealed partial class Timeline
{
    /// <summary>A parked copy costs about this much.</summary>
    private static readonly TimeSpan CopyTime = TimeSpan.FromMilliseconds(3);

    /// <summary>Each parked copy on the way halves the rest of the distance three times: the next steps back start close by.</summary>
    private const long MicroDivisor = 8;

    private const int MaxMicros = 24;

    /// <summary>How often a dying replica is replaced before the command gives up.</summary>
    private const int MaxReplicaDeaths = 3;

    /// <summary>Makes a tick of this branch the place the user looks at.</summary>
    /// <param name="target">0 to the live edge.</param>
    /// <param name="ct">Cancels; the user then stands where he stood.</param>
    /// <returns>The stop there.</returns>
    public async Task<StopEvent> GotoAsync(Ticks target, CancellationToken ct)
    {
        if (target < Ticks.Zero || target > Branch.Edge)
        {
            throw new FredException(ErrorId.TickOutOfRange, $"Tick {target} is not in the history, which goes from 0 to {Branch.Edge} on branch {Branch.Name}.");
        }

        target = (await ScaleAsync(target, target, ct).ConfigureAwait(false)).Floor(target);
        if (target == Branch.Edge && Branch.Head is { } head)
        {
            Show(head);
            return EdgeArrival(StopReason.Step);
        }

        if (target != At || _shownOn != Branch.Id || IsLive)
        {
            Show(await ReachAsync(target, leaveMicros: true, ct).ConfigureAwait(false));
        }

        return target == Branch.Edge && Branch.HasEnded ? Branch.EdgeStop : Session.Current with { Reason = StopReason.Step, Breakpoints = [] };
    }

    /// <summary>Gets which numbers are ticks of this branch.</summary>
    /// <param name="from">Any number.</param>
    /// <param name="to">Any number that is not before it.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The scale; it is right between the two.</returns>
    public ValueTask<TickScale> ScaleAsync(Ticks from, Ticks to, CancellationToken ct) => _backend.ScaleAsync(Branch.Id, from, to, ct);

    /// <summary>Makes a clean replica that stands at a tick. It belongs to the caller.</summary>
    /// <param name="target">The tick.</param>
    /// <param name="leaveMicros">Whether to park copies on the way, so that ticks a little before are cheap to reach.</param>
    /// <param name="ct">Cancels; the replica is then gone.</param>
    /// <returns>The replica, its arrival proved.</returns>
    public Task<IReplaySession> ReachAsync(Ticks target, bool leaveMicros, CancellationToken ct) =>
        FromCheckpointAsync(
            target,
            async (session, token) =>
            {
                await ReplayToAsync(session, target, leaveMicros, token).ConfigureAwait(false);
                return session;
            },
            keep: true,
            ct);

    /// <summary>Does something with a replica that stands at a given tick. Several of these may be under way at once.</summary>
    /// <typeparam name="T">What it finds.</typeparam>
    /// <param name="start">Where the replica stands.</param>
    /// <param name="limit">How far it will run.</param>
    /// <param name="use">What is done; once more with another replica when one has died.</param>
    /// <param name="ct">Stops it.</param>
    /// <returns>What was found.</returns>
    public Task<T> BesideAsync<T>(Ticks start, Ticks limit, Func<IReplaySession, CancellationToken, Task<T>> use, CancellationToken ct) =>
        FromCheckpointAsync(
            start,
            async (session, token) =>
            {
                using var joined = _meter.Join(session, start, limit);
                await BeginAtAsync(session, start, token).ConfigureAwait(false);
                return await use(session, token).ConfigureAwait(false);
            },
            keep: false,
            ct);

    /// <summary>Replays an interval once, noting what is asked for. Unlike all else here, several of these may be under way at once.</summary>
    /// <param name="start">The interval starts after this tick.</param>
    /// <param name="request">What to note, and the interval's end.</param>
    /// <param name="begin">Called when a replica begins: again when one has died and another begins anew.</param>
    /// <param name="note">Gets each note.</param>
    /// <param name="ct">Stops it.</param>
    /// <returns>How it ended.</returns>
    public Task<ObservationEnd> ObserveAsync(Ticks start, ObservationRequest request, Action begin, Func<Observation, ValueTask> note, CancellationToken ct) =>
        FromCheckpointAsync(
            start,
            async (session, token) =>
            {
                using var joined = _meter.Join(session, start, request.Limit);
                await BeginAtAsync(session, start, token).ConfigureAwait(false);
                begin();
                return await session.ObserveAsync(request, note, token).ConfigureAwait(false);
            },
            keep: false,
            ct);

    /// <summary>Continues a replica to a later tick and proves the arrival.</summary>
    /// <param name="session">A clean replica of this branch.</param>
    /// <param name="target">The tick.</param>
    /// <param name="leaveMicros">Whether to park copies on the way.</param>
    /// <param name="ct">Cancels; the replica is then spent.</param>
    /// <returns>Done on arrival.</returns>
    public async Task ReplayToAsync(IReplaySession session, Ticks target, bool leaveMicros, CancellationToken ct)
    {
        var scale = await ScaleAsync(session.Current.At, target, ct).ConfigureAwait(false);
        var gap = scale.Between(session.Current.At, target);
        _meter.Follow(session, session.Current.At, target);
        for (var rest = gap / MicroDivisor; leaveMicros && _engine.Traits.CanSave && rest > _shortReplay; rest /= MicroDivisor)
        {
            var via = scale.Shift(target, -rest);
            _proof.Arrived(Branch, await session.RunAsync(new RunRequest(via), ct).ConfigureAwait(false), via);
            await ParkMicroAsync(session, ct).ConfigureAwait(false);
        }

        if (session.Current.At < target)
        {
            var (rest, started) = (scale.Between(session.Current.At, target), _time.GetTimestamp());
            await session.RunAsync(new RunRequest(target), ct).ConfigureAwait(false);
            LearnSpeed(rest, _time.GetElapsedTime(started));
        }

        _proof.Arrived(Branch, session.Current, target);
        ThinMicros(target);
    }

    /// <summary>Looks at a stopped session through an inspector of its own.</summary>
    /// <typeparam name="T">What is seen.</typeparam>
    /// <param name="session">The session; it is left as it was.</param>
    /// <param name="look">The looking; the inspector is gone afterwards.</param>
    /// <param name="ct">Cancels before the inspector exists.</param>
    /// <returns>What was seen.</returns>
    public async Task<T> LookAsync<T>(IReplaySession session, Func<IInspector, Task<T>> look, CancellationToken ct) =>
        await (await StartLookAsync(session, look, ct).ConfigureAwait(false)).ConfigureAwait(false);

    /// <summary>Begins to look at a stopped session. It may run on meanwhile where inspectors are processes of their own: where expressions are scanned.</summary>
    /// <typeparam name="T">What is seen.</typeparam>
    /// <param name="session">The session; it is left as it was.</param>
    /// <param name="look">The looking; the inspector is gone afterwards.</param>
    /// <param name="ct">Cancels before the inspector exists.</param>
    /// <returns>The looking.</returns>
    public async Task<Task<T>> StartLookAsync<T>(IReplaySession session, Func<IInspector, Task<T>> look, CancellationToken ct)
    {
        var inspector = await session.InspectAsync(ct).ConfigureAwait(false);
        return SeeAsync();

        async Task<T> SeeAsync()
        {
            try
            {
                return await look(inspector).ConfigureAwait(false);
            }
            finally
            {
                _retired.Add(inspector);
            }
        }
    }

    /// <summary>Parks a copy of a replica near the user, unless there is one at that tick.</summary>
    /// <param name="session">The replica.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Done when parked, or when it was not possible.</returns>
    public async Task ParkMicroAsync(IReplaySession session, CancellationToken ct)
    {
        var branch = Branch; // a copy may be ready only when the user is elsewhere
        if (_table.Nearest(branch, session.Current.At)?.At != session.Current.At
            && await _engine.SaveAsync(session, ct).ConfigureAwait(false) is { } saved)
        {
            _table.Add(saved, branch.Id, CheckpointRole.Micro);
        }
    }

    /// <summary>Restores the newest checkpoint at or before a tick and does something with the replica; falls back on older checkpoints and fresh replicas.</summary>
    private async Task<T> FromCheckpointAsync<T>(Ticks from, Func<IReplaySession, CancellationToken, Task<T>> use, bool keep, CancellationToken ct)
    {
        for (var deaths = 0; ;)
        {
            var parked = _table.Nearest(Branch, from) ?? throw new FredException(
                ErrorId.CheckpointLost, $"No checkpoint before tick {from} is left: their processes are gone. The live program still runs; restart it to get its past back.");
            IReplaySession? session = null;
            var kept = false;
            try
            {
                session = await _engine.RestoreAsync(parked.Checkpoint, Branch.Id, ct).ConfigureAwait(false);
                _proof.Restored(Branch, session.Current, parked.Checkpoint);
                var result = await use(session, ct).ConfigureAwait(false);
                kept = keep;
                return result;
            }
            catch (FredException error) when (error.Id == ErrorId.CheckpointLost)
            {
                Drop(parked);
            }
            catch (FredException error) when (error.Id == ErrorId.ReplicaLost && ++deaths < MaxReplicaDeaths)
            {
                // A replica that dies twice from one checkpoint will do so a third time: take an older one.
                if (deaths > 1 && parked.Role != CheckpointRole.Origin)
                {
                    Drop(parked);
                }
            }
            finally
            {
                if (session is not null && !kept)
                {
                    _retired.Add(session);
                }
            }
        }
    }

    private async Task BeginAtAsync(IReplaySession session, Ticks start, CancellationToken ct)
    {
        if (session.Current.At < start)
        {
            _proof.Arrived(Branch, await session.RunAsync(new RunRequest(start), ct).ConfigureAwait(false), start);
        }
    }

    /// <summary>A tick may be an addition or an import: how many of them are a short replay is measured.</summary>
    private void LearnSpeed(long ticks, TimeSpan took) =>
        _shortReplay = took < CopyTime ? Math.Min(Traits.ShortReplay, Math.Max(_shortReplay, ticks)) : Math.Min(Traits.ShortReplay, (long)(ticks * (CopyTime / took)));

    private void ThinMicros(Ticks near)
    {
        var micros = _table.WithRole(CheckpointRole.Micro);
        foreach (var far in micros.OrderByDescending(m => Math.Abs(m.At - near)).Take(micros.Count - MaxMicros))
        {
            Drop(far);
        }
    }
}
