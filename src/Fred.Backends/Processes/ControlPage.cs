using System.IO.MemoryMappedFiles;
using Fred.Core;

namespace Fred.Backends;

/// <summary>
/// The page shared with every process of the session: progress to read, requests to write, without a system call on either side.
/// </summary>
/// <remarks>
/// The hard part is the lost wake-up. A process looks at requests only in its slow path, which it takes when its tick count reaches
/// <c>target</c>, and it writes <c>target</c> itself when it leaves that path. So: fred stores the request, fences, stores target = 0; the process stores
/// target, fences, reads the requests again. Whichever comes last sees the other (docs/agent-protocol.md, section 2.6).
/// Slots are taken and given back by any thread; a slot is given back only when its process is gone.
/// </remarks>
internal sealed unsafe class ControlPage : IDisposable
{
    /// <summary>Bytes of the file: the slots, then the tail buffer of the log.</summary>
    public const long Size = SlotArea + LogTail;

    private const long SlotArea = 64 << 10;
    private const long LogTail = 1 << 20;
    private const int SlotSize = 64;
    private const int SlotCount = (int)(SlotArea / SlotSize) - 1;
    private const int Target = 1;
    private const int CheckpointToken = 2;
    private const int Pause = 3;
    private const int InSystemCall = 4;
    private const int FaultTimeOffset = 32;
    private const int HandledOffset = 40;
    private const ulong WithImage = 1UL << 62; // of a checkpoint's token

    private readonly Lock _gate = new();
    private readonly Stack<int> _free = new();
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _base;
    private int _next;
    private bool _disposed;

    public ControlPage(string path)
    {
        Path = path;
        _file = MemoryMappedFile.CreateFromFile(Allocate(path), mapName: null, Size, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false);
        _view = _file.CreateViewAccessor(0, Size);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _base);
        _base += _view.PointerOffset;
    }

    /// <summary>Gets the file's path, which the processes map.</summary>
    public string Path { get; }

    /// <summary>All of it at once: a page of a mapped file for which there is no room is found out about by a SIGBUS, in the program.</summary>
    private static FileStream Allocate(string path)
    {
        try
        {
            return new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, PreallocationSize = Size });
        }
        catch (IOException error)
        {
            throw new FredException(ErrorId.LaunchFailed, $"There is no room for a recording in {System.IO.Path.GetDirectoryName(path)}: {error.Message} When the disk is full, make room or set TMPDIR to a directory that has some.", error);
        }
    }

    /// <summary>Takes a slot for a new process.</summary>
    /// <returns>Its number; its fields are cleared.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.ForkFailed"/>: more processes than slots.</exception>
    public int Take()
    {
        lock (_gate)
        {
            if (_free.Count == 0 && _next == SlotCount)
            {
                throw new FredException(ErrorId.ForkFailed, $"The session has {SlotCount} running processes, more than it can steer. Close the session and start again.");
            }

            var slot = _free.Count > 0 ? _free.Pop() : _next++;
            if (!_disposed)
            {
                new Span<byte>(_base + SlotSize + ((long)slot * SlotSize), SlotSize).Clear();
            }

            return slot;
        }
    }

    /// <summary>Gives a slot back. Only when its process is gone: a living one would steer its successor.</summary>
    public void Return(int slot)
    {
        lock (_gate)
        {
            _free.Push(slot);
        }
    }

    /// <summary>Reads how far a running process has come.</summary>
    public long ReadTicks(int slot)
    {
        lock (_gate)
        {
            return _disposed ? 0 : (long)Volatile.Read(ref Field(slot, 0));
        }
    }

    /// <summary>Copies the end of a log that is not in its file: what a head had written when it was killed.</summary>
    /// <param name="length">Bytes in the file; the end in the page belongs to it when it goes on there.</param>
    /// <returns>The bytes after them; none for the log of a stopped head.</returns>
    public byte[] ReadTail(long length)
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return [];
            }

            var (start, pending) = (*(long*)_base, *(long*)(_base + sizeof(long)));
            return start == length && pending is > 0 and <= LogTail ? new ReadOnlySpan<byte>(_base + SlotArea, (int)pending).ToArray() : [];
        }
    }

    /// <summary>Reads what a page fault costs here; zero before a process has measured it.</summary>
    public TimeSpan ReadFaultTime()
    {
        lock (_gate)
        {
            return _disposed ? TimeSpan.Zero : TimeSpan.FromMicroseconds(Volatile.Read(ref *(ulong*)(_base + FaultTimeOffset)) / 1e3);
        }
    }

    /// <summary>Reads for which signals the program has entered handlers: bit n-1 for signal n.</summary>
    public ulong ReadHandled()
    {
        lock (_gate)
        {
            return _disposed ? 0 : Volatile.Read(ref *(ulong*)(_base + HandledOffset));
        }
    }

    /// <summary>Asks for a stop at the next tick, or withdraws the request.</summary>
    /// <returns>True when the process is inside a system call and must be interrupted by a signal too.</returns>
    public bool RequestPause(int slot)
    {
        Request(slot, Pause, 1);
        lock (_gate)
        {
            return !_disposed && Volatile.Read(ref Field(slot, InSystemCall)) != 0;
        }
    }

    /// <summary>Withdraws a pause, before a run.</summary>
    public void ClearPause(int slot) => Store(slot, Pause, 0);

    /// <summary>Asks for a checkpoint at the next tick, and for an image, too.</summary>
    public void RequestCheckpoint(int slot, long token, bool withImage = false) => Request(slot, CheckpointToken, (ulong)token | (withImage ? WithImage : 0));

    /// <summary>Withdraws the wish for a checkpoint.</summary>
    public void ClearCheckpoint(int slot) => Store(slot, CheckpointToken, 0);

    /// <summary>Unmaps the page; later reads answer 0, later requests do nothing.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
        }

        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    private void Request(int slot, int field, ulong value)
    {
        lock (_gate)
        {
            if (!_disposed)
            {
                Volatile.Write(ref Field(slot, field), value);
                Interlocked.MemoryBarrier();
                Volatile.Write(ref Field(slot, Target), 0);
                Interlocked.MemoryBarrier();
            }
        }
    }

    private void Store(int slot, int field, ulong value)
    {
        lock (_gate)
        {
            if (!_disposed)
            {
                Volatile.Write(ref Field(slot, field), value);
            }
        }
    }

    private ref ulong Field(int slot, int index) => ref *(ulong*)(_base + SlotSize + ((long)slot * SlotSize) + (index * sizeof(ulong)));
}
