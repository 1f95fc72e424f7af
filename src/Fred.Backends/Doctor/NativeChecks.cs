using System.Globalization;
using Fred.Core;

namespace Fred.Backends;

/// <summary>What native programs need of this machine, besides what every program needs.</summary>
internal static class NativeChecks
{
    private const string DebugFiles = "/usr/lib/debug/.build-id";

    /// <summary>Makes the checks. None of them fails: Python programs need nothing of this.</summary>
    /// <param name="ct">Cancels.</param>
    /// <returns>Always the same ones in the same order.</returns>
    public static async Task<IReadOnlyList<DoctorCheck>> AllAsync(CancellationToken ct) => [await GdbAsync(ct).ConfigureAwait(false), Tracing(), Counters(), LibrarySymbols()];

    private static async Task<DoctorCheck> GdbAsync(CancellationToken ct)
    {
        try
        {
            var gdb = await GdbProcess.StartAsync("gdb", null, ct).ConfigureAwait(false);
            await using (gdb.ConfigureAwait(false))
            {
                var version = await GdbDriver.CheckVersionAsync(gdb.Mi, "gdb", ct).ConfigureAwait(false);
                return new DoctorCheck("gdb", DoctorStatus.Ok, string.Create(CultureInfo.InvariantCulture, $"version {version}; hardware watchpoints are not needed"));
            }
        }
        catch (FredException e)
        {
            return new DoctorCheck("gdb", DoctorStatus.Warning, e.Message, "Needed only for native programs: apt-get install gdb");
        }
    }

    /// <summary>Fred reads the memory of its own descendants, which even the strict setting (1) allows.</summary>
    private static DoctorCheck Tracing()
    {
        var scope = Read("/proc/sys/kernel/yama/ptrace_scope");
        return scope is null or "0" or "1"
            ? new DoctorCheck("ptrace", DoctorStatus.Ok, scope is null ? "unrestricted" : $"ptrace_scope is {scope}, which is enough")
            : new DoctorCheck("ptrace", DoctorStatus.Warning, $"ptrace_scope is {scope}", "Native programs cannot be looked at; Python programs need no ptrace. As root: sysctl kernel.yama.ptrace_scope=1");
    }

    private static DoctorCheck Counters() => new(
        "performance-counters",
        DoctorStatus.Ok,
        Directory.Exists("/sys/bus/event_source/devices/cpu") ? "there, and not needed: instructions are counted by translation" : "none (usual on virtual machines), and not needed: instructions are counted by translation");

    private static DoctorCheck LibrarySymbols() => new(
        "libc-symbols",
        DoctorStatus.Ok,
        Directory.Exists(DebugFiles) ? "debug files of the system's libraries are installed" : "not installed: frames in libc have no lines. If you want them: apt-get install libc6-dbg");

    private static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
