using System.Globalization;
using System.Runtime.InteropServices;
using Fred.Core;

namespace Fred.Backends;

/// <summary>Looks at what Fred needs of this machine. Changes nothing and leaves nothing behind.</summary>
public static class Doctor
{
    private const long LittleSpace = 1L << 30;
    private const int TouchedPages = 512;

    // Bare metal is well under this; nested virtual machines were measured at 12 to 90 us.
    private static readonly TimeSpan SlowFault = TimeSpan.FromMicroseconds(3);
    private static readonly Version OldestKernel = new(5, 11);

    /// <summary>Makes all checks.</summary>
    /// <param name="python">As <see cref="PdbOptions.Python"/>.</param>
    /// <param name="time">For measuring.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>One entry for each fact, always the same ones in the same order.</returns>
    public static async Task<IReadOnlyList<DoctorCheck>> CheckAsync(string? python, TimeProvider time, CancellationToken ct) =>
    [
        Kernel(),
        UserDispatch(),
        Installation(),
        await PythonAsync(python, ct).ConfigureAwait(false),
        Compiler(),
        Space(),
        Faults(time),
        .. await NativeChecks.AllAsync(ct).ConfigureAwait(false),
        await DmtcpAsync(ct).ConfigureAwait(false),
    ];

    private static DoctorCheck Kernel()
    {
        var release = Read("/proc/sys/kernel/osrelease");
        var detail = $"Linux {release}, {RuntimeInformation.OSArchitecture}";
        if (RuntimeInformation.OSArchitecture != Architecture.X64)
        {
            return new DoctorCheck("kernel", DoctorStatus.Failed, detail, "Fred runs on 64-bit x86 only.");
        }

        // "6.1.0-18-amd64": the first two numbers count.
        var known = Version.TryParse(string.Join('.', release.Split('.', '-')[..2]), out var version);
        return known && version < OldestKernel
            ? new DoctorCheck("kernel", DoctorStatus.Failed, detail, $"Linux {OldestKernel} or newer is needed.")
            : new DoctorCheck("kernel", DoctorStatus.Ok, detail);
    }

    private static DoctorCheck UserDispatch() => SystemCalls.ProbeUserDispatch() switch
    {
        0 => new DoctorCheck("syscall-user-dispatch", DoctorStatus.Ok, "available"),
        var errno => new DoctorCheck(
            "syscall-user-dispatch",
            DoctorStatus.Failed,
            $"refused ({Errno.Name(errno)})",
            "The kernel must be 5.11 or newer, and the container's seccomp profile must allow prctl(PR_SET_SYSCALL_USER_DISPATCH)."),
    };

    private static DoctorCheck Installation()
    {
        foreach (var name in (string[])["libfred.so", "fred-launcher", Path.Combine("python", "fred_agent", "__main__.py")])
        {
            if (!File.Exists(Path.Combine(AppContext.BaseDirectory, name)))
            {
                return new DoctorCheck("installation", DoctorStatus.Failed, $"{name} is missing in {AppContext.BaseDirectory}", "Build fred again; its native part needs a C compiler.");
            }
        }

        return new DoctorCheck("installation", DoctorStatus.Ok, $"complete in {AppContext.BaseDirectory}");
    }

    private static async Task<DoctorCheck> PythonAsync(string? python, CancellationToken ct)
    {
        try
        {
            var found = await PythonLocator.FindAsync(python, ct).ConfigureAwait(false);
            return new DoctorCheck("python", DoctorStatus.Ok, $"{found.Version} at {found.Path}");
        }
        catch (FredException e)
        {
            return new DoctorCheck("python", DoctorStatus.Failed, e.Message, "apt-get install python3, or give --python PATH");
        }
    }

    private static async Task<DoctorCheck> DmtcpAsync(CancellationToken ct)
    {
        if (DmtcpTools.TryFind() is not { } tools)
        {
            return new DoctorCheck("dmtcp", DoctorStatus.Ok, "not installed; needed only for --checkpointer dmtcp and fred workspace");
        }

        try
        {
            _ = await DmtcpTools.RequireAsync(ct).ConfigureAwait(false);
            return new DoctorCheck("dmtcp", DoctorStatus.Ok, tools.Launch);
        }
        catch (FredException e)
        {
            return new DoctorCheck("dmtcp", DoctorStatus.Warning, e.Message, "Needed only for --checkpointer dmtcp and fred workspace.");
        }
    }

    private static DoctorCheck Compiler()
    {
        var directories = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':', StringSplitOptions.RemoveEmptyEntries);
        foreach (var name in (string[])["cc", "gcc", "clang"])
        {
            foreach (var directory in directories)
            {
                var path = Path.Combine(directory, name);
                if (File.Exists(path))
                {
                    return new DoctorCheck("compiler", DoctorStatus.Ok, path);
                }
            }
        }

        return new DoctorCheck("compiler", DoctorStatus.Warning, "no cc, gcc or clang on PATH", "Needed only to build fred's native part: apt-get install gcc libc6-dev");
    }

    private static DoctorCheck Space()
    {
        var temp = Path.GetTempPath();
        try
        {
            using var directory = SessionDirectory.Create();
            var free = new DriveInfo(directory.Path).AvailableFreeSpace;
            var detail = string.Create(CultureInfo.InvariantCulture, $"{temp}: {free >> 20} MiB free");
            return free < LittleSpace
                ? new DoctorCheck("temp-space", DoctorStatus.Warning, detail, "Recordings of programs that read much data need room; set TMPDIR to a larger place.")
                : new DoctorCheck("temp-space", DoctorStatus.Ok, detail);
        }
        catch (FredException e)
        {
            return new DoctorCheck("temp-space", DoctorStatus.Failed, e.Message, "Set TMPDIR to a directory that you may write to.");
        }
    }

    private static DoctorCheck Faults(TimeProvider time)
    {
        if (SystemCalls.TouchFreshPages(TouchedPages, time) is not { } fault)
        {
            return new DoctorCheck("page-faults", DoctorStatus.Warning, "could not be measured: no memory", "Free some memory: checkpoints share it but need a little of their own.");
        }

        var detail = string.Create(CultureInfo.InvariantCulture, $"{fault.TotalMicroseconds:F1} us for the first touch of a page");
        return fault > SlowFault
            ? new DoctorCheck("page-faults", DoctorStatus.Warning, detail, "Usual on virtual machines: checkpoints cost more here, so they are taken less often.")
            : new DoctorCheck("page-faults", DoctorStatus.Ok, detail);
    }

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (IOException)
        {
            return "unknown.0";
        }
    }
}
