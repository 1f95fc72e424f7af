using System.Diagnostics.CodeAnalysis;

namespace Fred.Dap;

/// <summary>Checks what the editor sent and says what is wrong in the words of launch.json.</summary>
internal static class LaunchSettingsReader
{
    /// <summary>Shortest sensible checkpoint interval, in seconds: below it the program mostly forks.</summary>
    private const double LeastInterval = 0.1;

    /// <summary>Checks launch settings.</summary>
    /// <exception cref="FredException"><see cref="ErrorId.Usage"/>: a setting is missing or makes no sense.</exception>
    public static LaunchSettings Read(LaunchArguments arguments)
    {
        string? program = NullIfEmpty(arguments.Program);
        string? module = NullIfEmpty(arguments.Module);
        if ((program is null) == (module is null))
        {
            Refuse(program is null ? "nothing to debug: set \"program\" to a file or \"module\" to a Python module" : "set either \"program\" or \"module\", not both");
        }
        if (arguments.Interval is { } seconds && !(seconds >= LeastInterval && seconds < TimeSpan.MaxValue.TotalSeconds))
        {
            Refuse($"\"interval\" is {seconds} seconds; at least {LeastInterval} are needed");
        }
        return new LaunchSettings
        {
            Backend = OneOf("backend", NullIfEmpty(arguments.Backend), "pdb", "gdb"),
            Program = program,
            Module = module,
            Arguments = arguments.Args ?? [],
            Directory = NullIfEmpty(arguments.Cwd),
            Environment = arguments.Env ?? [],
            Python = NullIfEmpty(arguments.Python),
            Gdb = NullIfEmpty(arguments.Gdb),
            Translated = OneOf("head", NullIfEmpty(arguments.Head), "native", "translated") == "translated",
            Console = ReadConsole(arguments.Console),
            Checkpointer = OneOf("checkpointer", NullIfEmpty(arguments.Checkpointer), "fork", "reexec", "dmtcp") ?? "fork",
            FollowChild = ReadFollow(NullIfEmpty(arguments.Follow)),
            Interval = arguments.Interval is { } interval ? TimeSpan.FromSeconds(interval) : null,
            JustMyCode = arguments.JustMyCode ?? true,
            StopOnEntry = arguments.StopOnEntry ?? false,
            NoDebug = arguments.NoDebug ?? false,
        };
    }

    private static LaunchConsole ReadConsole(string? name) => OneOf("console", NullIfEmpty(name), "internalConsole", "integratedTerminal", "externalTerminal") switch
    {
        "integratedTerminal" => LaunchConsole.IntegratedTerminal,
        "externalTerminal" => LaunchConsole.ExternalTerminal,
        _ => LaunchConsole.Internal,
    };

    private static int? ReadFollow(string? follow)
    {
        if (!FollowedChild.TryParse(follow, out int? child))
        {
            Refuse($"\"follow\": {FollowedChild.Refusal(follow!)}");
        }
        return child;
    }

    private static string? OneOf(string name, string? value, params ReadOnlySpan<string> known)
    {
        if (value is not null && !known.Contains(value))
        {
            Refuse($"\"{name}\" is '{value}'; known are {string.Join(", ", known!)}");
        }
        return value;
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;

    [DoesNotReturn]
    private static void Refuse(string problem) => throw new FredException(ErrorId.Usage, $"The launch configuration cannot be used: {problem}.");
}
