using System.Diagnostics;
using Fred.Core;
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
        Program = program;
        Host = host;
        SessionPath = host.Directory.Path;
    }

    public IBackend Backend { get; }

    public AgentHost Host { get; }

    public PdbBackend Pdb => (PdbBackend)Backend;

    public ILiveHead Head { get; }

    public ICheckpointEngine Engine => Backend.Checkpoints;

    public string Program { get; }

    /// <summary>Gets the session's private directory.</summary>
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
        return await StartAsync(directory, new PdbBackend(change?.Invoke(options) ?? options), program, ct);
    }

    /// <summary>The same with a native program.</summary>
    public static async Task<RealSitting> StartNativeAsync(string source, Func<GdbOptions, GdbOptions> change, CancellationToken ct)
    {
        Skip.IfNot(File.Exists("/usr/bin/gcc") && File.Exists("/usr/bin/gdb"), "gcc and gdb are not both installed");
        var directory = Directory.CreateTempSubdirectory("fred-real-");
        var program = Path.Combine(directory.FullName, "prog");
        await File.WriteAllTextAsync(program + ".c", source, ct);
        using (var compiler = Process.Start("/usr/bin/gcc", ["-g", "-O0", program + ".c", "-o", program, "-lpthread"]))
        {
            await compiler.WaitForExitAsync(ct);
        }

        var output = Path.Combine(directory.FullName, "output");
        var options = new GdbOptions { Program = program, WorkingDirectory = directory.FullName, StandardInput = "/dev/null", StandardOutput = output, StandardError = output };
        return await StartAsync(directory, new GdbBackend(change(options)), program, ct);
    }

    private static async Task<RealSitting> StartAsync(DirectoryInfo directory, IBackend backend, string program, CancellationToken ct)
    {
        try
        {
            var head = await backend.StartAsync(ct);
            return new RealSitting(directory, backend, head, (backend as PdbBackend)?.CurrentHost ?? ((GdbBackend)backend).CurrentHost!, program);
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
