using System.Globalization;

namespace Fred.Dap;

/// <summary>The editor's line and function breakpoints, and what the session made of them.</summary>
/// <remarks>
/// Two owners meet here: the editor replaces the breakpoints of one file at a time, while commands of the backend's own debugger replace the session's whole table
/// by theirs, which knows nothing of the editor's. Ours have numbers from <see cref="FirstId"/>, so that the two can be told apart and both be given to the session.
/// Breakpoints set before the launch, or refused by the session, wait here with the reason.
/// </remarks>
internal sealed class BreakpointTable : IDisposable
{
    private const int FirstId = 10_000;

    private readonly Sitting _sitting;
    private readonly DapConnection _connection;
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly Lock _lock = new();
    private readonly HashSet<int> _shown = [];
    private readonly HashSet<int> _adopted = [];
    private List<UserBreakpoint> _own = [];
    private int _last = FirstId;

    /// <summary>Initializes a new instance of the <see cref="BreakpointTable"/> class.</summary>
    public BreakpointTable(Sitting sitting, DapConnection connection)
    {
        _sitting = sitting;
        _connection = connection;
        Exceptions = new ExceptionFilters(NextId(), NextId());
    }

    /// <summary>Gets the exception filters; call <see cref="ReapplyAsync"/> after changing them.</summary>
    public ExceptionFilters Exceptions { get; }

    /// <summary>Gets the data breakpoints.</summary>
    public DataBreakpoints Data { get; } = new();

    /// <summary>Gives a number that no breakpoint has.</summary>
    public int NextId() => Interlocked.Increment(ref _last);

    /// <summary>Finds a breakpoint of the editor's.</summary>
    /// <returns>Null for one the editor does not know: set by a command, it has no hit condition and no log message.</returns>
    public UserBreakpoint? Find(int id)
    {
        lock (_lock)
        {
            return _own.Find(breakpoint => breakpoint.Id == id);
        }
    }

