namespace Fred.Dap;

/// <summary>Moves through time, one leg after another, and tells the client how each began and ended.</summary>
/// <remarks>
/// The order at the end of a leg is what clients depend on: the program's output, progressEnd, then (with the gate open again) stopped. A cancelled or failed leg
/// ends with a stop too, at the old position: without one the client would believe for ever that the program runs.
/// </remarks>
internal sealed class Travel : IDisposable
{
    private readonly Sitting _sitting;
    private readonly StopAnnouncer _announcer;
    private readonly DapConnection _connection;
    private readonly Lock _lock = new();
    private Leg? _leg;
    private Task _background = Task.CompletedTask;
    private int _journalBefore;

    /// <summary>Initializes a new instance of the <see cref="Travel"/> class.</summary>
    public Travel(Sitting sitting, DapConnection connection)
    {
        _sitting = sitting;
        _connection = connection;
        _announcer = new StopAnnouncer(sitting, connection);
    }

    /// <summary>Gets a value indicating whether a leg is on its way.</summary>
    public bool IsActive
    {
        get
        {
            lock (_lock)
            {
                return _leg is not null;
            }
        }
    }

    /// <summary>Gets a task that ends when the client has been told of the end of a leg that it did not ask for; ended when there is none.</summary>
    public Task Background
    {
        get
        {
            lock (_lock)
            {
                return _background;
            }
        }
    }

    /// <summary>Gets where in the journal the user's moves began.</summary>
    public UndoMarks UndoMarks { get; } = new();

    /// <summary>Begins a leg: from here on the gate says that the session moves.</summary>
    /// <param name="title">What the user asked for, in words.</param>
    /// <param name="requestId">The request, if it is answered only at the leg's end.</param>
    /// <exception cref="FredException"><see cref="ErrorId.NotNow"/>: another leg is on its way.</exception>
    public Leg Begin(string title, int? requestId = null)
    {
        lock (_lock)
        {
            if (_leg is not null)
            {
                throw new FredException(ErrorId.NotNow, $"'{_leg.Title}' is still on its way. Cancel it or wait for the stop.");
            }
            _leg = new Leg(title, requestId);
            _journalBefore = _sitting.SessionOrNull?.Journal.Count ?? 0;
        }
        _sitting.Handles.Reset();
        _sitting.Progress.Begin(_leg, _sitting.Client.SupportsProgressReporting ?? false);
        return _leg;
    }

    /// <summary>Makes the response that starts a leg: the movement begins right after the client has been answered.</summary>
    /// <param name="title">What the user asked for, in words.</param>
    /// <param name="body">The response's body; null for none.</param>
    /// <param name="move">The movement.</param>
    /// <param name="tellContinued">For Fred's own requests: clients do not know that these make the program run.</param>
    public DapResult Start(string title, object? body, Func<Leg, Task<StopEvent>> move, bool tellContinued = false)
    {
        Leg leg = Begin(title);
        return new DapResult(true, body)
        {
            Then = () =>
            {
                if (tellContinued)
                {
                    SendContinued();
                }
                _ = Task.Run(() => RunAsync(leg, move));
            },
        };
    }

    /// <summary>Makes the response to a request that is none for a movement, but begins one: requests that come meanwhile wait for its end.</summary>
    /// <param name="title">What is done, in words.</param>
    /// <param name="body">The response's body.</param>
    /// <param name="move">The movement; it ends where it began.</param>
    public DapResult StartBackground(string title, object? body, Func<Leg, Task<StopEvent>> move)
    {
        Leg leg = Begin(title);
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _background = told.Task;
        }
        return new DapResult(true, body)
        {
            Then = () =>
            {
                SendContinued();
                _ = Task.Run(async () =>
                {
                    try
                    {
                        await RunAsync(leg, move).ConfigureAwait(false);
                    }
                    finally
                    {
                        told.SetResult();
                    }
                });
            },
        };
    }

    /// <summary>Tells the client that the program runs.</summary>
    public void SendContinued() => _connection.SendEvent("continued", new ContinuedBody(StopAnnouncer.MainThread, true));

    /// <summary>Pauses or cancels the leg on its way; nothing when there is none.</summary>
    public void Cancel()
    {
        lock (_lock)
        {
            _leg?.Cancel();
        }
    }

    /// <summary>Cancels the leg whose progress the client shows under this id.</summary>
    /// <returns>False when there is no such leg any more.</returns>
    public bool CancelProgress(string progressId)
    {
        lock (_lock)
        {
            if (_leg is null || !_sitting.Progress.Shows(progressId))
            {
                return false;
            }
            _leg.Cancel();
            return true;
        }
    }

    /// <summary>Does something while the program is at rest: now, or as soon as the leg on its way lets it.</summary>
    /// <param name="work">What to do.</param>
    public Task AtRestAsync(Func<Task> work)
    {
        lock (_lock)
        {
            if (_leg is { } leg && _sitting.SessionOrNull is { } session)
            {
                return leg.AddErrandAsync(session, work);
            }
        }
        return work();
    }

    /// <summary>The live program has begun to run: errands that wait may interrupt it now.</summary>
    public void NoteRunning()
    {
        lock (_lock)
        {
            if (_sitting.SessionOrNull is { } session)
            {
                _leg?.InterruptIfRunning(session);
            }
        }
    }

    /// <summary>Ends a leg. The caller announces the stop afterwards.</summary>
    public async Task EndAsync(Leg leg)
    {
        await _sitting.FlushOutputAsync().ConfigureAwait(false);
        _sitting.Progress.End(leg);
        await leg.RunErrandsAsync().ConfigureAwait(false);
        UndoMarks.Note(_journalBefore, _sitting.SessionOrNull?.Journal.Count ?? 0);
        lock (_lock)
        {
            _leg = null;
        }
        await leg.RunErrandsAsync().ConfigureAwait(false);
        leg.Ended.TrySetResult();
        leg.Dispose();
    }

    /// <summary>Cancels the leg on its way and waits for its end.</summary>
    public async Task StopAsync()
    {
        Task? ended;
        lock (_lock)
        {
            ended = _leg?.Ended.Task;
            _leg?.Cancel();
        }
        if (ended is not null)
        {
            await ended.ConfigureAwait(false);
        }
    }

    /// <summary>Tells the client where the session stands.</summary>
    /// <param name="stop">Where and why.</param>
    public void Announce(StopEvent stop) => _announcer.Stopped(stop);

    /// <summary>Tells the client that the program is over.</summary>
    public void AnnounceEnd() => _announcer.Ended();

    /// <summary>Tells the client that a leg came to nothing and where the session stands now.</summary>
    public void AnnounceCancelled(Leg leg) => _announcer.Cancelled(leg);

    /// <inheritdoc/>
    public void Dispose() => _leg?.Dispose();

    private async Task RunAsync(Leg leg, Func<Leg, Task<StopEvent>> move)
    {
        Action announce;
        try
        {
            StopEvent stop = await move(leg).ConfigureAwait(false);
            announce = () => Announce(stop);
        }
        catch (Exception error) when (Cancellation.Is(error))
        {
            announce = () => AnnounceCancelled(leg);
        }
#pragma warning disable CA1031 // Nobody awaits a leg: a failure must reach the user here, and the client must get its stop.
        catch (Exception error)
#pragma warning restore CA1031
        {
            announce = () => _announcer.Failed(leg, error);
        }
        await EndAsync(leg).ConfigureAwait(false);
        announce();
    }
}
