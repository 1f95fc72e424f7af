namespace Fred.Core;

/// <summary>Answers a question for one interval of the history. Several intervals may be under way at once.</summary>
/// <remarks>
/// The replica evaluates as it goes. Its answers are passed on at once while nothing it evaluated can have changed the program. From the first doubt on they are held
/// back, and the state in which the replica came to the end (or stopped, having given as much as can be held) is compared with that of a clean replica. Where
/// they differ, or the replica has left the recording or died, the rest of the interval is answered by <see cref="ForkedAnswers"/>.
/// </remarks>
/// <param name="timeline">The history.</param>
/// <param name="request">The question, for an interval with a given end.</param>
internal sealed class IntervalAnswers(Timeline timeline, Func<Ticks, ObservationRequest> request)
{
    private int _forked;

    /// <summary>Gets in how many intervals answers were evaluated in forks.</summary>
    public int Forked => _forked;

    /// <summary>Answers an interval.</summary>
    /// <param name="start">It begins after this tick.</param>
    /// <param name="limit">Its last tick.</param>
    /// <param name="take">Gets each answer, in time order.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>Done when all were given.</returns>
    public async Task AnswerAsync(Ticks start, Ticks limit, Func<Observation, CancellationToken, ValueTask> take, CancellationToken ct)
    {
        var forked = 0;
        for (var from = start; from < limit;)
        {
            var part = new Part(take, ct);
            var end = await ObserveAsync(from, limit, part, ct).ConfigureAwait(false);
            if (end is null || !await IsSoundAsync(end, limit, ct).ConfigureAwait(false))
            {
                forked = 1;
                var until = end?.At ?? limit;
                await new ForkedAnswers(timeline).AnswerAsync(from, request(until), part.TakeRestAsync, ct).ConfigureAwait(false);
                from = until;
                continue;
            }

            foreach (var held in part.Held)
            {
                await take(held, ct).ConfigureAwait(false);
            }

            from = end.At;
        }

        Interlocked.Add(ref _forked, forked);
    }

    private async Task<ObservationEnd?> ObserveAsync(Ticks from, Ticks limit, Part part, CancellationToken ct)
    {
        try
        {
            return await timeline.ObserveAsync(from, request(limit), part.Begin, part.NoteAsync, ct).ConfigureAwait(false);
        }
        catch (FredException error) when (error.Id is ErrorId.ReplayDiverged or ErrorId.ReplicaLost && !ct.IsCancellationRequested)
        {
            // What was evaluated has led it astray, or ended it: the recording itself is sound.
            return null;
        }
    }

    private async Task<bool> IsSoundAsync(ObservationEnd end, Ticks limit, CancellationToken ct)
    {
        if (end.Doubt is null)
        {
            return true;
        }

        var clean = await timeline.ReachAsync(end.At, leaveMicros: false, ct).ConfigureAwait(false);
        try
        {
            if (end.At < limit)
            {
                // The next part begins here.
                await timeline.ParkMicroAsync(clean, ct).ConfigureAwait(false);
            }

            var (here, there) = (clean.Current.Fingerprint, end.Fingerprint);
            return here.Event == there.Event && here.Depth == there.Depth
                && await timeline.LookAsync(clean, inspector => inspector.GetDigestAsync(ct), ct).ConfigureAwait(false) == end.Doubt;
        }
        finally
        {
            timeline.Retired.Add(clean);
        }
    }

    /// <summary>What one replica has answered: passed on, or held back.</summary>
    private sealed class Part(Func<Observation, CancellationToken, ValueTask> take, CancellationToken ct)
    {
        private int _given;
        private int _seen;
        private int _repeated;

        public List<Observation> Held { get; } = [];

        public void Begin()
        {
            _seen = 0;
            Held.Clear();
        }

        public async ValueTask NoteAsync(Observation observation)
        {
            _seen++;
            if (observation.IsDoubtful)
            {
                Held.Add(observation);
            }
            else if (_seen > _given)
            {
                _given = _seen;
                await take(observation, ct).ConfigureAwait(false);
            }
        }

        /// <summary>Passes on what another way of answering gives for the same interval, without what was passed on already.</summary>
        public async ValueTask TakeRestAsync(Observation observation)
        {
            if (++_repeated > _given)
            {
                await take(observation, ct).ConfigureAwait(false);
            }
        }
    }
}
