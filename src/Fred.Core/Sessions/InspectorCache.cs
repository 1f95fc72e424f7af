namespace Fred.Core;

/// <summary>One inspector for each stop: opened ahead when the stop is shown, used by everything that reads there, gone when the user moves.</summary>
/// <remarks>
/// An inspector's first answer costs 9-15 ms, later ones 0.04 ms, so there is one, and it is opened before anybody asks. Its values are compared with those of
/// the first visit of the tick before anything is read from it: a stop may be shown before that, a value never.
/// Concurrency: front ends may read in parallel; a semaphore lets one call through at a time. <see cref="CloseAsync"/> cancels the calls under way.
/// </remarks>
internal sealed class InspectorCache(Retirement retired, Func<IInspector, CancellationToken, Task> verify) : IDisposable
{
    private readonly SemaphoreSlim _oneCall = new(1, 1);
    private CancellationTokenSource _closing = new();
    private IReplaySession? _session;
    private IInspector? _inspector;

    /// <summary>Makes a session the one to look at, and opens its inspector ahead.</summary>
    /// <param name="session">Where the user stands.</param>
    public void Look(IReplaySession session)
    {
        _session = session;
        retired.Add(OpenAheadAsync());
    }

    /// <summary>Reads something.</summary>
    /// <typeparam name="T">What is read.</typeparam>
    /// <param name="read">The reading.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>What was read.</returns>
    public async Task<T> UseAsync<T>(Func<IInspector, CancellationToken, Task<T>> read, CancellationToken ct)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, _closing.Token);
        await _oneCall.WaitAsync(either.Token).ConfigureAwait(false);
        var sound = false;
        try
        {
            var inspector = await OpenAsync(either.Token).ConfigureAwait(false);
            var result = await read(inspector, either.Token).ConfigureAwait(false);
            sound = true;
            return result;
        }
        finally
        {
            if (!sound)
            {
                // A reading that was cut off or whose process died leaves nothing usable; the next one opens another.
                Forget();
            }

            _oneCall.Release();
        }
    }

    /// <summary>Closes the inspector; the session may be moved afterwards.</summary>
    /// <returns>Done when no call is under way.</returns>
    public async Task CloseAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await _oneCall.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            Forget();
            _session = null;
            _closing = new CancellationTokenSource();
        }
        finally
        {
            _oneCall.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _closing.Dispose();
        _oneCall.Dispose();
    }

    private async Task OpenAheadAsync()
    {
        try
        {
            await UseAsync((_, _) => Task.FromResult(true), CancellationToken.None).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The user has moved on.
        }
    }

    private async Task<IInspector> OpenAsync(CancellationToken ct)
    {
        if (_inspector is { } open)
        {
            return open;
        }

        var session = _session ?? throw new FredException(ErrorId.NotNow, "There is no stop to look at; wait until the program stops.");
        _inspector = await session.InspectAsync(ct).ConfigureAwait(false);
        await verify(_inspector, ct).ConfigureAwait(false);
        return _inspector;
    }

    private void Forget()
    {
        if (_inspector is { } inspector)
        {
            retired.Add(inspector);
            _inspector = null;
        }
    }
}
