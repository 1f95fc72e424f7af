using Fred.Core;

namespace Fred.Backends;

/// <summary>A parked fork of the program: it runs nothing, and can be forked again.</summary>
internal sealed class ParkedProcess : IAsyncDisposable
{
    private readonly OwnedProcess _process;

    private ParkedProcess(AgentHost host, Arrival arrival, ISessionKind kind)
    {
        _process = host.Own(arrival.Hello.Pid);
        Connection = new AgentConnection(arrival.Lines, host.Receive, ExplainAsync, greeting: true, kind.Parse);
    }

    /// <summary>Gets the connection to it.</summary>
    public AgentConnection Connection { get; }

    /// <summary>Gets the message it began with.</summary>
    public AgentMessage? Greeting { get; private set; }

    /// <summary>Gets or sets where it is parked.</summary>
    public StopEvent Stop { get; set; } = new() { Reason = StopReason.Entry, At = Ticks.Zero };

    /// <summary>Gets its pid.</summary>
    public int Pid => _process.Pid;

    /// <summary>Gets its share of memory in bytes when last measured.</summary>
    public long Bytes { get; private set; }

    /// <summary>Gets how often it was measured.</summary>
    public int Measured { get; private set; }

    /// <summary>Takes over a parked fork that has just said hello.</summary>
    /// <param name="host">Its session.</param>
    /// <param name="arrival">The fork; owned from now on.</param>
    /// <param name="kind">Of which program.</param>
    /// <param name="ct">Cancels; the fork is ended.</param>
    /// <returns>The fork; the caller disposes it.</returns>
    public static async Task<ParkedProcess> OpenAsync(AgentHost host, Arrival arrival, ISessionKind kind, CancellationToken ct)
    {
        var parked = new ParkedProcess(host, arrival, kind);
        try
        {
            var greeting = await parked.Connection.GreetingAsync().WaitAsync(ct).ConfigureAwait(false);
            parked.Greeting = greeting;
            parked.Stop = kind.Translate(greeting)
                ?? throw new FredException(ErrorId.ProtocolBroken, $"A checkpoint began with \"{greeting.Word}\". fred and its native part come from different versions; rebuild both.");
            return parked;
        }
        catch
        {
            await parked.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Measures its share of memory.</summary>
    public void Measure()
    {
        Measured++;
        Bytes = ProcessUsage.ReadShare(Pid);
    }

    /// <summary>Kills the fork and waits until it is gone.</summary>
    public async ValueTask DisposeAsync()
    {
        var exit = _process.EndAsync();
        await Connection.DisposeAsync().ConfigureAwait(false);
        await exit.ConfigureAwait(false);
    }

    private async Task<FredException> ExplainAsync()
    {
        var status = await _process.EndAsync().ConfigureAwait(false);
        return new FredException(
            ErrorId.CheckpointLost,
            $"The checkpoint at tick {Stop.At} (process {Pid}) is gone: {status?.ToString() ?? "fred-launcher ended and took it along"}. An older one is used where there is one.");
    }
}
