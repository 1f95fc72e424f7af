using System.Globalization;

namespace Fred.Backends;

/// <summary>What the kernel says about a process's page faults and memory. A process that is gone uses nothing.</summary>
internal static class ProcessUsage
{
    // Fields of /proc/PID/stat counted from the one after the command's closing parenthesis (proc(5) numbers it 3).
    private const int FaultsField = 10 - 3;
    private const int ResidentField = 24 - 3;

    /// <summary>Reads faults and memory; some tens of microseconds.</summary>
    /// <param name="pid">A process.</param>
    /// <returns>Page faults that needed no disk, and resident bytes.</returns>
    public static (long Faults, long Resident) Read(int pid)
    {
        if (Text($"/proc/{pid}/stat") is not { } stat)
        {
            return default;
        }

        var rest = stat.AsSpan(stat.LastIndexOf(')') + 2);
        long faults = 0;
        long pages = 0;
        var index = 0;
        foreach (var range in rest.Split(' '))
        {
            switch (index++)
            {
                case FaultsField:
                    faults = long.Parse(rest[range], CultureInfo.InvariantCulture);
                    break;
                case ResidentField:
                    pages = long.Parse(rest[range], CultureInfo.InvariantCulture);
                    break;
            }
        }

        return (faults, pages * Environment.SystemPageSize);
    }

    /// <summary>Reads the proportional share of memory. Walks the page tables, so the cost grows with the process; not for every turn.</summary>
    /// <param name="pid">A process.</param>
    /// <returns>Bytes.</returns>
    public static long ReadShare(int pid)
    {
        if (Text($"/proc/{pid}/smaps_rollup") is { } rollup)
        {
            foreach (var line in rollup.AsSpan().EnumerateLines())
            {
                if (line.StartsWith("Pss:", StringComparison.Ordinal))
                {
                    var number = line["Pss:".Length..].Trim();
                    return long.Parse(number[..number.IndexOf(' ')], CultureInfo.InvariantCulture) << 10;
                }
            }
        }

        return 0;
    }

    private static string? Text(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
