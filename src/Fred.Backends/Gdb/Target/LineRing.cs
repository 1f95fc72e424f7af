using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace Fred.Backends;

/// <summary>The beginning of a line was executed.</summary>
/// <param name="Tick">Instructions before it.</param>
/// <param name="Pc">The instruction.</param>
/// <param name="Sp">The stack pointer.</param>
/// <param name="Depth">Calls minus returns since the run began.</param>
/// <param name="Thread">Number of the thread that did.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct LineEvent(long Tick, ulong Pc, ulong Sp, int Depth, int Thread);

/// <summary>The last line events of a run, written by translated code into shared memory: docs/agent-protocol.md, section 5.5.</summary>
internal sealed class LineRing : IDisposable
{
    /// <summary>How many events it holds.</summary>
    public const int Capacity = 65_536;

    private const int HeaderBytes = 4096;
    private const int EventBytes = 32;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    /// <summary>Initializes a new instance of the <see cref="LineRing"/> class.</summary>
    /// <param name="path">A new file.</param>
    public LineRing(string path)
    {
        Path = path;
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.CreateNew, mapName: null, HeaderBytes + ((long)Capacity * EventBytes));
        _view = _file.CreateViewAccessor();
    }

    /// <summary>Gets the file's path.</summary>
    public string Path { get; }

    /// <summary>Reads the events of the last run.</summary>
    /// <param name="complete">Whether none is missing.</param>
    /// <param name="most">How many of the last ones are wanted.</param>
    /// <returns>In time order.</returns>
    public LineEvent[] Read(out bool complete, int most = Capacity)
    {
        var count = _view.ReadInt64(0);
        complete = count <= most;
        var events = new LineEvent[Math.Min(count, most)];
        var first = (int)((count - events.Length) % Capacity);
        var head = Math.Min(events.Length, Capacity - first);
        _view.ReadArray(HeaderBytes + ((long)first * EventBytes), events, 0, head);
        _view.ReadArray(HeaderBytes, events, head, events.Length - head);
        return events;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }
}
