using Fred.Backends;

namespace Fred.Cli;

/// <summary>Puts the real parts together: the only place that knows backends by type.</summary>
internal static class Composition
{
    /// <summary>Makes the backend for a program; nothing is started yet.</summary>
    /// <param name="arguments">The command line.</param>
    /// <returns>The backend; the sitting disposes it.</returns>
    /// <exception cref="FredException">The command line asks for something this version does not have.</exception>
    public static IBackend MakeBackend(PythonArguments arguments)
    {
        if (arguments.Native is not null || (arguments.Recording is { } recording && SavedRecording.BackendOf(recording) == "gdb"))
        {
            return new GdbBackend(new GdbOptions
            {
                Program = arguments.Native,
                Recording = arguments.Recording,
                Arguments = arguments.ProgramArguments,
                Gdb = arguments.Gdb ?? "gdb",
                WorkingDirectory = arguments.WorkingDirectory,
                StandardInput = arguments.Input,
                StandardOutput = arguments.Output,
                StandardError = arguments.ErrorOutput,
                OutputToError = arguments.OutputToError && arguments.Output is null,
                Environment = arguments.Environment,
                Checkpointer = arguments.Checkpointer,
                ImageInterval = arguments.Interval,
                NativeHead = arguments.NativeHead,
                RandomSchedule = arguments.RandomSchedule,
                FollowChild = arguments.FollowChild,
            });
        }

        return new PdbBackend(new PdbOptions
        {
            Python = arguments.Python,
            Program = arguments.Script,
            Module = arguments.Module,
            Recording = arguments.Recording,
            Arguments = arguments.ProgramArguments,
            WorkingDirectory = arguments.WorkingDirectory,
            StandardInput = arguments.Input,
            StandardOutput = arguments.Output,
            StandardError = arguments.ErrorOutput,
            OutputToError = arguments.OutputToError && arguments.Output is null,
            Environment = arguments.Environment,
            TraceLibrary = arguments.TraceLibrary,
            RandomSchedule = arguments.RandomSchedule,
            FollowChild = arguments.FollowChild,
            Checkpointer = arguments.Checkpointer,
            ImageInterval = arguments.Interval,
        });
    }
}
