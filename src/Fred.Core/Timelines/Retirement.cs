namespace Fred.Core;

/// <summary>Sees processes out: disposing waits until a process is gone, which no user command has to wait for, but the end of the sitting does.</summary>
internal sealed class Retirement
{
    private readonly Lock _lock = new();
    private readonly List<Task> _leaving = [];
    private List<IAsyncDisposable>? _postponed;

    /// <summary>Disposes something without waiting for it.</summary>
    /// <param name="leaving">A session or inspector nobody uses any more.</param>
    public void Add(IAsyncDisposable leaving)
    {
        lock (_lock)
        {
            if (_postponed is { } later)
            {
                later.Add(leaving);
                return;
            }
        }

        Add(SeeOutAsync(leaving.DisposeAsync().AsTask()));
    }

    /// <summary>Lets what is added from now on live a while longer: the end of a process takes about as long as an evaluation, and a processor from it.</summary>
    public void Postpone()
    {
        lock (_lock)
        {
            _postponed ??= [];
        }
    }

    /// <summary>Disposes what was postponed, and whatever is added from now on at once.</summary>
    public void Resume()
    {
        List<IAsyncDisposable> later;
        lock (_lock)
        {
            (later, _postponed) = (_postponed ?? [], null);
        }

        later.ForEach(Add);
    }

    /// <summary>Remembers a task that frees resources.</summary>
    /// <param name="leaving">The task.</param>
    public void Add(Task leaving)
    {
        lock (_lock)
        {
            _leaving.RemoveAll(t => t.IsCompleted);
            _leaving.Add(leaving);
        }
    }

    /// <summary>Waits until everything is gone.</summary>
    /// <returns>Done then.</returns>
    public Task WaitAsync()
    {
        lock (_lock)
        {
            return Task.WhenAll(_leaving.Select(SeeOutAsync));
        }
    }

#pragma warning disable VSTHRD003 // The tasks come from Add, and none of them needs a particular context.
    private static async Task SeeOutAsync(Task leaving)
    {
        try
        {
            await leaving.ConfigureAwait(false);
        }
        catch (FredException)
        {
            // It is gone already, which is what was wanted.
        }
    }
#pragma warning restore VSTHRD003
}
