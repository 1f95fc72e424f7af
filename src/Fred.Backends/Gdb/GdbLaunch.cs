using Fred.Core;

namespace Fred.Backends;

/// <summary>How a native program is started under libfred.</summary>
internal static class GdbLaunch
{
    /// <summary>The library's file name.</summary>
    public const string Library = "libfred-native.so";

    /// <summary>Describes how a recorded program is started again.</summary>
    public static LaunchSpec Describe(GdbOptions options, RecordedLaunch recorded, RecordingFolder folder, SessionDirectory directory) =>
        Describe(options, recorded.Program, recorded.Arguments, folder.SocketPath(directory.SocketPath)) with
        {
            WorkingDirectory = Directory.Exists(recorded.WorkingDirectory) ? recorded.WorkingDirectory : null,
            EnvironmentFile = folder.EnvironmentPath,
        };

    /// <summary>Describes the start.</summary>
    public static LaunchSpec Describe(GdbOptions options, string program, SessionDirectory directory) =>
        Describe(options, program, options.Arguments, directory.SocketPath) with { WorkingDirectory = options.WorkingDirectory };

    private static LaunchSpec Describe(GdbOptions options, string program, IReadOnlyList<string> arguments, string socket)
    {
        var install = options.InstallDirectory ?? AppContext.BaseDirectory;
        var environment = new List<KeyValuePair<string, string>>(options.Environment)
        {
            new("LD_PRELOAD", Installed(install, Library)),
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

    private static string Installed(string directory, string name)
    {
        var path = Path.Combine(directory, name);
        return File.Exists(path) ? path : throw new FredException(ErrorId.LaunchFailed, $"{path} is missing. Build fred again; its native part needs a C compiler.");
    }
}
