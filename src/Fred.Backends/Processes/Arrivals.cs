using Fred.Core;

namespace Fred.Backends;

/// <summary>A process that has connected and said who it is.</summary>
/// <param name="Hello">Its first line.</param>
/// <param name="Lines">The connection; whoever gets the arrival owns it.</param>
internal sealed record Arrival(AgentMessage.Hello Hello, LineConnection Lines);

/// <summary>Brings together the wish for a new process and the process that connects because of it.</summary>
/// <remarks>
/// The parent's answer, the child's hello and the launcher's report of its death come over three sockets, so in any order; the first that decides wins, and
/// what comes too late is closed. A fork is known by the token in its hello. A started program knows no token, nor does a checkpoint
/// that a program took by itself: the parent's answer ties it to its pid.
/// </remarks>
internal sealed class Arrivals
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, Wish> _wishes = [];
    private readonly Dictionary<int, Arrival> _early = [];
    private FredException? _closed;
    private long _lastToken;

    /// <summary>Expects a process.</summary>
    /// <returns>The token to ask with, and the process when it has come; the caller owns it and must withdraw the wish when it stops waiting.</returns>
    public (long Token, Task<Arrival> Arrival) Expect()
    {
        lock (_gate)
        {
            var wish = new Wish();
            if (_closed is { } reason)
            {
                wish.TrySetException(reason);
            }

            _wishes.Add(++_lastToken, wish);
            return (_lastToken, wish.Task);
        }
    }

    /// <summary>Makes a token that no process will come with.</summary>
    /// <returns>The token.</returns>
    public long NewToken()
    {
        lock (_gate)
        {
            return ++_lastToken;
        }
    }

    /// <summary>Nobody waits any more: the process, should it still come, is closed.</summary>
    public void Withdraw(long token)
    {
        Wish? wish;
        lock (_gate)
        {
            _wishes.Remove(token, out wish);
        }

        // Cancelled first, so that an arrival that wins the race was handed to its owner for good.
        wish?.TrySetCanceled(CancellationToken.None);
    }

    /// <summary>The parent (or the launcher) has made the process.</summary>
    public void Made(long token, int pid)
    {
        Arrival? early = null;
        lock (_gate)
        {
            if (_wishes.TryGetValue(token, out var wish))
            {
                wish.Pid = pid;
                _early.Remove(pid, out early);
            }
        }

        if (early is not null)
        {
            Settle(token, early);
        }
    }

    /// <summary>The parent could not make the process.</summary>
    public void Failed(long token, int errno) => Take(token)?.TrySetException(new FredException(
        ErrorId.ForkFailed, $"No further process could be made for the session ({Errno.Name(errno)}). Close other programs, or raise the limits on memory and processes."));

    /// <summary>A process has said hello.</summary>
    public void Arrived(Arrival arrival)
    {
        var token = arrival.Hello.Token;
        if (token == 0)
        {
            lock (_gate)
            {
                token = TokenOf(arrival.Hello.Pid);
                if (token == 0)
                {
                    _early[arrival.Hello.Pid] = arrival;
                    return;
                }
            }
        }

        Settle(token, arrival);
    }

    /// <summary>A process has ended; if it was expected it will not come.</summary>
    public void Exited(int pid, WaitStatus status)
    {
        Wish? wish;
        lock (_gate)
        {
            _wishes.Remove(TokenOf(pid), out wish);
        }

        wish?.TrySetException(new FredException(ErrorId.ForkFailed, $"Process {pid} of the session ended before it could be used: {status}."));
    }

    /// <summary>No process can come any more.</summary>
    public void Close(FredException reason)
    {
        Wish[] wishes;
        Arrival[] early;
        lock (_gate)
        {
            _closed ??= reason;
            wishes = [.. _wishes.Values];
            early = [.. _early.Values];
            _wishes.Clear();
            _early.Clear();
        }

        foreach (var wish in wishes)
        {
            wish.TrySetException(reason);
        }

        foreach (var arrival in early)
        {
            arrival.Lines.Dispose();
        }
    }

    private void Settle(long token, Arrival arrival)
    {
        if (Take(token)?.TrySetResult(arrival) != true)
        {
            arrival.Lines.Dispose();
        }
    }

    private Wish? Take(long token)
    {
        lock (_gate)
        {
            _wishes.Remove(token, out var wish);
            return wish;
        }
    }

    private long TokenOf(int pid)
    {
        foreach (var (token, wish) in _wishes)
        {
            if (wish.Pid == pid)
            {
                return token;
            }
        }

        return 0;
    }

    private sealed class Wish() : TaskCompletionSource<Arrival>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        /// <summary>Gets or sets the process's pid; 0 while it is not known.</summary>
        public int Pid { get; set; }
    }
}
