namespace Fred.Core;

/// <content>Copies left in an interval that is being replayed.</content>
internal sealed partial class Timeline
{
    /// <summary>Into how many pieces copies cut an interval.</summary>
    private const int Pieces = 8;

    /// <summary>Does something that replays an interval. Where there is a processor for it, a clean replica leaves copies there meanwhile: from one of them begins the way to what is found.</summary>
    /// <typeparam name="T">What it finds.</typeparam>
    /// <param name="from">The interval starts at the newest usable checkpoint at or before this tick.</param>
    /// <param name="limit">Its end.</param>
    /// <param name="replay">What is done; the copies end with it.</param>
    /// <param name="ct">Cancels the copies; the replay has its own.</param>
    /// <returns>What was found.</returns>
    public async Task<T> WithCopiesLeftAsync<T>(Ticks from, Ticks limit, Func<Task<T>> replay, CancellationToken ct)
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var parking = Replicas > 1 ? ParkOnTheWayAsync(from, limit, done.Token) : Task.CompletedTask;
        try
        {
            return await replay().ConfigureAwait(false);
        }
        finally
        {
            // Its end is not waited for: that takes longer than the next replica's start.
            await done.CancelAsync().ConfigureAwait(false);
            _retired.Add(parking);
        }
    }

    /// <summary>Parks copies on the way through an interval; those made before the end or the cancellation stay.</summary>
    private async Task ParkOnTheWayAsync(Ticks from, Ticks limit, CancellationToken ct)
    {
        if (!_engine.Traits.CanSave)
        {
            return;
        }

        try
        {
            var scale = await ScaleAsync(from, limit, ct).ConfigureAwait(false);
            await FromCheckpointAsync(
                from,
                async (session, token) =>
                {
                    for (var i = 1; i < Pieces; i++)
                    {
                        var via = scale.Shift(from, scale.Between(from, limit) * i / Pieces);
                        _proof.Arrived(Branch, await session.RunAsync(new RunRequest(via), token).ConfigureAwait(false), via);
                        await ParkMicroAsync(session, token).ConfigureAwait(false);
                    }

                    return true;
                },
                keep: false,
                ct).ConfigureAwait(false);
        }
        catch (Exception error) when (error is FredException or OperationCanceledException)
        {
            // Nothing depends on the copies; what is wrong with the recording is told by the replay that matters.
        }
    }
}
