using System.Threading.Channels;
using Fred.Backends;
using Fred.Dap;

namespace Fred.Cli;

/// <summary>Starts Python programs for the DAP server.</summary>
internal sealed class DapLauncher : IDebuggeeLauncher
{
    /// <summary>Pieces of output that may wait before the program is slowed down.</summary>
    private const int MaxWaiting = 64;

    /// <inheritdoc/>
    public Task<Debuggee> LaunchAsync(LaunchSettings settings, IEditorTerminal? terminal, CancellationToken ct)
    {
        Check(settings);
        var output = Channel.CreateBounded<DebuggeeOutput>(MaxWaiting);
        var standardOutput = new ProgramPipe(isError: false, output.Writer);
        var standardError = new ProgramPipe(isError: true, output.Writer);
        var backend = new PdbBackend(new PdbOptions
        {
            Python = settings.Python,
            Program = settings.Program,
            Module = settings.Module,
            Arguments = settings.Arguments,
            WorkingDirectory = settings.Directory,
            Environment = settings.Environment.ToDictionary(pair => pair.Key, pair => pair.Value ?? string.Empty),
            StandardInput = "/dev/null",
            StandardOutput = standardOutput.Path,
            StandardError = standardError.Path,
            TraceLibrary = settings.JustMyCode ? [] : ["*"],
            Checkpointer = settings.Checkpointer,
        });
        return Task.FromResult(new Debuggee(backend, new SessionOptions { Interval = settings.Interval }, output.Reader)
        {
            SettleOutputAsync = async () =>
            {
                await standardOutput.SettleAsync().ConfigureAwait(false);
                await standardError.SettleAsync().ConfigureAwait(false);
            },
            CloseOutputAsync = async () =>
            {
                await standardOutput.DisposeAsync().ConfigureAwait(false);
                await standardError.DisposeAsync().ConfigureAwait(false);
                output.Writer.Complete();
            },
        });
    }

    private static void Check(LaunchSettings settings)
    {
        if (settings.Backend == "gdb" || settings.Gdb is not null)
        {
            throw new FredException(ErrorId.Unsupported, "Native programs cannot be debugged by this version of Fred yet. Python programs can: set \"program\" to a .py file.");
        }

        if (settings.Checkpointer == "dmtcp")
        {
            throw new FredException(ErrorId.Unsupported, "The dmtcp checkpointer is not part of this version of Fred. Set \"checkpointer\" to fork (the default) or reexec.");
        }

        if (settings.Console != LaunchConsole.Internal)
        {
            throw new FredException(ErrorId.Unsupported, "This version of Fred shows the program's output in the debug console only. Set \"console\" to internalConsole.");
        }
    }
}
