using System.Text;
using System.Threading.Channels;

namespace Fred.Dap;

/// <summary>Takes what the program writes to the client's debug console, with the tick it was written at.</summary>
/// <remarks>One event is on its way at a time: a program that floods its output is slowed down by the client instead of filling memory.</remarks>
internal sealed class OutputPump : IAsyncDisposable
{
    /// <summary>Most characters in one event.</summary>
    private const int MaxText = 64 << 10;

    private readonly ChannelReader<DebuggeeOutput> _output;
    private readonly DebugSession _session;
    private readonly DapConnection _connection;
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _pump;

    /// <summary>Initializes a new instance of the <see cref="OutputPump"/> class, which starts at once.</summary>
    public OutputPump(ChannelReader<DebuggeeOutput> output, DebugSession session, DapConnection connection)
    {
        _output = output;
        _session = session;
        _connection = connection;
        _pump = Task.Run(PumpAsync);
    }

    /// <summary>Shows everything that has been written so far.</summary>
    public async Task FlushAsync()
    {
        await _one.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            await SendWaitingAsync().ConfigureAwait(false);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await FlushAsync().ConfigureAwait(false);
        await _stop.CancelAsync().ConfigureAwait(false);
#pragma warning disable VSTHRD003 // Started by this class.
        await _pump.ConfigureAwait(false);
#pragma warning restore VSTHRD003
        _stop.Dispose();
        _one.Dispose();
    }

    private async Task PumpAsync()
    {
        try
        {
            while (await _output.WaitToReadAsync(_stop.Token).ConfigureAwait(false))
            {
                await FlushAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed: what was written before has been flushed.
        }
    }

    private async Task SendWaitingAsync()
    {
        while (_output.TryRead(out DebuggeeOutput? first))
        {
            var text = new StringBuilder(first.Text);
            while (text.Length < MaxText && _output.TryPeek(out DebuggeeOutput? next) && next.IsError == first.IsError && next.At == first.At && _output.TryRead(out next))
            {
                text.Append(next.Text);
            }
            long tick = (first.At ?? _session.LiveTick).Value;
            await _connection.SendEventAndWaitAsync("output", new OutputBody(first.IsError ? "stderr" : "stdout", text.ToString(), new OutputTime(tick))).ConfigureAwait(false);
        }
    }
}
