namespace Fred.Cli;

/// <summary>A program run by itself to its end, and its whole history: what the verbs without a prompt (bisect, log, ...) work on.</summary>
/// <remarks>The caller disposes it, and the program with it. Session stands at <see cref="End"/> first.</remarks>
internal sealed class Recording : IAsyncDisposable
{
    private readonly TimeProvider _time;

    private Recording(DebugSession session, string backend, TimeProvider time)
    {
        (Session, Backend, Entry) = (session, backend, session.Stop);
        (End, LastWithFrames, _time) = (session.Stop, session.Stop.At, time);
    }

    /// <summary>Gets the sitting.</summary>
    public DebugSession Session { get; }

    /// <summary>Gets the backend's name: pdb or gdb.</summary>
    public string Backend { get; }

    /// <summary>Gets the stop before the first statement.</summary>
    public StopEvent Entry { get; }

    /// <summary>Gets where and why the run ended: exit, exception, signal, breakpoint (<c>--until</c>), pause (<c>--timeout</c>), or end-of-history when it could not be recorded any further.</summary>
    public StopEvent End { get; private set; }

    /// <summary>Gets the last tick at which there are frames of the user's. After its end a program has none; just before, its variables are still there.</summary>
    public Ticks LastWithFrames { get; private set; }

    /// <summary>Gets why the live program was lost, for example killed; null otherwise. Its history can be visited all the same.</summary>
    public FredException? Lost { get; private set; }

    /// <summary>Gets how long the program ran, without its start.</summary>
    public TimeSpan Elapsed { get; private set; }

    /// <summary>Starts a program and stops it before its first statement.</summary>
    /// <param name="request">What to run.</param>
    /// <param name="host">The world around.</param>
    /// <param name="ct">Ends the start.</param>
    /// <returns>The program, not yet run.</returns>
    /// <exception cref="FredException">It could not be started.</exception>
    public static async Task<Recording> StartAsync(RecordingRequest request, CliHost host, CancellationToken ct)
    {
        var backend = host.MakeBackend(request.Program);
        var defaults = new SessionOptions { Replicas = Environment.ProcessorCount };
        var options = defaults with { Interval = request.Program.Interval, Use = request.Use, MemoryBudget = request.MaxMemory ?? defaults.MemoryBudget };
        var session = await DebugSession.StartAsync(backend, options, host.Time, ct).ConfigureAwait(false);
        return new Recording(session, backend.Name, host.Time);
    }

    /// <summary>Checks before a run that what will be asked afterwards makes sense.</summary>
    /// <param name="expressions">In the program's language.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Done when all parse.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.BadExpression"/>: one does not.</exception>
    public async Task CheckAsync(IReadOnlyList<string> expressions, CancellationToken ct)
    {
        foreach (var expression in expressions)
        {
            // Any scope will do: what does not parse is told apart from what has no value here.
            var value = await Session.EvaluateAsync(expression, new EvaluationScope.InFunction("<module>"), ct).ConfigureAwait(false);
            if (value.IsInvalid)
            {
                throw new FredException(ErrorId.BadExpression, $"'{expression}' is no expression: {value.Value.TrimEnd('.')}. The program was not run.");
            }
        }
    }

