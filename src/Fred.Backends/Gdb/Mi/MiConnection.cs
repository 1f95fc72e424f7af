using System.Globalization;
using System.Text;
using System.Threading.Channels;
using Fred.Core;

namespace Fred.Backends;

/// <summary>Commands to gdb and its answers, matched by token.</summary>
/// <remarks>
/// gdb answers in order, but a command that makes the target run is answered twice: <c>^running</c> at once, <c>*stopped</c> when it stands again; the caller who wants the
/// second asks with <see cref="RunAsync"/>. Everything between two answers (console text, notifications) belongs to the command whose answer follows.
/// One command at a time. Cancelling does not take a command back: gdb is busy with it until it answers; an interrupt makes that soon.
/// </remarks>
internal sealed class MiConnection : IAsyncDisposable
{
    private readonly TextWriter _input;
    private readonly TextReader _output;
    private readonly Action _interrupt;
    private readonly Channel<MiRecord> _records = Channel.CreateUnbounded<MiRecord>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly SemaphoreSlim _oneCommand = new(1, 1);
    private readonly Task _reading;
    private long _token;

    /// <summary>Initializes a new instance of the <see cref="MiConnection"/> class.</summary>
    /// <param name="input">gdb's standard input; owned.</param>
    /// <param name="output">gdb's standard output.</param>
    /// <param name="interrupt">Makes gdb give up what it does; called when a command is cancelled.</param>
    public MiConnection(TextWriter input, TextReader output, Action interrupt)
    {
        (_input, _output, _interrupt) = (input, output, interrupt);
        _reading = Task.Run(ReadAsync);
    }

    /// <summary>Gives a command and waits for its answer.</summary>
    /// <param name="command">Without token and line end.</param>
    /// <param name="ct">Interrupts gdb; the command then mostly ends in an error, and the task is cancelled.</param>
    /// <returns>The answer, errors included.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.DebuggerLost"/> or <see cref="ErrorId.ProtocolBroken"/>.</exception>
    public Task<MiReply> AskAsync(string command, CancellationToken ct) => CommandAsync(command, waitForStop: false, ct);

    /// <summary>Gives a command that may make the target run, and waits until it stands again.</summary>
    /// <param name="command">Without token and line end.</param>
    /// <param name="ct">As in <see cref="AskAsync"/>.</param>
    /// <returns>The answer; its events include the last <c>*stopped</c>.</returns>
    public Task<MiReply> RunAsync(string command, CancellationToken ct) => CommandAsync(command, waitForStop: true, ct);

    /// <summary>Gives a command that has to succeed.</summary>
    /// <param name="command">Without token and line end.</param>
    /// <param name="ct">As in <see cref="AskAsync"/>.</param>
    /// <returns>The answer.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.DebuggerRefused"/>: gdb refused.</exception>
    public async Task<MiValue.Tuple> DoAsync(string command, CancellationToken ct)
    {
        var reply = await AskAsync(command, ct).ConfigureAwait(false);
        return reply.IsError ? throw new FredException(ErrorId.DebuggerRefused, $"gdb refused '{command}': {reply.Error}") : reply.Results;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await _input.DisposeAsync().ConfigureAwait(false);
        }
        catch (IOException)
        {
            // gdb was gone already.
        }

        await _reading.ConfigureAwait(false);
        _oneCommand.Dispose();
    }

    private static FredException Lost() => new(ErrorId.DebuggerLost, "gdb has ended unexpectedly. Without it nothing of the program can be shown; quit, and start the session again.");

    private async Task<MiReply> CommandAsync(string command, bool waitForStop, CancellationToken ct)
    {
        await _oneCommand.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            ct.ThrowIfCancellationRequested();
            var token = ++_token;
            await SendAsync(string.Create(CultureInfo.InvariantCulture, $"{token}{command}\n")).ConfigureAwait(false);
            MiReply reply;
            await using (ct.Register(_interrupt).ConfigureAwait(false))
            {
                reply = await AnswerAsync(token, waitForStop).ConfigureAwait(false);
            }

            ct.ThrowIfCancellationRequested();
            return reply;
        }
        finally
        {
            _oneCommand.Release();
        }
    }

    private async Task SendAsync(string line)
    {
        try
        {
            await _input.WriteAsync(line).ConfigureAwait(false);
            await _input.FlushAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            throw Lost();
        }
    }

    private async Task<MiReply> AnswerAsync(long token, bool waitForStop)
    {
        var console = new StringBuilder();
        var events = new List<MiRecord.Async>();
        MiRecord.Result? answer = null;
        var running = false;
        while (true)
        {
            switch (await NextAsync().ConfigureAwait(false))
            {
                case MiRecord.Stream { Kind: '~' } stream:
                    console.Append(stream.Text);
                    break;
                case MiRecord.Async happened:
                    running = happened switch { { Kind: '*', Class: "running" } => true, { Kind: '*', Class: "stopped" } => false, _ => running };
                    events.Add(happened);
                    break;
                case MiRecord.Result result when result.Token == token:
                    answer = result;
                    running |= result.Class == "running";
                    break;

                // The prompt closes an answer: what a console command prints or notifies may come behind its ^done.
                case MiRecord.Prompt when answer is not null && !(waitForStop && running):
                    return new MiReply(answer.Class, answer.Results, console.ToString(), events);
            }
        }
    }

    private async ValueTask<MiRecord> NextAsync()
    {
        try
        {
            return await _records.Reader.ReadAsync().ConfigureAwait(false);
        }
        catch (ChannelClosedException e)
        {
            throw e.InnerException as FredException ?? Lost();
        }
    }

    private async Task ReadAsync()
    {
        FredException? broken = null;
        try
        {
            while (await _output.ReadLineAsync().ConfigureAwait(false) is { } line)
            {
                if (line.Length > 0)
                {
                    // A process that gdb has started (by a script of the user's) writes where gdb does.
                    _records.Writer.TryWrite(MiParser.IsRecord(line) ? MiParser.Parse(line) : new MiRecord.Stream('~', line + "\n"));
                }
            }
        }
        catch (FredException e)
        {
            broken = e;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The pipe was closed on this side: the end of gdb's output.
        }

        _records.Writer.TryComplete(broken);
    }
}
