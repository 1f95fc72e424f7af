using System.Collections.Concurrent;
using System.Globalization;
using Fred.Core;

namespace Fred.Backends;

/// <summary>Checkpoints as images on disk, written by DMTCP, with parked forks of the newest ones for the near history.</summary>
/// <remarks>
/// Each checkpoint is a fork first. The head's ones are written to disk as well: those the user or the program asks for always, those taken at intervals when the last image is old enough. Only a few forks of
/// states on disk are kept; what is restored from disk comes back as a parked fork again, and so is used like one.
/// What is hard is that DMTCP reports failures by ending processes. What can be known before is asked before (room on the disk); and a restored process that says nothing in time is given up.
/// </remarks>
internal sealed partial class ImageEngine : ICheckpointEngine
{
    /// <summary>Why both options together are refused.</summary>
    public const string NoChildren = "DMTCP writes images of the program itself, so --checkpointer dmtcp and --follow child:N do not go together. Use --checkpointer fork.";

    /// <summary>Forks of states on disk that are kept.</summary>
    private const int MaxForks = 8;

    /// <summary>What an image holds besides the program's memory.</summary>
    private const long OwnBytes = 40L << 20;

    private static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private const double BytesPerSecond = 50e6; // of a slow disk
    private const int CostFactor = 20;

    private readonly Func<AgentHost> _host;
    private readonly ISessionKind _kind;
    private readonly Func<DmtcpTools> _tools;
    private readonly TimeProvider _time;
    private readonly TimeSpan _interval;
    private readonly ForkEngine _forks;
    private readonly ConcurrentDictionary<int, Image> _images = new();
    private readonly SemaphoreSlim _restoring = new(1);
    private long _uses;
    private long? _lastWritten;
    private TimeSpan _lastCost;

    /// <summary>Initializes a new instance of the <see cref="ImageEngine"/> class.</summary>
    /// <param name="host">The session.</param>
    /// <param name="kind">What kind of program it is.</param>
    /// <param name="tools">DMTCP; asked for when it is first needed.</param>
    /// <param name="interval">Time between images of the running head; null for one of the engine's own.</param>
    /// <param name="time">The clock.</param>
    public ImageEngine(Func<AgentHost> host, ISessionKind kind, Func<DmtcpTools> tools, TimeSpan? interval, TimeProvider time)
    {
        (_host, _kind, _tools, _time, _interval) = (host, kind, tools, time, interval ?? DefaultInterval);
        _forks = new ForkEngine(host, kind);
    }

    /// <inheritdoc/>
    public CheckpointTraits Traits { get; } = new("dmtcp", CanSave: true, Durable: true, TypicalRestore: TimeSpan.FromMilliseconds(300));

    /// <inheritdoc/>
    public IReadOnlyList<Checkpoint> Kept { get; private set; } = [];

    /// <summary>Gets the forks.</summary>
    internal ForkEngine Forks => _forks;

    /// <summary>Gets the images: which checkpoint, and the file.</summary>
    internal IReadOnlyList<(Checkpoint Checkpoint, string Path)> Images => [.. _images.Values.Select(i => (i.Checkpoint, i.Path))];

