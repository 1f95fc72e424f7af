using System.Collections.Concurrent;

namespace Fred.Dap;

/// <summary>One movement through time, from the user's request to the stop that ends it.</summary>
/// <remarks>
/// Breakpoints can change while the live program runs: an errand interrupts it, is carried out at rest, and the run goes on. Nothing of that is seen by the user.
/// On its way through the past a leg is not interrupted (that would throw the way away): errands wait for its end.
/// </remarks>
internal sealed class Leg : IDisposable
{
    private readonly CancellationTokenSource _cancellation = new();
    private readonly ConcurrentQueue<Errand> _errands = new();
    private readonly Lock _lock = new();
    private CancellationTokenSource? _run;

    /// <summary>Initializes a new instance of the <see cref="Leg"/> class.</summary>
    public Leg(string title, int? requestId)
    {
        Title = title;
        RequestId = requestId;
    }

    /// <summary>Gets what the user asked for, in words.</summary>
    public string Title { get; }

    /// <summary>Gets the request that started it, when the client can still cancel that one.</summary>
    public int? RequestId { get; }

    /// <summary>Gets the token that pausing and cancelling cancel.</summary>
    public CancellationToken Token => _cancellation.Token;

    /// <summary>Gets a task that ends with the leg.</summary>
    public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends the movement: back to the old position in the past, where it is in a live run.</summary>
    public void Cancel() => _cancellation.Cancel();

    /// <summary>Runs one command of the session, interrupted by errands where that does no harm.</summary>
    /// <param name="session">The session.</param>
    /// <param name="command">What to do.</param>
    /// <param name="again">What to do after an interruption to end where <paramref name="command"/> would have.</param>
    public async Task<StopEvent> ExecuteAsync(DebugSession session, SessionCommand command, SessionCommand again)
    {
        while (true)
        {
            using var run = CancellationTokenSource.CreateLinkedTokenSource(Token);
            Enter(session, run);
            StopEvent? stop = null;
            try
            {
                stop = await session.ExecuteAsync(command, run.Token).ConfigureAwait(false);
            }
            catch (Exception error) when (Cancellation.Is(error) && !Token.IsCancellationRequested)
            {
                // Interrupted by an errand: where it stands is no stop of the user's.
            }
            finally
            {
                Leave();
            }
            bool interrupted = run.IsCancellationRequested && !Token.IsCancellationRequested;
            await RunErrandsAsync().ConfigureAwait(false);
            if (stop is not null && !(interrupted && stop.Reason == StopReason.Pause))
            {
                return stop;
            }
            command = again;
        }
    }

    /// <summary>Leaves something to be done when the program is at rest.</summary>
    /// <param name="session">The session; interrupted if it runs live.</param>
    /// <param name="work">What to do.</param>
    /// <returns>Done when it has been done.</returns>
    public async Task AddErrandAsync(DebugSession session, Func<Task> work)
    {
        var errand = new Errand(work, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        _errands.Enqueue(errand);
        InterruptIfRunning(session);
#pragma warning disable VSTHRD003 // A completion source of this class; it is only ever completed.
        await errand.Done.Task.ConfigureAwait(false);
#pragma warning restore VSTHRD003
    }

    /// <summary>Interrupts a live run when errands wait.</summary>
    public void InterruptIfRunning(DebugSession session)
    {
        lock (_lock)
        {
            if (!_errands.IsEmpty && session.State == SessionState.Running)
            {
                _run?.Cancel();
            }
        }
    }

    /// <summary>Does what was left to be done. The program must be at rest.</summary>
    public async Task RunErrandsAsync()
    {
        while (_errands.TryDequeue(out Errand? errand))
        {
            await errand.RunAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _cancellation.Dispose();

    private void Enter(DebugSession session, CancellationTokenSource run)
    {
        lock (_lock)
        {
            _run = run;
        }
        InterruptIfRunning(session);
    }

    private void Leave()
    {
        lock (_lock)
        {
            _run = null;
        }
    }

    private sealed record Errand(Func<Task> Work, TaskCompletionSource Done)
    {
        public async Task RunAsync()
        {
            try
            {
                await Work().ConfigureAwait(false);
                Done.SetResult();
            }
#pragma warning disable CA1031 // Whoever left the errand gets its failure.
            catch (Exception error)
#pragma warning restore CA1031
            {
                Done.SetException(error);
            }
        }
    }
}
