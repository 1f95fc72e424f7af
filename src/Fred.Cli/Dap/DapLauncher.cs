using System.Threading.Channels;
using Fred.Dap;

namespace Fred.Cli;

/// <summary>Starts programs for the DAP server: native ones under gdb, all others under Python.</summary>
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
        var backend = MakeBackend(settings, "/dev/null", standardOutput.Path, standardError.Path);
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
        var backend = MakeBackend(settings, host.Device, host.Device, host.Device);
        return new Debuggee(backend, new SessionOptions { Interval = settings.Interval, Replicas = Environment.ProcessorCount }, Output: null)
        {
            CloseOutputAsync = async () => await host.DisposeAsync().ConfigureAwait(false),
        };
    }

    private static IBackend MakeBackend(LaunchSettings settings, string input, string output, string error)
    {
        var native = IsNative(settings);
        if (native && settings.Program is null)
        {
            throw new FredException(ErrorId.Usage, "The launch configuration cannot be used: a native program is given by \"program\", not by \"module\".");
        }

        return Composition.MakeBackend(new PythonArguments
        {
            Native = native ? settings.Program : null,
            Gdb = settings.Gdb,
            NativeHead = !settings.Translated,
            Python = settings.Python,
            Script = native ? null : settings.Program,
            Module = settings.Module,
            ProgramArguments = settings.Arguments,
            WorkingDirectory = settings.Directory,
            Environment = settings.Environment.ToDictionary(pair => pair.Key, pair => pair.Value ?? string.Empty),
            Input = input,
            Output = output,
            ErrorOutput = error,
            TraceLibrary = settings.JustMyCode ? [] : ["*"],
            Checkpointer = settings.Checkpointer,
            FollowChild = settings.FollowChild,
        });
    }

    /// <summary>Whether a program is one for gdb: said so, or an ELF file.</summary>
    private static bool IsNative(LaunchSettings settings)
    {
        if (settings.Backend is not null || settings.Gdb is not null)
        {
            return settings.Backend != "pdb";
        }

        try
        {
            using var file = File.OpenRead(Path.Combine(settings.Directory ?? string.Empty, settings.Program ?? string.Empty));
            Span<byte> magic = stackalloc byte[4];
            return file.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false) == magic.Length && magic.SequenceEqual("\u007FELF"u8);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // The backend says what is wrong with it.
        }
    }

    private static void Check(LaunchSettings settings, IEditorTerminal? terminal)
    {
        if (settings.Console != LaunchConsole.Internal && terminal is null)
        {
            throw new FredException(ErrorId.Unsupported, "This editor offers no terminal (it does not support runInTerminal). Set \"console\" to internalConsole.");
        }
    }
}
