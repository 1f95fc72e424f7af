using System.Diagnostics;

namespace Fred.EndToEnd.Tests;

/// <summary>Runs programs from outside, with a bound against hangs.</summary>
internal static class FredProcess
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>Gets the real fred: the one that users run, where ./test has built it.</summary>
    public static string Path { get; } = Environment.GetEnvironmentVariable("FRED_TEST_BINARY") is { Length: > 0 } built ? built : System.IO.Path.Combine(AppContext.BaseDirectory, "fred");

    /// <summary>Skips where DMTCP is not installed.</summary>
    public static void RequireDmtcp()
    {
        var home = Environment.GetEnvironmentVariable("FRED_DMTCP");
        var folders = string.IsNullOrEmpty(home) ? Environment.GetEnvironmentVariable("PATH")!.Split(':') : [home, System.IO.Path.Combine(home, "bin")];
        Xunit.Skip.IfNot(folders.Any(folder => File.Exists(System.IO.Path.Combine(folder, "dmtcp_launch"))), "DMTCP is not installed (no dmtcp_launch in $FRED_DMTCP or on PATH)");
    }

    /// <summary>Runs fred.</summary>
    public static Task<(int Code, string Output, string Error)> RunAsync(string input, params string[] arguments) => StartAsync(Path, input, arguments);

    /// <summary>Runs any program.</summary>
    public static Task<(int Code, string Output, string Error)> StartAsync(string program, string input, params string[] arguments) => StartInAsync(null, program, input, arguments);

    /// <summary>Runs a program with a disk of some size, a file system in memory; skips where file systems cannot be mounted.</summary>
    /// <param name="disk">An empty directory, where it is seen by the program only.</param>
    /// <param name="size">As mount takes it: 5m.</param>
    /// <param name="command">The program and its arguments; variables first, as env takes them.</param>
    public static async Task<(int Code, string Output, string Error)> WithDiskAsync(string disk, string size, params string[] command)
    {
        var allowed = await StartAsync("unshare", string.Empty, "-rm", "true");
        Xunit.Skip.If(allowed.Code != 0, $"file systems cannot be mounted here: {allowed.Error}");
        return await StartAsync("unshare", string.Empty, ["-rm", "sh", "-c", $"mount -t tmpfs -o size={size} tmpfs \"$0\" && exec env \"$@\"", disk, .. command]);
    }

    /// <summary>Runs any program in a directory, fred first on its PATH.</summary>
    public static async Task<(int Code, string Output, string Error)> StartInAsync(string? directory, string program, string input, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = directory ?? string.Empty };
        start.Environment["PATH"] = $"{System.IO.Path.GetDirectoryName(Path)}:{Environment.GetEnvironmentVariable("PATH")}";
        using var process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(Patience);
        var output = process.StandardOutput.ReadToEndAsync(patience.Token);
        var error = process.StandardError.ReadToEndAsync(patience.Token);
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        try
        {
            await process.WaitForExitAsync(patience.Token);
            return (process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
