namespace Fred.Cli;

/// <summary>A program run by itself to its end, and its whole history: what the verbs without a prompt (bisect, log, ...) work on.</summary>
/// <remarks>The caller disposes it, and the program with it. Session stands at <see cref="End"/> first.</remarks>
internal sealed class Recording : IAsyncDisposable
{
    private Recording(DebugSession session, string backend, TimeProvider time)
    {
        (Session, Backend, Entry) = (session, backend, session.Stop);
        (End, Started) = (session.Stop, time.GetTimestamp());
    }

    /// <summary>Gets the sitting.</summary>
    public DebugSession Session { get; }

    /// <summary>Gets the backend's name: pdb or gdb.</summary>
    public string Backend { get; }

    /// <summary>Gets the stop before the first statement.</summary>
    public StopEvent Entry { get; }

    /// <summary>Gets where and why the run ended: exit, exception, signal, breakpoint (<c>--until</c>), pause (<c>--timeout</c>), or end-of-history when it could not be recorded any further.</summary>
    public StopEvent End { get; private set; }

    /// <summary>Gets why the live program was lost, for example killed; null otherwise. Its history can be visited all the same.</summary>
    public FredException? Lost { get; private set; }

    /// <summary>Gets how long the program ran, without its start.</summary>
    public TimeSpan Elapsed { get; private set; }

    private long Started { get; }

    /// <summary>Starts a program and stops it before its first statement.</summary>
    /// <param name="request">What to run.</param>
    /// <param name="host">The world around.</param>
    /// <param name="ct">Ends the start.</param>
    /// <returns>The program, not yet run.</returns>
    /// <exception cref="FredException">It could not be started.</exception>
    public static async Task<Recording> StartAsync(RecordingRequest request, CliHost host, CancellationToken ct)
    {
        var backend = host.MakePython(request.Program);
        var defaults = new SessionOptions();
        var options = defaults with { Interval = request.Program.Interval, MemoryBudget = request.MaxMemory ?? defaults.MemoryBudget };
        var session = await DebugSession.StartAsync(backend, options, host.Time, ct).ConfigureAwait(false);
        return new Recording(session, backend.Name, host.Time);
    }

    /// <summary>Runs the program to its end, to the request's point or until the request's time is over.</summary>
    /// <param name="request">As given to the start.</param>
    /// <param name="host">The world around.</param>
    /// <param name="ct">Ends the run.</param>
    /// <returns>Where and why it stopped: <see cref="End"/>.</returns>
    /// <exception cref="FredException">The place to stop at was never reached (<see cref="ErrorId.UntilNotReached"/>), or the program is lost with its history.</exception>
    /// <exception cref="OperationCanceledException">Cancelled by <paramref name="ct"/>.</exception>
    public async Task<StopEvent> RunAsync(RecordingRequest request, CliHost host, CancellationToken ct)
    {
        using var limit = request.Timeout is { } allowed ? new CancellationTokenSource(allowed, host.Time) : new CancellationTokenSource();
        using var running = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        var left = request.Until is { } until && until.Location == Entry.Location ? until.Hit - 1 : request.Until?.Hit ?? 0;
        try
        {
            End = request.Until is null || left > 0 ? await ContinueAsync(request.Until, left, running.Token).ConfigureAwait(false) : Entry with { Reason = StopReason.Breakpoint };
        }
        catch (FredException error) when (error.Id == ErrorId.HeadLost && Session.State != SessionState.Closed)
        {
            (Lost, End) = (error, Session.Stop);
        }

        ct.ThrowIfCancellationRequested();
        Elapsed = host.Time.GetElapsedTime(Started);
        return request.Until is { } wanted && End.Reason is StopReason.Exit or StopReason.Exception ? throw NotReached(wanted) : End;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Session.DisposeAsync();

    private async Task<StopEvent> ContinueAsync(UntilPoint? until, int hit, CancellationToken ct)
    {
        if (until is not null)
        {
            await Session.SetBreakpointsAsync([new Breakpoint(1, until.Location) { IgnoreCount = hit - 1 }], CancellationToken.None).ConfigureAwait(false);
        }

        return await Session.ExecuteAsync(new SessionCommand.Continue(), ct).ConfigureAwait(false);
    }

    private FredException NotReached(UntilPoint until)
    {
        var hits = Session.Breakpoints.Sum(b => b.Hits) + (until.Location == Entry.Location ? 1 : 0);
        return new FredException(
            ErrorId.UntilNotReached, $"The program ended before {until} was reached (that line was reached {hits} times). Check the file and the line: only a line where a statement begins is reached.");
    }
}

/// <summary>What to run by itself, and how far.</summary>
/// <param name="Program">The program and how it is recorded.</param>
internal sealed record RecordingRequest(PythonArguments Program)
{
    /// <summary>Gets where to stop; null for the program's end.</summary>
    public UntilPoint? Until { get; init; }

    /// <summary>Gets how long the program may run before it is stopped where it is; null for as long as it likes.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Gets what the parked checkpoints may hold together, in bytes; null for the default.</summary>
    public long? MaxMemory { get; init; }
}
