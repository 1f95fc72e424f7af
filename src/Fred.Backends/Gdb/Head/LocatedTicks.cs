using System.Collections.Concurrent;
using System.Diagnostics;
using Fred.Core;

namespace Fred.Backends;

/// <summary>The ticks of a native head, which runs at full speed and counts nothing: they are found afterwards, by replaying.</summary>
/// <remarks>
/// A stop of the head is located at once, from the last checkpoint, which is not far. What lies between two checkpoints is counted later: behind the running head on another processor, or when a search comes
/// there. So a checkpoint gets its number before it is known how many instructions came before it: one that is greater for certain, because no processor executes so many in the time that went by. When they have
/// been counted, the numbers left over are a hole (<see cref="TickScale"/>), and replicas that run across it are told to jump. The search for a state is also the proof that the recording can be
/// replayed: where it fails, the history is cut into what is before and after.
/// No moment has two numbers: where one was given out (a stop, a checkpoint), the head executes an instruction before another can be (native_hold in libfred), so that no hole begins at it.
/// Concurrency: one command at a time settles, prepares and asks for scales; the pacer brings checkpoints, one after the other; one task counts in the background. The gate guards the list.
/// </remarks>
internal sealed partial class LocatedTicks : ITickSource
{
    /// <summary>More instructions than a processor executes in a nanosecond.</summary>
    private const long MostPerNanosecond = 32;

    /// <summary>Checkpoints get round numbers, so that they are easy to tell from counted ones.</summary>
    private const long Round = 1_000_000_000;

    /// <summary>So many stretches may wait to be counted.</summary>
    private const int MostUncounted = 256;

    /// <summary>So many copies are kept on the way to a stop.</summary>
    private const int MostNear = 2;

    /// <summary>The more of them wait, the rarer are new ones.</summary>
    private static readonly TimeSpan ForEachUncounted = TimeSpan.FromMilliseconds(4);

    private readonly Lock _gate = new();
    private readonly AgentHost _host;
    private readonly NativeSpace _space;
    private readonly ISessionKind _kind;
    private readonly StateSearch _search;
    private readonly List<Segment> _segments;
    private readonly List<ParkedProcess> _kept = [];
    private readonly CancellationTokenSource _end = new();
    private readonly SemaphoreSlim _processors = new(Math.Max(2, Environment.ProcessorCount));
    private readonly ConcurrentQueue<ParkedProcess> _near = new();
    private (NativeProcess Replica, Segment In)? _follower;
    private NativeProcess? _head;
    private bool _running;
    private long _from;
    private long _since;
    private long _settled;

    /// <summary>Initializes a new instance of the <see cref="LocatedTicks"/> class.</summary>
    /// <param name="host">The session.</param>
    /// <param name="space">What all processes of the program share.</param>
    /// <param name="kind">How checkpoints are opened.</param>
    /// <param name="branch">Which branch's.</param>
    public LocatedTicks(AgentHost host, NativeSpace space, ISessionKind kind, BranchId branch)
        : this(host, space, kind, branch, [new Segment(0)])
    {
    }

    /// <summary>Initializes a new instance of the <see cref="LocatedTicks"/> class for a kept recording, in which everything has been counted.</summary>
    /// <param name="host">The session.</param>
    /// <param name="space">What all processes of the program share.</param>
    /// <param name="kind">How checkpoints are opened.</param>
    /// <param name="branch">Which branch's.</param>
    /// <param name="holes">The numbers of the branch that are no ticks.</param>
    public LocatedTicks(AgentHost host, NativeSpace space, ISessionKind kind, BranchId branch, IReadOnlyList<TickHole> holes)
        : this(host, space, kind, branch, Segment.Counted(holes))
    {
    }

    private LocatedTicks(AgentHost host, NativeSpace space, ISessionKind kind, BranchId branch, List<Segment> segments)
    {
        (_host, _space, _kind, _segments) = (host, space, kind, segments);
        _search = new StateSearch(host, space, host.Directory.LogPath(branch));
    }

    /// <inheritdoc/>
    public bool IsCounted => false;

    /// <inheritdoc/>
    public bool MayPark
    {
        get
        {
            lock (_gate)
            {
                var uncounted = _segments.Count(s => s.Next is not null && !s.IsLinked);
                return uncounted < MostUncounted && Stopwatch.GetElapsedTime(_since) >= uncounted * ForEachUncounted;
            }
        }
    }

    /// <inheritdoc/>
    public void Starting(NativeProcess head)
    {
        lock (_gate)
        {
            if (head.Halt.Exact)
            {
                (_from, _since) = (head.Halt.Tick, Stopwatch.GetTimestamp());
            }

            (_head, _running) = (head, true);
        }
    }

    /// <inheritdoc/>
    public async Task SettleAsync(NativeProcess head)
    {
        Segment last;
        lock (_gate)
        {
            (_running, _settled) = (false, Stopwatch.GetTimestamp());
            last = _segments[^1];
        }

        if (!head.Halt.Exact)
        {
            await LocateAsync(head, last).ConfigureAwait(false);
        }

        lock (_gate)
        {
            last = _segments[^1];
            last.Visited = Math.Max(last.Visited, head.Halt.Tick);
        }

        CountOn();
    }

    /// <inheritdoc/>
    public Task MarkAsync(NativeProcess head) => AnchorAsync(head, head.Halt.Tick);

    /// <inheritdoc/>
    public IReadOnlyList<ParkedProcess> TakeNear()
    {
        var near = new List<ParkedProcess>();
        while (_near.TryDequeue(out var parked))
        {
            near.Add(parked);
        }

        return near;
    }

