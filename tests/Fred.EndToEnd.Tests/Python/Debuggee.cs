using Fred.Backends;
using Fred.Core;
using Xunit;

namespace Fred.EndToEnd.Tests;

/// <summary>A user's sitting with a real program under a real Python; its output goes to a file of its own.</summary>
internal sealed class Debuggee : IAsyncDisposable
{
    private readonly DirectoryInfo _directory;

    private DirectoryInfo? _source;

    private Debuggee(DirectoryInfo directory, DebugSession session)
    {
        _directory = directory;
        Session = session;
    }

    public DebugSession Session { get; }

    public string Output => File.ReadAllText(OutputPath);

    private string OutputPath => Path.Combine(_directory.FullName, "output");

    /// <summary>Starts one of tests/debuggees/python, or any program given by its path.</summary>
    public static async Task<Debuggee> StartAsync(string python, string program, CancellationToken ct, Func<PdbOptions, PdbOptions>? change = null)
    {
        RealPython.Require(python);
        var directory = Directory.CreateTempSubdirectory("fred-e2e-");
        var input = Path.Combine(directory.FullName, "input");
        await File.WriteAllTextAsync(input, "bob\nred\n1 2 3\n4\n", ct);
        var options = new PdbOptions
        {
            Python = python,
            Program = Path.IsPathRooted(program) ? program : Path.Combine(RealPython.Debuggees, program),
            WorkingDirectory = directory.FullName,
            StandardInput = input,
            StandardOutput = Path.Combine(directory.FullName, "output"),
            StandardError = Path.Combine(directory.FullName, "output"),
        };
        try
        {
            var session = await DebugSession.StartAsync(new PdbBackend(change?.Invoke(options) ?? options), new SessionOptions(), TimeProvider.System, ct);
            return new Debuggee(directory, session);
        }
        catch
        {
            directory.Delete(recursive: true);
            throw;
        }
    }

    /// <summary>Starts a program given by its text.</summary>
    public static async Task<Debuggee> StartSourceAsync(string python, string source, CancellationToken ct, Func<PdbOptions, PdbOptions>? change = null)
    {
        var directory = Directory.CreateTempSubdirectory("fred-e2e-source-");
        try
        {
            var file = Path.Combine(directory.FullName, "program.py");
            await File.WriteAllTextAsync(file, source, ct);
            var debuggee = await StartAsync(python, file, ct, change);
            debuggee._source = directory;
            return debuggee;
        }
        catch
        {
            directory.Delete(recursive: true);
            throw;
        }
    }

    public Task<StopEvent> DoAsync(SessionCommand command, CancellationToken ct) => Session.ExecuteAsync(command, ct);

    public async ValueTask DisposeAsync()
    {
        await Session.DisposeAsync();
        _directory.Delete(recursive: true);
        _source?.Delete(recursive: true);
    }
}

/// <summary>The Pythons of this machine.</summary>
internal static class RealPython
{
    public const string System = "/usr/bin/python3";

    private static readonly string Versions = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".pyenv", "versions");

    /// <summary>Gets the oldest, the distribution's and the newest that Fred supports.</summary>
    public static IReadOnlyList<string> Some { get; } = [System, Path.Combine(Versions, "3.9.18", "bin", "python"), Path.Combine(Versions, "3.13.0", "bin", "python")];

    /// <summary>Gets the folder of the debuggees.</summary>
    public static string Debuggees { get; } = FindDebuggees();

    /// <summary>Gets the debuggees, each with the Pythons it is run on.</summary>
    public static TheoryData<string, string> Programs
    {
        get
        {
            var data = new TheoryData<string, string>();
            var programs = Directory.EnumerateFiles(Debuggees, "*.py").Select(p => Path.GetFileName(p)!).Order(StringComparer.Ordinal);
            foreach (var program in programs.Where(p => !p.StartsWith("nondet_", StringComparison.Ordinal) && !p.StartsWith("threads_", StringComparison.Ordinal))) // those are replayed from every checkpoint by tests/native
            {
                foreach (var python in program.StartsWith("numpy", StringComparison.Ordinal) ? [System] : Some)
                {
                    data.Add(program, python);
                }
            }

            return data;
        }
    }

    public static void Require(string python) => Skip.IfNot(File.Exists(python), $"{python} is not installed");

    private static string FindDebuggees()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Fred.sln")))
            {
                return Path.Combine(folder.FullName, "tests", "debuggees", "python");
            }
        }

        throw new DirectoryNotFoundException("tests/debuggees/python is not above " + AppContext.BaseDirectory);
    }
}
