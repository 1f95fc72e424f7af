using System.Globalization;

namespace Fred.Backends;

/// <summary>How much a native program has written to a stream: libfred counts it inside the program, so at any tick the count is part of the state.</summary>
internal static class StreamCounter
{
    private const string Variable = "fred_written_bytes";

    /// <summary>Reads the count.</summary>
    /// <param name="process">Stopped.</param>
    /// <param name="stream">1 for standard output, 2 for standard error.</param>
    /// <returns>Bytes; null when libfred is not where it should be.</returns>
    public static ulong? Read(NativeProcess process, int stream) => AddressOf(process, stream) is { } address ? process.Memory.ReadWord(address) : null;

    /// <summary>Finds the count.</summary>
    /// <param name="process">Any process of the program.</param>
    /// <param name="stream">1 for standard output, 2 for standard error.</param>
    /// <returns>The address of a word; null when libfred is not where it should be.</returns>
    public static ulong? AddressOf(NativeProcess process, int stream) =>
        Base(process.Pid) is var (path, start) && ElfImage.Read(path) is { } image && image.ExportedData(Variable) is { } linked ? start - image.FirstAddress + linked + (8 * (ulong)stream) : null;

    private static (string Path, ulong Start)? Base(int pid)
    {
        try
        {
            foreach (var line in File.ReadLines($"/proc/{pid}/maps"))
            {
                // The first mapping of a file has its least address.
                if (line.EndsWith("/" + GdbLaunch.Library, StringComparison.Ordinal) && ulong.TryParse(line.Split('-')[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var start))
                {
                    return (line[line.IndexOf('/', StringComparison.Ordinal)..], start);
                }
            }
        }
        catch (IOException)
        {
            // The process is gone.
        }

        return null;
    }
}
