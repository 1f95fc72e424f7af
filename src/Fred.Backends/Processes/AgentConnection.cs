using Fred.Core;

namespace Fred.Backends;

/// <summary>What a request was answered with.</summary>
/// <param name="Last">The message that ended it.</param>
/// <param name="Matches">The matches that came before; empty but for scans.</param>
internal readonly record struct AgentReply(AgentMessage Last, IReadOnlyList<AgentMessage.Match> Matches);

/// <summary>Control lines to and from one process.</summary>
/// <remarks>
/// At most one request waits for an answer; messages that belong to no request go to the handler. There is one way down: <see cref="Abort"/>. The first
/// reason wins, and the waiting request, every later one, and <see cref="Closed"/> end with it.
/// Task: one that reads lines until the peer is gone; it runs the handler, which must not block.
/// </remarks>
internal sealed class AgentConnection : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly LineConnection _lines;
    private readonly Action<AgentMessage> _unasked;
    private readonly Func<Task<FredException>> _explain;
    private readonly Func<string, AgentMessage> _parse;
    private readonly TaskCompletionSource<FredException> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _reading;
    private Request? _request;
    private FredException? _abortReason;

    /// <summary>Starts reading.</summary>
    /// <param name="lines">Owned from now on.</param>
    /// <param name="unasked">Gets what answers no request.</param>
    /// <param name="explain">Finds out why the peer is gone.</param>
    /// <param name="greeting">Whether a message comes by itself and ends the first request: see <see cref="GreetingAsync"/>.</param>
    /// <param name="parse">Reads a line; null for the messages of section 2.</param>
    public AgentConnection(LineConnection lines, Action<AgentMessage> unasked, Func<Task<FredException>> explain, bool greeting, Func<string, AgentMessage>? parse = null)
    {
        _parse = parse ?? (static line => AgentMessage.Parse(line));
        _lines = lines;
        _unasked = unasked;
        _explain = explain;
        _request = greeting ? new Request() : null;
        GreetingTask = _request?.Task;
        _reading = ReadAsync();
    }

    /// <summary>Gets the reason when the connection is down.</summary>
    public Task<FredException> Closed => _closed.Task;

    private Task<AgentReply>? GreetingTask { get; }

    /// <summary>Waits for the message the process sends by itself first.</summary>
    public async Task<AgentMessage> GreetingAsync() =>
        GreetingTask is { } task ? (await task.ConfigureAwait(false)).Last : throw new InvalidOperationException("No greeting was expected.");

    /// <summary>Sends a request and waits for its answer.</summary>
    /// <param name="lines">Commands that are not answered, then the request, each with its line feed: one write.</param>
    /// <param name="seen">Gets what an observation sees, on the reader's task: while it waits, nothing is read.</param>
    /// <returns>The answer.</returns>
    /// <exception cref="FredException">The process is gone, or answered with an error.</exception>
    public async Task<AgentReply> AskAsync(string lines, Func<AgentMessage.Seen, ValueTask>? seen = null)
    {
        Check(lines);
        var request = new Request { Seen = seen };
        lock (_gate)
        {
            if (_abortReason is { } reason)
            {
                throw Again(reason);
            }

            if (_request is not null)
            {
                throw new InvalidOperationException("A request is under way; sessions take one call at a time.");
            }

            _request = request;
        }

        await _lines.WriteAsync(lines, CancellationToken.None).ConfigureAwait(false);
        return await request.Task.ConfigureAwait(false);
    }

    /// <summary>Sends lines that have no answer, or whose answer is unasked. A peer that is gone is noticed by the reader.</summary>
    public async Task SendAsync(string lines)
    {
        Check(lines);
        await _lines.WriteAsync(lines, CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Takes the connection down.</summary>
    /// <param name="reason">Counts when it is the first.</param>
    public void Abort(FredException reason)
    {
        Request? request;
        lock (_gate)
        {
            if (_abortReason is not null)
            {
                return;
            }

            _abortReason = reason;
            request = _request;
            _request = null;
        }

        _lines.Dispose();
        request?.TrySetException(Again(reason));
        _closed.TrySetResult(reason);
    }

    /// <summary>Closes the connection and waits until its reader has ended.</summary>
    public async ValueTask DisposeAsync()
    {
        Abort(new FredException(ErrorId.NotNow, "The process was closed by fred."));
        await _reading.ConfigureAwait(false);
    }

    // An exception object thrown twice would lose the first stack trace.
    private static FredException Again(FredException reason) => new(reason.Id, reason.Message, reason);

    private static void Check(string lines)
    {
        foreach (var line in lines.AsSpan().EnumerateLines())
        {
            if (line.Length > AgentMessage.LongestLine)
            {
                throw new FredException(ErrorId.Usage, $"A command or expression is longer than {AgentMessage.LongestLine} bytes. Put it into a function of the program, or shorten it.");
            }
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            while (await _lines.ReadLineAsync(AgentMessage.LongestLine, CancellationToken.None).ConfigureAwait(false) is { } line)
            {
                var message = _parse(line);
                if (message is AgentMessage.Seen seen)
                {
                    await SeeAsync(seen).ConfigureAwait(false);
                }
                else
                {
                    Receive(message);
                }
            }
        }
        catch (FredException broken)
        {
            Abort(broken);
        }

        bool down;
        lock (_gate)
        {
            down = _abortReason is not null;
        }

        if (!down)
        {
            Abort(await _explain().ConfigureAwait(false));
        }
    }

    private ValueTask SeeAsync(AgentMessage.Seen seen)
    {
        Func<AgentMessage.Seen, ValueTask>? take;
        lock (_gate)
        {
            take = _request?.Seen;
        }

        return take is null ? ValueTask.CompletedTask : take(seen);
    }

    private void Receive(AgentMessage message)
    {
        switch (message)
        {
            case AgentMessage.Match match:
                lock (_gate)
                {
                    _request?.Matches.Add(match);
                }

                break;
            case AgentMessage.Stopped or AgentMessage.Scanned or AgentMessage.Watching or AgentMessage.Looking or AgentMessage.Executed or AgentMessage.Promoted
                or AgentMessage.Halted or AgentMessage.Registers or AgentMessage.MemoryBytes or AgentMessage.Done or AgentMessage.ThreadTable:
                Complete(message);
                break;
            case AgentMessage.Error error when Take() is { } request:
                request.TrySetException(new FredException(ErrorId.BadExpression, error.Text));
                break;
            case AgentMessage.Diverged diverged:
                Abort(new FredException(
                    ErrorId.ReplayDiverged,
                    $"The replay left the recording at tick {diverged.Tick} (log position {diverged.Cursor}): {diverged.Text.TrimEnd('.')}. What it would show from there on is not what happened, so it is not shown; positions before it are sound."));
                break;
            default:
                _unasked(message);
                break;
        }
    }

    private void Complete(AgentMessage message)
    {
        // The handler first: whoever waits for a stop sees what the stop ends.
        _unasked(message);
        if (Take() is { } request)
        {
            request.TrySetResult(new AgentReply(message, request.Matches));
        }
    }

    private Request? Take()
    {
        lock (_gate)
        {
            var request = _request;
            _request = null;
            return request;
        }
    }

    private sealed class Request() : TaskCompletionSource<AgentReply>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public List<AgentMessage.Match> Matches { get; } = [];

        public Func<AgentMessage.Seen, ValueTask>? Seen { get; init; }
    }
}
