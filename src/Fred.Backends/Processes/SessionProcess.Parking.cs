using Fred.Core;

namespace Fred.Backends;

/// <content>
/// Parking copies. A running process is asked through the control page and answers by forking, so the answer is the copy's own hello; when it stops first,
/// nobody answers, and the wish is withdrawn by whoever sees the stop.
/// </content>
internal abstract partial class SessionProcess
{
    private readonly SemaphoreSlim _oneWish = new(1);
    private long _wish;

    /// <summary>Parks a copy of the process, here when it is stopped, at its next event when it runs.</summary>
    /// <param name="ct">Cancels.</param>
    /// <returns>The copy; null when the running process stopped first or could not fork: it goes on.</returns>
    public Task<Arrival?> ParkAsync(CancellationToken ct) => ParkAsync(null, ct);

    /// <summary>The same, and when the process runs it writes an image at the same event.</summary>
    /// <param name="withImage">Called with the token of the wish before it is made; null for no image.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The copy; null when the running process stopped first or could not fork: it goes on.</returns>
    public async Task<Arrival?> ParkAsync(Action<long>? withImage, CancellationToken ct)
    {
        try
        {
            return _running ? await ParkRunningAsync(withImage, ct).ConfigureAwait(false) : await Host.ForkAsync(Connection, AgentCommand.ForkCheckpoint, ct).ConfigureAwait(false);
        }
        catch (FredException e) when (e.Id == ErrorId.ForkFailed)
        {
            return null;
        }
    }

    /// <summary>Asks the stopped head for an image; <see cref="ImageWriter"/> has the answer.</summary>
    /// <param name="token">Of the wish.</param>
    /// <param name="path">The file.</param>
    /// <param name="at">Where it stands: when it has gone on from there meanwhile, it writes none.</param>
    /// <returns>Done when it is asked.</returns>
    public Task AskForImageAsync(long token, string path, Ticks at) => SendAsync(AgentCommand.Image(token, path, CountOf(at)));

    private async Task<Arrival?> ParkRunningAsync(Action<long>? withImage, CancellationToken ct)
    {
        await _oneWish.WaitAsync(ct).ConfigureAwait(false);
        var (token, arrival) = Host.Arrivals.Expect();
        try
        {
            await using var cancelled = ct.Register(() => Host.Arrivals.Withdraw(token)).ConfigureAwait(false);
            Interlocked.Exchange(ref _wish, token);
            withImage?.Invoke(token);
            Host.Page.RequestCheckpoint(Slot, token, withImage is not null);
            if (!_running)
            {
                Host.Arrivals.Withdraw(token);
            }
            else if (NeedsSignal)
            {
                Host.Interrupt(Pid);
            }

            return await arrival.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            ct.ThrowIfCancellationRequested();
            return null;
        }
        finally
        {
            Interlocked.Exchange(ref _wish, 0);
            Host.Page.ClearCheckpoint(Slot);
            Host.Arrivals.Withdraw(token);
            _oneWish.Release();
        }
    }

    // Called by the reader for each stop before whoever waits for it goes on, and once more when a run ends otherwise.
    private void StopRunning()
    {
        _running = false;
        if (Interlocked.Exchange(ref _wish, 0) is var token and not 0)
        {
            Host.Page.ClearCheckpoint(Slot);
            Host.Arrivals.Withdraw(token);
        }
    }
}
