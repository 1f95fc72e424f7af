using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Fred.Core;

namespace Fred.Backends;

/// <summary>An installation of DMTCP: of the directory in FRED_DMTCP, else on PATH. Fred brings none.</summary>
/// <param name="Launch">Path of dmtcp_launch.</param>
/// <param name="Restart">Path of dmtcp_restart.</param>
/// <param name="Coordinator">Path of dmtcp_coordinator.</param>
internal sealed partial record DmtcpTools(string Launch, string Restart, string Coordinator)
{
    /// <summary>The oldest version that is known to work.</summary>
    public const int Oldest = 5;

    private const int NeededFiles = 1024; // it keeps some of its own above 800

    /// <summary>Finds the installation; starts nothing.</summary>
    /// <returns>Its programs; null when there is none.</returns>
    public static DmtcpTools? TryFind() =>
        Find("dmtcp_launch") is { } launch && Find("dmtcp_restart") is { } restart && Find("dmtcp_coordinator") is { } coordinator ? new DmtcpTools(launch, restart, coordinator) : null;

    /// <summary>Finds the installation and asks for its version.</summary>
    /// <param name="ct">Cancels.</param>
    /// <returns>Its programs.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.DmtcpMissing"/>, or <see cref="ErrorId.DmtcpFailed"/>: it could not run in this shell.</exception>
    public static async Task<DmtcpTools> RequireAsync(CancellationToken ct)
    {
        var tools = TryFind() ?? throw new FredException(
            ErrorId.DmtcpMissing, "The dmtcp checkpointer needs DMTCP: put its programs (dmtcp_launch, dmtcp_restart, dmtcp_coordinator) on PATH, or set FRED_DMTCP to where it is installed. Without it, use --checkpointer fork.");
        if (MostFiles() < NeededFiles)
        {
            throw new FredException(ErrorId.DmtcpFailed, $"This shell may open {MostFiles()} files (ulimit -n) where DMTCP needs {NeededFiles}. Raise that, or use --checkpointer fork.");
        }

        var told = await AskVersionAsync(tools.Launch, ct).ConfigureAwait(false);
        var match = Version().Match(told);
        return match.Success && int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) >= Oldest
            ? tools
            : throw new FredException(ErrorId.DmtcpMissing, $"{tools.Launch} is of {(match.Success ? "version " + match.Groups[1].Value + "." + match.Groups[2].Value : "an unknown version")}; DMTCP {Oldest}.0 or newer is needed.");
    }

    /// <summary>The words that start a program under it. Its plugins restore what the program has open; what comes back from an image has nothing open, so they are left out.</summary>
    /// <param name="spec">The program.</param>
    /// <param name="port">Its coordinator's.</param>
    /// <param name="directory">The session's.</param>
    /// <param name="variable">Tells libfred what to do.</param>
    /// <param name="options">For dmtcp_launch.</param>
    /// <returns>Variables, path and arguments.</returns>
    public IReadOnlyList<string> Run(LaunchSpec spec, int port, SessionDirectory directory, string variable, params string[] options) =>
    [
        .. spec.Environment.Select(v => $"{v.Key}={v.Value}"), variable, $"JALIB_STDERR_PATH={directory.DmtcpLogPath}",
        Launch, "-q", "-q", "-j", "-p", port.ToString(CultureInfo.InvariantCulture), "--no-gzip", "--ckptdir", directory.Path, "--tmpdir", directory.Path, .. options,
        .. ((string[])["alloc", "dl", "ssh", "event", "file", "pty", "socket", "svipc", "timer"]).Select(plugin => $"--disable-{plugin}-plugin"),
        spec.Program, .. spec.Arguments,
    ];

    private static long MostFiles()
    {
        var limit = File.ReadLines("/proc/self/limits").FirstOrDefault(line => line.StartsWith("Max open files", StringComparison.Ordinal));
        return limit?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, _, _, var now, ..] && long.TryParse(now, NumberStyles.None, CultureInfo.InvariantCulture, out var most) ? most : long.MaxValue; // unlimited
    }

    private static string? Find(string name)
    {
        var home = Environment.GetEnvironmentVariable("FRED_DMTCP");
        var folders = string.IsNullOrEmpty(home) ? (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':', StringSplitOptions.RemoveEmptyEntries) : [home, Path.Combine(home, "bin")];
        return folders.Select(folder => Path.GetFullPath(Path.Combine(folder, name))).FirstOrDefault(File.Exists);
    }

    private static async Task<string> AskVersionAsync(string program, CancellationToken ct)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, "--version") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })
                ?? throw new InvalidOperationException();
            var errors = process.StandardError.ReadToEndAsync(ct);
            var output = await process.StandardOutput.ReadToEndAsync(ct).ConfigureAwait(false);
            await process.WaitForExitAsync(ct).ConfigureAwait(false);
            return output + await errors.ConfigureAwait(false);
        }
        catch (Win32Exception e)
        {
            throw new FredException(ErrorId.DmtcpMissing, $"{program} cannot be run: {e.Message}.", e);
        }
    }

    [GeneratedRegex(@"\(DMTCP\) (\d+)\.(\d+)")]
    private static partial Regex Version();
}
