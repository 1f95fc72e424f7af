using System.Text.Json;
using Fred.Core;

namespace Fred.Backends;

/// <summary>How a Python program is started under libfred, and what is said when that fails.</summary>
internal static class PdbLaunch
{
    /// <summary>Describes the start of a program.</summary>
    public static LaunchSpec Describe(PdbOptions options, PythonInterpreter python, SessionDirectory directory)
    {
        var install = Install(options);
        var agent = Installed(install, Path.Combine("python", "fred_agent", "__main__.py"));
        var told = new AgentOptions
        {
            Program = options.Program,
            Module = options.Module,
            Arguments = options.Arguments,
            TraceLibrary = options.TraceLibrary,
            EagerSwitching = options.RandomSchedule is not null,
            StartError = directory.StartErrorPath,
        };
        return Describe(options, python.Path, [Path.GetDirectoryName(agent) ?? install, JsonSerializer.Serialize(told, AgentJson.Default.AgentOptions)], directory.SocketPath) with
        {
            WorkingDirectory = options.WorkingDirectory,
        };
    }

    /// <summary>Describes how a recorded program is started again.</summary>
    public static LaunchSpec Describe(PdbOptions options, RecordedLaunch recorded, RecordingFolder folder, SessionDirectory directory) =>
        Describe(options, recorded.Program, recorded.Arguments, folder.SocketPath(directory.SocketPath)) with
        {
            WorkingDirectory = Directory.Exists(recorded.WorkingDirectory) ? recorded.WorkingDirectory : null,
            EnvironmentFile = folder.EnvironmentPath,
        };

    /// <summary>Says why the program ended before its first statement.</summary>
    /// <param name="options">What was to be started.</param>
    /// <param name="python">With which Python.</param>
    /// <param name="report">Where the agent leaves its report.</param>
    /// <param name="lost">What is known without it.</param>
    public static FredException Explain(PdbOptions options, PythonInterpreter python, string report, FredException lost)
    {
        var what = options.Program ?? $"module {options.Module}";
        if (Read(report) is not { } error)
        {
            return new FredException(
                ErrorId.LaunchFailed, $"{what} could not be started under {python.Path}. {lost.Message} What it wrote to standard error may say more; `fred doctor` checks this machine.", lost);
        }

        var where = error.File is null ? string.Empty : error.Line is > 0 ? $" ({error.File}, line {error.Line})" : $" ({error.File})";
        return error.Error switch
        {
            "not-found" => new FredException(ErrorId.ProgramNotFound, $"{what} was not found: {error.Message}{where}. Check the path; to run a module, use -m.", lost),
            "syntax" => new FredException(ErrorId.ProgramSyntaxError, $"{what} does not parse: {error.Message}{where}. Correct it and start again.", lost),
            _ => new FredException(ErrorId.LaunchFailed, $"{what} could not be started: {error.Message}{where}.", lost),
        };
    }

    private static string Install(PdbOptions options) => options.InstallDirectory ?? AppContext.BaseDirectory;

    private static LaunchSpec Describe(PdbOptions options, string program, IReadOnlyList<string> arguments, string socket)
    {
        var install = Install(options);
        var environment = new List<KeyValuePair<string, string>>(options.Environment)
        {
            new("LD_PRELOAD", Installed(install, "libfred.so")),
            new("FRED_SOCKET", socket),
        };
        return new LaunchSpec(Installed(install, "fred-launcher"), environment, program, arguments)
        {
            StandardInput = options.StandardInput,
            StandardOutput = options.StandardOutput,
            StandardError = options.StandardError,
            OutputToError = options.OutputToError,
        };
    }

    private static StartError? Read(string report)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(report), AgentJson.Default.StartError);
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return null;
        }
    }

    private static string Installed(string directory, string name)
    {
        var path = Path.Combine(directory, name);
        return File.Exists(path) ? path : throw new FredException(ErrorId.LaunchFailed, $"{path} is missing. Build fred again; its native part needs a C compiler.");
    }
}
