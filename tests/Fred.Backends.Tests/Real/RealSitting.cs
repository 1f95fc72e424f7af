using System.Diagnostics;
using Fred.Core;
using Shouldly;
using Xunit;

namespace Fred.Backends.Tests;

/// <summary>A real program under a real backend, in a directory of its own.</summary>
internal sealed class RealSitting : IAsyncDisposable
{
    private readonly DirectoryInfo _directory;

    private RealSitting(DirectoryInfo directory, IBackend backend, ILiveHead head, AgentHost host, string program)
    {
        _directory = directory;
        Backend = backend;
        Head = head;
        Host = host;
        Program = program;
        SessionPath = host.Directory.Path;
    }

    public IBackend Backend { get; }

    public AgentHost Host { get; }

    public ILiveHead Head { get; }

    public ICheckpointEngine Engine => Backend.Checkpoints;

    public string Program { get; }

    public string SessionPath { get; }

    public string Output => File.ReadAllText(OutputPath);

    private string OutputPath => Path.Combine(_directory.FullName, "output");

    public static async Task<RealSitting> StartAsync(string python, string source, CancellationToken ct, Func<PdbOptions, PdbOptions>? change = null)
    {
        Pythons.Require(python);
        var directory = Directory.CreateTempSubdirectory("fred-real-");
        var program = Path.Combine(directory.FullName, "prog.py");
        await File.WriteAllTextAsync(program, source, ct);
        var output = Path.Combine(directory.FullName, "output");
        var options = new PdbOptions { Python = python, Program = program, WorkingDirectory = directory.FullName, StandardInput = "/dev/null", StandardOutput = output, StandardError = output };
        var backend = new PdbBackend(change?.Invoke(options) ?? options);
        try
        {
            return new RealSitting(directory, backend, await backend.StartAsync(ct), backend.CurrentHost!, program);
        }
        catch
        {
            await backend.DisposeAsync();
            directory.Delete(recursive: true);
            throw;
        }
    }

    /// <summary>The same with a C program.</summary>
    public static async Task<RealSitting> StartNativeAsync(string source, CancellationToken ct, Func<GdbOptions, GdbOptions>? change = null)
    {
        Skip.IfNot(File.Exists("/usr/bin/gcc") && File.Exists("/usr/bin/gdb"), "gcc or gdb is not installed");
        var directory = Directory.CreateTempSubdirectory("fred-real-");
        var (program, output) = (Path.Combine(directory.FullName, "prog"), Path.Combine(directory.FullName, "output"));
        await File.WriteAllTextAsync(program + ".c", source, ct);
        using (var compiler = Process.Start("/usr/bin/gcc", ["-g", "-O1", "-w", program + ".c", "-o", program, "-lpthread"]))
        {
            await compiler.WaitForExitAsync(ct);
            compiler.ExitCode.ShouldBe(0);
        }

        var options = new GdbOptions { Program = program, WorkingDirectory = directory.FullName, StandardInput = "/dev/null", StandardOutput = output, StandardError = output };
        var backend = new GdbBackend(change?.Invoke(options) ?? options);
        try
        {
            return new RealSitting(directory, backend, await backend.StartAsync(ct), backend.CurrentHost!, program);
        }
        catch
        {
            await backend.DisposeAsync();
            directory.Delete(recursive: true);
            throw;
        }
    }

    /// <summary>Runs the head to the end of the program.</summary>
    public Task<StopEvent> ToEndAsync(CancellationToken ct) => Head.RunAsync(new RunRequest(Ticks.Never), ct);

    /// <summary>The processes that have anything to do with a session's directory.</summary>
    public static IReadOnlyList<int> ProcessesOf(string sessionPath)
    {
        var found = new List<int>();
        foreach (var process in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(process), out var pid) && pid != Environment.ProcessId && Mentions(process, sessionPath))
            {
                found.Add(pid);
            }
        }

        return found;
    }

    public async ValueTask DisposeAsync()
    {
        await Head.DisposeAsync();
        await Backend.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    private static bool Mentions(string process, string text)
    {
        foreach (var file in (string[])["cmdline", "environ", "maps"])
        {
            try
            {
                if (File.ReadAllText(Path.Combine(process, file)).Contains(text, StringComparison.Ordinal))
                {
                    return true;
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Gone meanwhile, or not ours.
            }
        }

        return false;
    }
}
