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
    public async Task<Debuggee> LaunchAsync(LaunchSettings settings, IEditorTerminal? terminal, CancellationToken ct)
    {
        Check(settings, terminal);
        return terminal is null ? WithPipes(settings) : await InTerminalAsync(settings, terminal, ct).ConfigureAwait(false);
    }

    private static Debuggee WithPipes(LaunchSettings settings)
    {
        var output = Channel.CreateBounded<DebuggeeOutput>(MaxWaiting);
        var standardOutput = new ProgramPipe(isError: false, output.Writer);
        var standardError = new ProgramPipe(isError: true, output.Writer);
        var backend = new PdbBackend(Describe(settings) with
        {
            StandardInput = "/dev/null",
            StandardOutput = standardOutput.Path,
            StandardError = standardError.Path,
        });
        return new Debuggee(backend, new SessionOptions { Interval = settings.Interval, Replicas = Environment.ProcessorCount }, output.Reader)
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
        };
    }

    private static async Task<Debuggee> InTerminalAsync(LaunchSettings settings, IEditorTerminal terminal, CancellationToken ct)
    {
        var host = await TerminalHost.OpenAsync(terminal, settings, ct).ConfigureAwait(false);
        var backend = new PdbBackend(Describe(settings) with { StandardInput = host.Device, StandardOutput = host.Device, StandardError = host.Device });
        return new Debuggee(backend, new SessionOptions { Interval = settings.Interval, Replicas = Environment.ProcessorCount }, Output: null)
        {
            CloseOutputAsync = async () => await host.DisposeAsync().ConfigureAwait(false),
        };
    }

    private static PdbOptions Describe(LaunchSettings settings) => new()
    {
        Python = settings.Python,
        Program = settings.Program,
        Module = settings.Module,
        Arguments = settings.Arguments,
        WorkingDirectory = settings.Directory,
        Environment = settings.Environment.ToDictionary(pair => pair.Key, pair => pair.Value ?? string.Empty),
        TraceLibrary = settings.JustMyCode ? [] : ["*"],
        Checkpointer = settings.Checkpointer,
    };

    private static void Check(LaunchSettings settings, IEditorTerminal? terminal)
    {
        if (settings.Backend == "gdb" || settings.Gdb is not null)
        {
            throw new FredException(ErrorId.Unsupported, "Native programs cannot be debugged by this version of Fred yet. Python programs can: set \"program\" to a .py file.");
        }

        if (settings.Checkpointer == "dmtcp")
        {
            throw new FredException(ErrorId.Unsupported, "The dmtcp checkpointer is not part of this version of Fred. Set \"checkpointer\" to fork (the default) or reexec.");
        }

        if (settings.Console != LaunchConsole.Internal && terminal is null)
        {
            throw new FredException(ErrorId.Unsupported, "This editor offers no terminal (it does not support runInTerminal). Set \"console\" to internalConsole.");
        }
    }
}
