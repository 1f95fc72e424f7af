using System.Runtime.InteropServices;

namespace Fred.Cli;

/// <summary>Ctrl-C, and the requests to end.</summary>
/// <remarks>
/// Ctrl-C belongs to the command that runs; with none it ends a sitting that has no terminal. At a terminal the line editor gets it as a key, and one that comes
/// just after a command has ended is meant for that command: it must not end the sitting. SIGTERM and
/// SIGHUP end the sitting in an orderly way, so that the program's processes and files are gone when fred is.
/// </remarks>
internal sealed class Interrupts : IDisposable
{
    private readonly CancellationTokenSource _lifetime = new();
    private readonly PosixSignalRegistration[] _signals;
    private readonly Lock _gate = new();
    private CancellationTokenSource? _command;

    /// <summary>Initializes a new instance of the <see cref="Interrupts"/> class and takes over the signals.</summary>
    public Interrupts()
    {
        _signals =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnInterrupt),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnEnd),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnEnd),
        ];
    }

    /// <summary>Gets a value indicating whether Ctrl-C without a running command does nothing.</summary>
    public bool IgnoresIdle { get; init; }

    /// <summary>Gets the token that ends with the sitting.</summary>
    public CancellationToken Lifetime => _lifetime.Token;

    /// <summary>Begins a command: from here on Ctrl-C cancels it.</summary>
    /// <returns>Its token source; disposing it ends the command.</returns>
    public CancellationTokenSource Begin()
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(_lifetime.Token);
        lock (_gate)
        {
            _command = source;
        }

        return source;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var signal in _signals)
        {
            signal.Dispose();
        }

        _lifetime.Dispose();
    }

    /// <summary>Does what SIGINT does.</summary>
    internal void Interrupt()
    {
        lock (_gate)
        {
            try
            {
                if (_command is not null)
                {
                    _command.Cancel();
                    return;
                }
            }
            catch (ObjectDisposedException)
            {
                // That command is over: nothing runs.
                _command = null;
            }

            if (!IgnoresIdle)
            {
                _lifetime.Cancel();
            }
        }
    }

    private void OnInterrupt(PosixSignalContext context)
    {
        context.Cancel = true;
        Interrupt();
    }

    private void OnEnd(PosixSignalContext context)
    {
        context.Cancel = true;
        _lifetime.Cancel();
    }
}
