using System.Diagnostics;
using Fred.Backends;
using Fred.Core;
using Shouldly;
using Xunit;

namespace Fred.EndToEnd.Tests;

/// <summary>A user's sitting with a real native program, compiled for the test; its output goes to a file of its own.</summary>
internal sealed class NativeDebuggee : IAsyncDisposable
{
    private readonly DirectoryInfo _directory;

    private NativeDebuggee(DirectoryInfo directory, DebugSession session)
    {
        _directory = directory;
        Session = session;
    }

    public DebugSession Session { get; }

    public string Output => File.ReadAllText(Path.Combine(_directory.FullName, "output"));

    /// <summary>Starts one of tests/debuggees/native.</summary>
    public static Task<NativeDebuggee> StartAsync(string source, CancellationToken ct, params string[] flags) => StartAsync(source, new SessionOptions(), [], nativeHead: true, ct, flags);

    /// <summary>Starts one of tests/debuggees/native with arguments.</summary>
    public static async Task<NativeDebuggee> StartAsync(string source, SessionOptions sitting, IReadOnlyList<string> arguments, bool nativeHead, CancellationToken ct, params string[] flags)
    {
        var directory = Directory.CreateTempSubdirectory("fred-e2e-");
        try
        {
            var program = Compile(source, directory.FullName, flags);
            var options = new GdbOptions
            {
                Program = program,
                Arguments = arguments,
                NativeHead = nativeHead,
                WorkingDirectory = directory.FullName,
                StandardInput = "/dev/null",
                StandardOutput = Path.Combine(directory.FullName, "output"),
                StandardError = Path.Combine(directory.FullName, "output"),
            };
            var session = await DebugSession.StartAsync(new GdbBackend(options), sitting, TimeProvider.System, ct);
            return new NativeDebuggee(directory, session);
        }
        catch
        {
            directory.Delete(recursive: true);
            throw;
        }
    }

    /// <summary>Compiles a program.</summary>
    /// <param name="source">A file of tests/debuggees/native, or an absolute path.</param>
    /// <param name="directory">Where the program goes.</param>
    /// <param name="flags">More for the compiler; -g -O0 come first.</param>
    /// <returns>The program's path.</returns>
    public static string Compile(string source, string directory, params string[] flags)
    {
        var compiler = source.EndsWith(".cpp", StringComparison.Ordinal) ? "g++" : "gcc";
        var path = Path.IsPathRooted(source) ? source : Path.Combine(Path.GetDirectoryName(RealPython.Debuggees)!, "native", source);
        var program = Path.Combine(directory, Path.GetFileNameWithoutExtension(source));
        Skip.IfNot(File.Exists("/usr/bin/" + compiler), $"{compiler} is not installed");
        Skip.IfNot(File.Exists("/usr/bin/gdb"), "gdb is not installed");
        using var process = Process.Start(new ProcessStartInfo("/usr/bin/" + compiler, ["-g", "-O0", path, "-o", program, .. flags]) { RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        process.ExitCode.ShouldBe(0, errors);
        return program;
    }

    public Task<StopEvent> DoAsync(SessionCommand command, CancellationToken ct) => Session.ExecuteAsync(command, ct);

    public async Task<string> GdbAsync(string line, CancellationToken ct) => (await Session.ExecuteBackendAsync(line, ct)).Output;

    public async ValueTask DisposeAsync()
    {
        await Session.DisposeAsync();
        _directory.Delete(recursive: true);
    }
}
