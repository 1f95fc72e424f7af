using System.Globalization;
using System.Runtime.InteropServices;

namespace Fred.Backends;

/// <summary>What all processes of one native program share: the object files, the log of line events, and where its ticks begin.</summary>
/// <param name="directory">The session's private directory, for files that processes map.</param>
internal sealed class NativeSpace(string directory) : IDisposable
{
    private readonly Lock _gate = new();
    private int _linesVersion = -1;

    /// <summary>Gets the object files.</summary>
    public ModuleMap Modules { get; } = new();

    /// <summary>Gets the log of line events. One process at a time writes to it: whoever runs with line events reads them before the next one runs.</summary>
    public LineRing Ring { get; } = new(Path.Combine(directory, "line-log"));

    /// <summary>Gets the way to take turns with <see cref="Ring"/>.</summary>
    public SemaphoreSlim RingTurn { get; } = new(1, 1);

    /// <summary>Gets or sets the processes' tick at which the timeline has its tick 0: the instruction before the first statement of main.</summary>
    public long Offset { get; set; }

    /// <summary>Gets or sets main's frame: gdb does not tell its address, as it shows nothing that has called main.</summary>
    public NativeFrame MainFrame { get; set; }

    /// <summary>The file with the instructions at which lines begin, for processes to map.</summary>
    /// <returns>Its path; another one when files have been added.</returns>
    public string LinesFile()
    {
        lock (_gate)
        {
            var version = Modules.Version;
            var path = Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"lines-{version}"));
            if (_linesVersion != version)
            {
                File.WriteAllBytes(path, MemoryMarshal.AsBytes<ulong>(Modules.LineStarts()));
                _linesVersion = version;
            }

            return path;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Ring.Dispose();
        RingTurn.Dispose();
    }
}