    /// <inheritdoc/>
    public async Task<Checkpoint?> SaveAsync(IReplaySession session, CancellationToken ct)
    {
        var process = _kind.ProcessOf(session);
        if (process.IsRunning || !HasImages(process))
        {
            return await SaveInPassingAsync(session, ct).ConfigureAwait(false);
        }

        var saved = await _forks.SaveAsync(session, ct).ConfigureAwait(false);
        try
        {
            return saved is null || await WriteAsync(saved, process, ct).ConfigureAwait(false) is not { } problem ? saved : throw new FredException(ErrorId.DmtcpFailed, problem);
        }
        catch (FredException)
        {
            await _forks.DiscardAsync(saved!).ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<Checkpoint?> SaveInPassingAsync(IReplaySession session, CancellationToken ct)
    {
        var process = _kind.ProcessOf(session);
        var due = HasImages(process) && IsDue() && HasRoom(process.Pid, out _);
        if (due && process.IsRunning && _kind.MayPark(process))
        {
            return await SaveRunningAsync(process, ct).ConfigureAwait(false);
        }

        var saved = await _forks.SaveAsync(session, ct).ConfigureAwait(false);
        if (due && saved is not null && !process.IsRunning)
        {
            _ = await WriteAsync(saved, process, ct).ConfigureAwait(false); // without an image it is a fork
        }

        return saved;
    }

    /// <inheritdoc/>
    public async Task<IReplaySession> RestoreAsync(Checkpoint checkpoint, BranchId branch, CancellationToken ct)
    {
        if (_images.TryGetValue(checkpoint.Id, out var image))
        {
            image.Used = Interlocked.Increment(ref _uses);
        }

        try
        {
            return await _forks.RestoreAsync(checkpoint, branch, ct).ConfigureAwait(false);
        }
        catch (FredException e) when (e.Id == ErrorId.CheckpointLost && image is not null)
        {
            await ReadBackAsync(image, ct).ConfigureAwait(false);
            return await _forks.RestoreAsync(checkpoint, branch, ct).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async Task DiscardAsync(Checkpoint checkpoint)
    {
        await _forks.DiscardAsync(checkpoint).ConfigureAwait(false);
        if (_images.TryRemove(checkpoint.Id, out var image))
        {
            File.Delete(image.Path);
        }
    }

    /// <summary>Takes over the images of an earlier sitting.</summary>
    /// <param name="kept">Which, in time order.</param>
    /// <param name="directory">Where they are. They are reached by links in the session's directory, which is what discarding removes.</param>
    /// <returns>The first.</returns>
    internal Checkpoint Adopt(IReadOnlyList<KeptImage> kept, string directory)
    {
        var adopted = new List<Checkpoint>();
        foreach (var image in kept)
        {
            var link = Path.Combine(_host().Directory.Path, image.File);
            File.CreateSymbolicLink(link, Path.GetFullPath(Path.Combine(directory, image.File)));
            var checkpoint = new Checkpoint(_forks.NewId(), new Ticks(image.Tick), new Fingerprint(image.Event, image.LogPosition, image.Depth));
            _images[checkpoint.Id] = new Image(checkpoint, link);
            adopted.Add(checkpoint);
        }

        Kept = adopted[1..];
        return adopted[0];
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _forks.DisposeAsync().ConfigureAwait(false);
        _restoring.Dispose();
    }

    private static bool HasImages(SessionProcess process) => process.IsLive && process.HasImages;

    private bool IsDue() => _lastWritten is not { } last || _time.GetElapsedTime(last) >= TimeSpan.FromTicks(Math.Max(_interval.Ticks * 9 / 10, _lastCost.Ticks * CostFactor));

    private bool HasRoom(int pid, out string problem)
    {
        var resident = ProcessUsage.Read(pid).Resident;
        var needed = resident + (resident / 2) + OwnBytes;
        var free = new DriveInfo(_host().Directory.Path).AvailableFreeSpace;
        problem = string.Create(CultureInfo.InvariantCulture, $"{_host().Directory.Path} has room for {free >> 20} MB where the image may need {needed >> 20} MB. Free some, or set TMPDIR to another disk.");
        return free >= needed;
    }

    private async Task<Checkpoint?> SaveRunningAsync(SessionProcess process, CancellationToken ct)
    {
        var started = _time.GetTimestamp();
        long token = 0;
        var saved = await _forks.SaveAsync(process, () => process.ParkAsync(t => _ = _host().Images.ExpectAsync(token = t), ct), ct).ConfigureAwait(false);
        if (token == 0)
        {
            return saved;
        }

        var path = Path.Combine(_host().Directory.Path, string.Create(CultureInfo.InvariantCulture, $"image-{token}.dmtcp"));
        if (saved is not null)
        {
            await FinishAsync(saved, process, token, path, started, ct).ConfigureAwait(false);
        }
        else
        {
            _ = DropAsync(token, path);
        }

        return saved;
    }

    /// <summary>An image that belongs to no checkpoint, if it is written at all, goes when it is complete.</summary>
    private async Task DropAsync(long token, string path)
    {
        if (await _host().Images.ExpectAsync(token).ConfigureAwait(false) == 0)
        {
            File.Delete(path);
        }
    }

    /// <summary>Has a stopped head write an image.</summary>
    /// <returns>Why there is none; null when there is, or when it has gone on.</returns>
    private async Task<string?> WriteAsync(Checkpoint saved, SessionProcess process, CancellationToken ct)
    {
        if (!HasRoom(process.Pid, out var problem))
        {
            return problem;
        }

        var started = _time.GetTimestamp();
        var token = _host().Arrivals.NewToken();
        var path = Path.Combine(_host().Directory.Path, string.Create(CultureInfo.InvariantCulture, $"image-{token}.dmtcp"));
        _ = _host().Images.ExpectAsync(token);
        await process.AskForImageAsync(token, path, saved.At).ConfigureAwait(false);
        return await FinishAsync(saved, process, token, path, started, ct).ConfigureAwait(false);
    }

    /// <summary>Waits until an image is written; the checkpoint then has it.</summary>
    /// <returns>Why there is none; null when there is.</returns>
    private async Task<string?> FinishAsync(Checkpoint saved, SessionProcess process, long token, string path, long started, CancellationToken ct)
    {
        var written = _host().Images.ExpectAsync(token);
        try
        {
            if (await Task.WhenAny(written, process.Gone).WaitAsync(Limit(ProcessUsage.Read(process.Pid).Resident), ct).ConfigureAwait(false) != written)
            {
                throw await process.Gone.ConfigureAwait(false);
            }
        }
        catch (TimeoutException) when (process.IsRunning)
        {
            return null; // It has gone on before it was asked, and has not seen the wish yet.
        }
        catch (TimeoutException)
        {
            return "DMTCP has not written the image in time; its coordinator may hang. The program waits for it.";
        }
        finally
        {
            _host().Images.Forget(token);
        }

        var status = await written.ConfigureAwait(false);
        if (status == -Errno.Stale)
        {
            return null; // It has gone on meanwhile: the checkpoint is a fork only.
        }

        if (status != 0 || !File.Exists(path))
        {
            _lastWritten = _time.GetTimestamp(); // it is tried again when the next one is due
            return status switch
            {
                -Errno.Child => "The program has started processes that still run, and an image holds one process. Let them end, or use --checkpointer fork.",
                -Errno.Busy => "The program has memory that it shares with others, and this version of DMTCP does not leave that out of an image. Use --checkpointer fork.",
                -Errno.Again => "The program is inside a system call, or the dynamic linker is at work in it, where no image can be written. Let it go on a little.",
                _ => $"DMTCP wrote no image ({Errno.Name(Math.Max(-status, 0))}). The program goes on.",
            };
        }

        _images[saved.Id] = new Image(saved, path) { Used = Interlocked.Increment(ref _uses) };
        (_lastWritten, _lastCost) = (_time.GetTimestamp(), _time.GetElapsedTime(started));
        await ThinForksAsync().ConfigureAwait(false);
        return null;
    }

    /// <summary>States that are on disk need no fork; the ones used last keep theirs.</summary>
    private async Task ThinForksAsync()
    {
        foreach (var image in _images.Values.Where(i => _forks.Has(i.Checkpoint)).OrderByDescending(i => i.Used).Skip(MaxForks))
        {
            await _forks.DiscardAsync(image.Checkpoint).ConfigureAwait(false);
        }
    }

    private static TimeSpan Limit(long bytes) => Patience + TimeSpan.FromSeconds(bytes / BytesPerSecond);

    private sealed class Image(Checkpoint checkpoint, string path)
    {
        public Checkpoint Checkpoint { get; } = checkpoint;

        public string Path { get; } = path;

        public long Used { get; set; }
    }
}