    /// <summary>Goes to <see cref="LastWithFrames"/>.</summary>
    /// <param name="ct">Cancels.</param>
    /// <returns>Done there.</returns>
    public async Task StandWithFramesAsync(CancellationToken ct)
    {
        if (LastWithFrames != End.At)
        {
            await Session.ExecuteAsync(new SessionCommand.Goto(LastWithFrames), ct).ConfigureAwait(false);
        }
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
        var started = _time.GetTimestamp();
        try
        {
            End = await GoOnAsync(request.Until, running.Token).ConfigureAwait(false);
        }
        catch (FredException error) when (error.Id == ErrorId.HeadLost && Session.State != SessionState.Closed)
        {
            (Lost, End) = (error, Session.Stop);
        }

        ct.ThrowIfCancellationRequested();
        Elapsed = _time.GetElapsedTime(started);
        End = await PlacedAsync(End, ct).ConfigureAwait(false);
        LastWithFrames = await LastWithFramesAsync(ct).ConfigureAwait(false);
        if (End.Reason == StopReason.EndOfHistory && Lost is null)
        {
            throw new FredException(ErrorId.RecordingEnded, $"At {Place(End)} {End.Detail?.TrimEnd('.') ?? "the recording ended"}. --until stops the program before that.");
        }

        return End;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Session.DisposeAsync();

    /// <summary>After an uncaught exception no statement is next, and a signal may come in the depths of a library: the place is then that of the user's innermost frame.</summary>
    private async Task<StopEvent> PlacedAsync(StopEvent stop, CancellationToken ct)
    {
        if (stop.Location is not null || stop.Reason is not (StopReason.Exception or StopReason.Signal or StopReason.Pause))
        {
            return stop;
        }

        var stack = await Session.GetStackAsync(0, 0, ct).ConfigureAwait(false);
        return stack.Frames.FirstOrDefault(f => stop.Reason == StopReason.Exception || f is { IsUserCode: true, Location: not null }) is { } frame ? stop with { Location = frame.Location, Function = frame.Function } : stop;
    }

    /// <summary>One tick before the end; where ticks are instructions the program is then in libc already, and the last statement is what counts.</summary>
    private async Task<Ticks> LastWithFramesAsync(CancellationToken ct)
    {
        if (End.Reason != StopReason.Exit || End.At <= Entry.At)
        {
            return End.At;
        }

        if (Session.Traits.EveryTickIsAStep)
        {
            return End.At.Previous;
        }

        var last = await Session.ExecuteAsync(new SessionCommand.ReverseStep(), ct).ConfigureAwait(false);
        await Session.ExecuteAsync(new SessionCommand.GotoLive(), ct).ConfigureAwait(false);
        return last.At;
    }

    private async Task<StopEvent> GoOnAsync(UntilPoint? until, CancellationToken ct)
    {
        // The first statement is where the program stands already, and one without statements has ended.
        var reached = until?.IsAt(Entry.Location) == true ? 1 : 0;
        if (Entry.Reason != StopReason.Entry || reached == until?.Hit)
        {
            return reached == until?.Hit ? Entry with { Reason = StopReason.Breakpoint } : Entry;
        }

        if (until is null)
        {
            return await ContinueAsync(ct).ConfigureAwait(false);
        }

        await Session.SetBreakpointsAsync([new Breakpoint(1, until.Location) { IgnoreCount = until.Hit - reached - 1 }], CancellationToken.None).ConfigureAwait(false);
        var stop = await ContinueAsync(ct).ConfigureAwait(false);
        var hits = Session.Breakpoints.Sum(b => b.Hits) + reached;
        await Session.SetBreakpointsAsync([], CancellationToken.None).ConfigureAwait(false);
        return stop.Reason is StopReason.Exit or StopReason.Exception or StopReason.Signal
            ? throw new FredException(
                ErrorId.UntilNotReached, $"The program ended before {until} was reached (that line was reached {hits} times). Check the file and the line: only a line where a statement begins is reached.")
            : stop;
    }

    /// <summary>Runs on, over signals that the program handles itself.</summary>
    private async Task<StopEvent> ContinueAsync(CancellationToken ct)
    {
        StopEvent stop;
        do
        {
            stop = await Session.ExecuteAsync(new SessionCommand.Continue(), ct).ConfigureAwait(false);
        }
        while (stop.Reason == StopReason.Signal && stop.Kind != EventKind.End);

        return stop;
    }

    private static string Place(StopEvent stop) => stop.Location is { } at ? $"{at.File}:{at.Line}" : $"tick {stop.At}";
}

/// <summary>What to run by itself, and how far.</summary>
/// <param name="Program">The program and how it is recorded.</param>
internal sealed record RecordingRequest(PythonArguments Program)
{
    /// <summary>Gets where to stop; null for the program's end.</summary>
    public UntilPoint? Until { get; init; }

    /// <summary>Gets what its history is recorded for.</summary>
    public HistoryUse Use { get; init; } = HistoryUse.Search;

    /// <summary>Gets how long the program may run before it is stopped where it is; null for as long as it likes.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Gets what the parked checkpoints may hold together, in bytes; null for the default.</summary>
    public long? MaxMemory { get; init; }
}
