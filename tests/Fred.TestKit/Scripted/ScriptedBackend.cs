using System.Collections.Concurrent;
using Fred.Core;

namespace Fred.TestKit;

/// <summary>
/// A complete backend in memory. <code>
/// var backend = new ScriptedBackend("x = 1\nx = x + 1\nprint(x)");
/// await using var session = await DebugSession.StartAsync(backend, new SessionOptions(), TimeProvider.System, ct);
/// </code>
/// Input is consumed once, output printed once (<see cref="Output"/>), a mutation changes the future, and <see cref="Faults"/> breaks things on demand.
/// </summary>
public sealed class ScriptedBackend : IBackend
{
    private readonly ConcurrentDictionary<BranchId, ScriptedRecording> _recordings = new();
    private readonly ConcurrentDictionary<ScriptedSession, bool> _alive = new();
    private readonly ConcurrentDictionary<string, Dictionary<BranchId, ScriptedRecording>> _kept = new();
    private readonly ConcurrentQueue<string> _input;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly ScriptedEngine _engine;
    private int _replicas;
    private int _inspectors;

    /// <summary>Initializes a new instance of the <see cref="ScriptedBackend"/> class.</summary>
    /// <param name="program">What it debugs.</param>
    /// <param name="input">Lines the program will read.</param>
    public ScriptedBackend(ScriptedProgram program, IEnumerable<string>? input = null)
    {
        Program = program;
        _input = new ConcurrentQueue<string>(input ?? []);
        _engine = new ScriptedEngine(this);
    }

    /// <summary>Initializes a new instance of the <see cref="ScriptedBackend"/> class.</summary>
    /// <param name="source">The program's text; see <see cref="ScriptedProgram"/> for the language.</param>
    /// <param name="input">Lines the program will read.</param>
    public ScriptedBackend(string source, params string[] input)
        : this(new ScriptedProgram(source), input)
    {
    }

    /// <inheritdoc/>
    public string Name => "scripted";

    /// <inheritdoc/>
    public ICheckpointEngine Checkpoints => _engine;

    /// <summary>Gets the same as it is.</summary>
    internal ScriptedEngine Engine => _engine;

    /// <summary>Gets the program it debugs.</summary>
    public ScriptedProgram Program { get; }

    /// <summary>Gets what goes wrong.</summary>
    public ScriptedFaults Faults { get; } = new();

    /// <summary>Gets what replicas did.</summary>
    public ScriptedCounters Counters { get; } = new();

    /// <summary>Gets the lines the program has printed: each once, however often it was replayed.</summary>
    public IReadOnlyList<string> Output => [.. _output];

    /// <summary>Gets how many heads and replicas are alive.</summary>
    public int AliveSessions => _alive.Count;

    /// <summary>Gets how many inspectors are open.</summary>
    public int OpenInspectors => _inspectors;

    /// <summary>Gets how many checkpoints are parked.</summary>
    public int ParkedCheckpoints => _engine.Parked;

    /// <summary>Gets a value indicating whether the backend was disposed.</summary>
    public bool IsDisposed { get; private set; }

    /// <inheritdoc/>
    public Task<ILiveHead> StartAsync(CancellationToken ct)
    {
        var recording = _recordings.GetOrAdd(BranchId.Main, _ => new ScriptedRecording(this, Program));
        return Task.FromResult<ILiveHead>(Register(new ScriptedSession(this, recording, Ticks.Zero, 0)));
    }

    /// <inheritdoc/>
    public Task<(ILiveHead Head, IReadOnlyList<string> Losses)> PromoteAsync(IReplaySession replica, BranchId branch, CancellationToken ct)
    {
        var old = (ScriptedSession)replica;
        old.CheckUsable();
        if (old.ReplicaNumber == 0 || !_recordings.TryAdd(branch, old.Recording.BranchAt(old.Progress)))
        {
            throw new InvalidOperationException("Only a replica can be promoted, and only to a new branch.");
        }

        var head = Register(new ScriptedSession(this, _recordings[branch], old.Progress, 0));
        old.BecameHead();
        Ended(old);
        return Task.FromResult<(ILiveHead, IReadOnlyList<string>)>((head, []));
    }

    /// <inheritdoc/>
    public Task SaveRecordingsAsync(string directory, IReadOnlyList<BranchId> branches, CancellationToken ct)
    {
        _kept[directory] = branches.ToDictionary(b => b, b => _recordings[b]);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<IReplaySession> ReopenAsync(CancellationToken ct) => Task.FromResult<IReplaySession>(NewReplica(Ticks.Zero, BranchId.Main));

    /// <summary>Another backend, opened on what this one has kept.</summary>
    /// <param name="directory">The name it was kept under.</param>
    /// <returns>A backend for a resumed sitting.</returns>
    public ScriptedBackend Reopened(string directory)
    {
        var reopened = new ScriptedBackend(Program);
        foreach (var (branch, recording) in _kept[directory])
        {
            reopened._recordings[branch] = recording;
        }

        return reopened;
    }

    /// <summary>The events of a branch as recorded so far: the oracle of a sitting that changed the past.</summary>
    /// <param name="branch">Which branch.</param>
    /// <returns>Its trace up to its live edge.</returns>
    public ForwardTrace TraceOf(BranchId branch) => new([.. _recordings[branch].Events]);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        IsDisposed = true;
        foreach (var session in _alive.Keys)
        {
            await session.DisposeAsync();
        }

        await _engine.DisposeAsync();
    }

    /// <summary>Takes the next line of input; a program that reads past the end reads empty lines.</summary>
    /// <returns>The line.</returns>
    internal string TakeInput() => _input.TryDequeue(out var line) ? line : string.Empty;

    /// <summary>Takes a line of output.</summary>
    /// <param name="line">The line.</param>
    internal void AddOutput(string line) => _output.Enqueue(line);

    /// <summary>Makes a replica.</summary>
    /// <param name="at">Where it stands.</param>
    /// <param name="branch">What it follows.</param>
    /// <returns>The replica.</returns>
    internal ScriptedSession NewReplica(Ticks at, BranchId branch) =>
        Register(new ScriptedSession(this, _recordings[branch], at, Interlocked.Increment(ref _replicas)));

    /// <summary>Notes that a session has ended.</summary>
    /// <param name="session">Which.</param>
    internal void Ended(ScriptedSession session) => _alive.TryRemove(session, out _);

    /// <summary>Notes that an inspector was opened (1) or closed (-1).</summary>
    /// <param name="change">By how much.</param>
    internal void CountInspectors(int change) => Interlocked.Add(ref _inspectors, change);

    private ScriptedSession Register(ScriptedSession session)
    {
        _alive[session] = true;
        return session;
    }
}