    /// <inheritdoc/>
    public bool Keeps(ParkedProcess parked)
    {
        lock (_gate)
        {
            if (IsNeeded(parked))
            {
                _kept.Add(parked);
                return true;
            }

            _segments.ForEach(s => s.Anchors.RemoveAll(a => a.Parked == parked));
            return false;
        }
    }

    /// <inheritdoc/>
    public async Task<ITickSource> BranchAsync(NativeProcess head, BranchId branch, CancellationToken ct)
    {
        var at = head.Halt.Tick;
        List<Segment> shared;
        lock (_gate)
        {
            shared = [.. _segments.Where(s => s.Start <= at)];
        }

        shared[^1] = new Segment(shared[^1].Start) { Visited = at, Beginning = shared[^1].Beginning };
        if (shared.Count > 1)
        {
            shared[^2] = shared[^2].LeadingTo(shared[^1]);
        }

        var ticks = new LocatedTicks(_host, _space, _kind, branch, shared);
        await ticks.AnchorAsync(head, at).ConfigureAwait(false);
        return ticks;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        await _counting.ConfigureAwait(false);
        await DropFollowerAsync().ConfigureAwait(false);
        ParkedProcess[] kept;
        lock (_gate)
        {
            kept = [.. _kept];
            _kept.Clear();
        }

        foreach (var parked in kept.Concat(TakeNear()))
        {
            await parked.DisposeAsync().ConfigureAwait(false);
        }

        _end.Dispose();
    }

    /// <summary>Finds the head's tick, from a replica that has followed it so far or else from the last checkpoint.</summary>
    private async Task LocateAsync(NativeProcess head, Segment last)
    {
        var registers = await head.ReadGeneralAsync().ConfigureAwait(false);
        var limit = NumberFor(Stopwatch.GetTimestamp());
        for (var tries = 0; ; tries++)
        {
            try
            {
                var replica = await FollowAsync(last).ConfigureAwait(false);
                var tick = await _search.FindAsync(replica, head.Pid, registers, limit, KeepNearAsync, _end.Token).ConfigureAwait(false);
                await head.LocateAsync(tick).ConfigureAwait(false);
                return;
            }
            catch (FredException e)
            {
                await DropFollowerAsync().ConfigureAwait(false);
                if (e.Id is ErrorId.HeadLost or ErrorId.NotNow)
                {
                    throw;
                }

                if (tries > 0)
                {
                    await GiveUpAsync(head, last, limit, registers, e).ConfigureAwait(false);
                    return;
                }
            }
        }
    }

    /// <summary>Keeps the last copies of the replica on its way to the head: the user's first step back begins at one of them.</summary>
    private async Task KeepNearAsync(NativeProcess replica)
    {
        if (await replica.ParkAsync(_end.Token).ConfigureAwait(false) is { } arrival)
        {
            _near.Enqueue(await ParkedProcess.OpenAsync(_host, arrival, _kind, _end.Token).ConfigureAwait(false));
        }

        while (_near.Count > MostNear && _near.TryDequeue(out var far))
        {
            await far.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>The head cannot be located: what led here cannot be replayed, and history goes on from here.</summary>
    private async Task GiveUpAsync(NativeProcess head, Segment last, long number, byte[] registers, FredException reason)
    {
        last.Break(reason);
        var next = new Segment(number) { Registers = registers };
        lock (_gate)
        {
            last.Next = next;
            _segments.Add(next);
        }

        await head.LocateAsync(number, $"How the program came here from tick {last.Reached - _space.Offset} cannot be replayed. {reason.Message}").ConfigureAwait(false);
        await AnchorAsync(head, number).ConfigureAwait(false);
    }

    /// <summary>Parks a copy of the stopped head, to start from.</summary>
    private async Task AnchorAsync(NativeProcess head, long tick)
    {
        if (await head.ParkAsync(_end.Token).ConfigureAwait(false) is not { } arrival)
        {
            throw new FredException(ErrorId.ForkFailed, "The program's present state could not be saved. Close other programs, or raise the limits on memory and processes.");
        }

        var parked = await ParkedProcess.OpenAsync(_host, arrival, _kind, _end.Token).ConfigureAwait(false);
        lock (_gate)
        {
            _segments[^1].Anchors.Add((parked, tick));
            _kept.Add(parked);
        }
    }

    /// <summary>The replica from which the next search starts.</summary>
    private async Task<NativeProcess> FollowAsync(Segment last)
    {
        ParkedProcess parked;
        long tick;
        await last.Ready.ConfigureAwait(false);
        lock (_gate)
        {
            (parked, tick) = last.Anchors.Count > 0 ? last.Anchors[^1] : throw new FredException(ErrorId.CheckpointLost, "No checkpoint is left to start from.");
        }

        if (_follower is { } follower && follower.In == last && follower.Replica.Halt.Tick >= tick)
        {
            return follower.Replica;
        }

        await DropFollowerAsync().ConfigureAwait(false);
        var replica = await _search.ReplicateAsync(parked, _end.Token).ConfigureAwait(false);
        _follower = (replica, last);
        return replica;
    }

    private async Task DropFollowerAsync()
    {
        if (_follower is { } old)
        {
            _follower = null;
            await old.Replica.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>A number that no instruction executed before a moment can have.</summary>
    private long NumberFor(long moment)
    {
        lock (_gate)
        {
            var most = _from + (long)(Stopwatch.GetElapsedTime(_since, moment).TotalNanoseconds * MostPerNanosecond);
            return ((most - _space.Offset) / Round + 1) * Round + _space.Offset;
        }
    }
}