    /// <summary>Replaces some of the breakpoints.</summary>
    /// <param name="replaces">Which ones go: those of one file, or all functions.</param>
    /// <param name="wanted">What takes their place.</param>
    /// <returns>What became of each, in order.</returns>
    public async Task<IReadOnlyList<UserBreakpoint>> ReplaceAsync(Func<UserBreakpoint, bool> replaces, IReadOnlyList<WantedBreakpoint> wanted)
    {
        await _one.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            List<UserBreakpoint> fresh = Exchange(replaces, wanted);
            await ApplyAtRestAsync().ConfigureAwait(false);
            return fresh;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Gives the session what it needs for the exception filters that are switched on now.</summary>
    public async Task ReapplyAsync()
    {
        await _one.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            await ApplyAtRestAsync().ConfigureAwait(false);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Gives all breakpoints to a session that has just started, and tells the client what became of them.</summary>
    public async Task StartAsync()
    {
        List<UserBreakpoint> own;
        lock (_lock)
        {
            own = [.. _own];
            _shown.Clear();
            _adopted.Clear();
            own.ForEach(breakpoint => breakpoint.Armed = null);
        }
        if (own.Count > 0 || Exceptions.Points.Count > 0)
        {
            await ApplyAsync().ConfigureAwait(false);
            own.ForEach(breakpoint => _connection.SendEvent("breakpoint", new BreakpointEventBody("changed", breakpoint.ToBody())));
        }
    }

    /// <summary>Tries again what could not be set: a function may exist now.</summary>
    public async Task RetryAsync()
    {
        List<UserBreakpoint> waiting;
        lock (_lock)
        {
            waiting = _own.FindAll(breakpoint => breakpoint is { Armed: null, Wanted.Function: not null });
        }
        foreach (UserBreakpoint breakpoint in waiting)
        {
            await SetFunctionAsync(_sitting.Session, breakpoint).ConfigureAwait(false);
            if (breakpoint.Armed is not null)
            {
                await ApplyAsync().ConfigureAwait(false);
                _connection.SendEvent("breakpoint", new BreakpointEventBody("changed", breakpoint.ToBody()));
            }
        }
    }

    /// <summary>A command of the backend's own debugger has replaced the session's breakpoints: gives it ours again and tells the client of the others.</summary>
    public async Task MergeAsync()
    {
        await ApplyAsync().ConfigureAwait(false);
        List<Breakpoint> added;
        lock (_lock)
        {
            added = Foreign(_sitting.Session).FindAll(breakpoint => _shown.Add(breakpoint.Id));
        }
        foreach (Breakpoint breakpoint in added)
        {
            var shown = new UserBreakpoint(breakpoint.Id, new(null, 0, breakpoint.Function, null, null, null)) { Armed = breakpoint };
            _connection.SendEvent("breakpoint", new BreakpointEventBody("new", shown.ToBody()));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private Task ApplyAtRestAsync() =>
        _sitting is { SessionOrNull: not null, Settings.NoDebug: false } ? _sitting.Travel.AtRestAsync(ApplyAsync) : Task.CompletedTask;

    private List<UserBreakpoint> Exchange(Func<UserBreakpoint, bool> replaces, IReadOnlyList<WantedBreakpoint> wanted)
    {
        lock (_lock)
        {
            List<UserBreakpoint> old = _own.FindAll(breakpoint => replaces(breakpoint));
            List<UserBreakpoint> fresh = [.. wanted.Select(want => old.Find(breakpoint => breakpoint.Wanted == want) ?? Create(want))];
            _own = [.. _own.Except(old), .. fresh.Distinct()];
            return fresh;
        }
    }

    private UserBreakpoint Create(WantedBreakpoint wanted)
    {
        string? waits = _sitting.SessionOrNull is null ? "Waits for the program to start." : null;
        try
        {
            return new UserBreakpoint(NextId(), wanted) { Hit = HitCondition.Parse(wanted.HitCondition), Log = LogMessage.Parse(wanted.LogMessage), Problem = waits };
        }
        catch (DapRequestException error)
        {
            return new UserBreakpoint(NextId(), wanted) { Problem = error.Message, Hit = null };
        }
    }

    // The session takes all breakpoints or none. When it refuses, they are given one more at a time, to find out which one it does not like.
    private async Task ApplyAsync()
    {
        DebugSession session = _sitting.Session;
        List<UserBreakpoint> own;
        lock (_lock)
        {
            own = _own.FindAll(breakpoint => !IsBroken(breakpoint));
        }
        foreach (UserBreakpoint function in own.FindAll(breakpoint => breakpoint is { Armed: null, Wanted.Function: not null }))
        {
            await SetFunctionAsync(session, function).ConfigureAwait(false);
        }
        own.RemoveAll(breakpoint => breakpoint is { Armed: null, Wanted.Function: not null });
        if (await TryGiveAsync(session, own).ConfigureAwait(false) is not null)
        {
            var accepted = new List<UserBreakpoint>();
            foreach (UserBreakpoint candidate in own)
            {
                accepted.Add(candidate);
                if (await TryGiveAsync(session, accepted).ConfigureAwait(false) is { } problem)
                {
                    accepted.Remove(candidate);
                    (candidate.Armed, candidate.Problem) = (null, problem);
                }
            }
            await TryGiveAsync(session, accepted).ConfigureAwait(false);
        }
    }

    private async Task<string?> TryGiveAsync(DebugSession session, List<UserBreakpoint> own)
    {
        try
        {
            await session.SetBreakpointsAsync([.. own.Select(ToSession), .. Exceptions.Points, .. Foreign(session)], CancellationToken.None).ConfigureAwait(false);
        }
        catch (FredException error) when (error.Id is ErrorId.BadBreakpoint or ErrorId.BadExpression)
        {
            return error.Message;
        }
        foreach (UserBreakpoint given in own)
        {
            given.Armed = session.Breakpoints.FirstOrDefault(breakpoint => breakpoint.Id == given.Id);
            given.Problem = given.Armed is null ? "The program has no statement there." : null;
        }
        return null;
    }

    // Only the backend's own debugger can look a function up; its number for the breakpoint is replaced by ours.
    private async Task SetFunctionAsync(DebugSession session, UserBreakpoint breakpoint)
    {
        HashSet<int> before = [.. session.Breakpoints.Select(known => known.Id), .. _adopted];
        BackendReply reply = await session.ExecuteBackendAsync($"break {breakpoint.Wanted.Function}", CancellationToken.None).ConfigureAwait(false);
        if (reply.Breakpoints?.FirstOrDefault(known => !before.Contains(known.Id)) is { } found)
        {
            lock (_lock)
            {
                _adopted.Add(found.Id);
            }
            (breakpoint.Armed, breakpoint.Problem) = (found with { Id = breakpoint.Id }, null);
        }
        else
        {
            string answer = reply.Output.Trim();
            breakpoint.Problem = string.Create(
                CultureInfo.InvariantCulture, $"'{breakpoint.Wanted.Function}' is not known yet; tried again at every stop. {answer}").Trim();
        }
    }

    private List<Breakpoint> Foreign(DebugSession session)
    {
        lock (_lock)
        {
            return [.. session.Breakpoints.Where(breakpoint => breakpoint.Id < FirstId && !_adopted.Contains(breakpoint.Id))];
        }
    }

    private static bool IsBroken(UserBreakpoint breakpoint) => breakpoint.Wanted.HitCondition is { Length: > 0 } && breakpoint.Hit is null;

    private static Breakpoint ToSession(UserBreakpoint own)
    {
        if (own.Wanted.Address is { } address)
        {
            return new Breakpoint(own.Id, new SourceLocation(MachineHandlers.Text(address), 0)) { Condition = own.Wanted.Condition, Address = address };
        }
        SourceLocation location = own.Wanted.Path is { } path ? new SourceLocation(path, own.Wanted.Line)
            : own.Armed?.Location ?? throw new InvalidOperationException("A function without a place.");
        return new Breakpoint(own.Id, location) { Condition = own.Wanted.Condition, Function = own.Wanted.Function };
    }
}
