using System.Text;
using Fred.Backends;
using Fred.TestKit;
using Spectre.Console;

namespace Fred.Cli.Tests;

/// <summary>Runs fred's command line in this process, over a program in memory. The program's file exists, so that its lines can be shown.</summary>
internal sealed class TestCli : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("fred-cli-");

    public TestCli(string source, params string[] input)
    {
        ProgramFile = Path.Combine(_directory.FullName, "prog.py");
        File.WriteAllText(ProgramFile, source);
        Backend = new ScriptedBackend(new ScriptedProgram(source, ProgramFile), input);
    }

    public ScriptedBackend Backend { get; }

    public string ProgramFile { get; }

    /// <summary>What fred was asked to start.</summary>
    public PythonArguments? Started { get; private set; }

    public string PathOf(string name) => Path.Combine(_directory.FullName, name);

    public string WriteScript(params string[] lines)
    {
        var path = Path.Combine(_directory.FullName, "script.fred");
        File.WriteAllLines(path, lines);
        return path;
    }

    /// <summary>Runs <c>fred python prog.py</c> with commands from standard input.</summary>
    public Task<TestRun> TypeAsync(params string[] lines) => RunAsync(string.Concat(lines.Select(l => l + "\n")), "python", "prog.py");

    public async Task<TestRun> RunAsync(string input, params string[] args)
    {
        using var output = new MemoryStream();
        using var error = new StringWriter();
        using var writer = new StreamWriter(output, new UTF8Encoding(false)) { AutoFlush = true };
        using var stdin = new MemoryStream(Encoding.UTF8.GetBytes(input));
        var host = new CliHost
        {
            MakeBackend = arguments =>
            {
                Started = arguments;
                return Backend;
            },
            Examine = (_, _) => Task.FromResult<IReadOnlyList<DoctorCheck>>([new("kernel", DoctorStatus.Ok, "new"), new("space", DoctorStatus.Failed, "none", "Make some.")]),
            Time = new ManualTime(), // checkpoints taken by the clock would number themselves differently on a busy machine
            Input = stdin,
            Output = output,
            Console = MakeConsole(writer),
            Error = MakeConsole(error),
        };
        var code = await CommandLine.RunAsync(args, host).WaitAsync(TimeSpan.FromSeconds(30));
        return new TestRun(code, Encoding.UTF8.GetString(output.ToArray()).Replace(_directory.FullName, "/dir", StringComparison.Ordinal), error.ToString());
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private static IAnsiConsole MakeConsole(TextWriter writer) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = AnsiSupport.No,
        ColorSystem = ColorSystemSupport.NoColors,
        Interactive = InteractionSupport.No,
        Out = new AnsiConsoleOutput(writer),
    });
}

/// <summary>What a run of the command line came to.</summary>
internal sealed record TestRun(int Code, string Output, string Error);
