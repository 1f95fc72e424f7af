namespace Fred.Core;

/// <summary>Takes checkpoints of the running head, as often as the policy allows, and thins them.</summary>
/// <remarks>
/// Concurrency: one task per run of the head, from <see cref="RunAsync"/>'s call until its token is cancelled; it waits for a timer and for the engine, and
/// ends before the head is told anything else. Run time counts only while the head runs; so does what the checkpoints cost.
/// </remarks>
internal sealed class CheckpointPacer(ICheckpointEngine engine, CheckpointTable table, LogSpacedPolicy policy, TimeProvider time, Action<ParkedCheckpoint> drop)
{
    private TimeSpan _running;
    private TimeSpan _sinceLast;
    private TimeSpan _spent;

    /// <summary>Gets or sets what to do when the checkpoints have changed.</summary>
    public Action Changed { get; set; } = () => { };

    /// <summary>Paces one run of the head.</summary>
    /// <param name="branch">Whose head.</param>
    /// <param name="head">The running head.</param>
    /// <param name="ct">Cancelled when the run is over.</param>
    /// <returns>Done after the cancellation.</returns>
    public async Task RunAsync(Branch branch, ILiveHead head, CancellationToken ct)
    {
        if (!engine.Traits.CanSave)
        {
            return;
        }

        using var timer = new PeriodicTimer(policy.PeriodAfter(_running), time);
        var started = time.GetTimestamp();
        var (begun, ran, counted) = (started, _running, _sinceLast);
        var last = head.Measure(); // what came before is no checkpoint's cost
        try
        {
            while (await timer.WaitForNextTickAsync(ct).ConfigureAwait(false))
            {
                (_running, _sinceLast) = (ran + time.GetElapsedTime(begun), counted + time.GetElapsedTime(started));
                var usage = head.Measure();
                (_spent, last) = (_spent + usage.CopyTimeSince(last), usage);
                if (policy.IsDue(_running, _sinceLast, _spent) && await TakeAsync(branch, head, usage, ct).ConfigureAwait(false))
                {
                    _spent += usage.ForkTime;
                    (_sinceLast, counted, started) = (TimeSpan.Zero, TimeSpan.Zero, time.GetTimestamp());
                }

                timer.Period = policy.PeriodAfter(_running);
            }
        }
        catch (OperationCanceledException)
        {
            (_running, _sinceLast) = (ran + time.GetElapsedTime(begun), counted + time.GetElapsedTime(started));
        }
    }

    private async Task<bool> TakeAsync(Branch branch, ILiveHead head, HeadUsage usage, CancellationToken ct)
    {
        Checkpoint? saved;
        try
        {
            saved = await engine.SaveInPassingAsync(head, ct).ConfigureAwait(false);
        }
        catch (FredException)
        {
            // The head's own run reports what has become of it; a checkpoint less is no error.
            return false;
        }

        if (saved is null)
        {
            return false;
        }

        table.Add(saved, branch.Id, CheckpointRole.Automatic);
        foreach (var victim in policy.Thin(table.VisibleTo(branch), saved.At, usage.CheckpointBytes))
        {
            drop(victim);
        }

        Changed();
        return true;
    }
}
