using System.Threading.Channels;

namespace Fred.Dap;

/// <summary>Starts what the user wants to debug. Implemented where backends are known: this project knows none.</summary>
public interface IDebuggeeLauncher
{
    /// <summary>Makes a backend for a program and checks that the program can be debugged. Its first statement has not run when this returns.</summary>
    /// <param name="settings">What to debug.</param>
    /// <param name="terminal">The editor's terminal, for programs that want one; null when the editor offers none.</param>
    /// <param name="ct">Cancels the launch and leaves nothing behind.</param>
    /// <returns>The debuggee; the caller disposes it.</returns>
    /// <exception cref="FredException">The program cannot be debugged; the id says why.</exception>
    Task<Debuggee> LaunchAsync(LaunchSettings settings, IEditorTerminal? terminal, CancellationToken ct);
}

/// <summary>The editor's terminals.</summary>
public interface IEditorTerminal
{
    /// <summary>Runs a command line in a new terminal of the editor (DAP's runInTerminal).</summary>
    /// <param name="title">The terminal's title.</param>
    /// <param name="directory">Working directory.</param>
    /// <param name="arguments">Program and arguments.</param>
    /// <param name="ct">Stops waiting for the editor's answer.</param>
    /// <returns>Done when the editor says that it runs.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.LaunchFailed"/>: the editor refused.</exception>
    Task RunAsync(string title, string directory, IReadOnlyList<string> arguments, CancellationToken ct);

    /// <summary>The user has pressed Ctrl-C in the terminal: what is on its way is paused. Any thread.</summary>
    void Interrupt();
}

/// <summary>A program about to be debugged.</summary>
/// <param name="Backend">The backend; disposing it ends every process.</param>
/// <param name="Options">How its history is to be kept.</param>
/// <param name="Output">What the program writes, in order; completed when the program can write no more. Null when it writes to a terminal of its own.</param>
public sealed record Debuggee(IBackend Backend, SessionOptions Options, ChannelReader<DebuggeeOutput>? Output)
{
    /// <summary>Gets what waits until everything the program has written so far is in <see cref="Output"/>. <see cref="Output"/> is read meanwhile.</summary>
    public Func<Task> SettleOutputAsync { get; init; } = () => Task.CompletedTask;

    /// <summary>Gets what frees the output's resources; called once, after the backend has been disposed.</summary>
    public Func<Task> CloseOutputAsync { get; init; } = () => Task.CompletedTask;
}

/// <summary>A piece of the program's output.</summary>
/// <param name="IsError">Standard error instead of standard output.</param>
/// <param name="Text">What was written, line ends included.</param>
/// <param name="At">The tick it was written at; null when not known.</param>
public sealed record DebuggeeOutput(bool IsError, string Text, Ticks? At = null);
