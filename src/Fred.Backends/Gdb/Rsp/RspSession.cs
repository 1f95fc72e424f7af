using System.Globalization;
using System.Text;
using Fred.Core;

namespace Fred.Backends;

/// <summary>What one gdb says and what it is answered. Knows no sockets.</summary>
internal sealed partial class RspSession(Func<IRspTarget> target, Action<FredException> failed)
{
    private const string Ok = "OK";
    private const string Error = "E01";
    private readonly HashSet<RspBreakpoint> _breakpoints = [];
    private readonly Lock _gate = new();
    private CancellationTokenSource? _running;

    /// <summary>Gets a value indicating whether a connection begins with acknowledgements.</summary>
    public bool StartsPlain { get; } = true;

    /// <summary>Gets a value indicating whether packets are to be acknowledged.</summary>
    public bool NeedsAcknowledgement { get; private set; } = true;

    /// <summary>Gets a value indicating whether gdb has taken its leave.</summary>
    public bool IsOver { get; private set; }

    /// <summary>gdb's Ctrl-C. Any thread; no effect on a target that stands.</summary>
    public void Interrupt()
    {
        lock (_gate)
        {
            _running?.Cancel();
        }
    }

    /// <summary>Answers a packet.</summary>
    /// <param name="packet">Without escapes.</param>
    /// <param name="ct">gdb is gone.</param>
    /// <returns>The answer; empty for what is not understood, null when none is due.</returns>
    public async Task<byte[]?> AnswerAsync(byte[] packet, CancellationToken ct)
    {
        try
        {
            // Binary data stands only in X, behind what is looked at here.
            return await AnswerAsync(packet, Encoding.Latin1.GetString(packet), ct).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            // Whatever went wrong concerns this packet only: gdb shows the text, and the connection lives.
            failed(e as FredException ?? new FredException(ErrorId.Internal, $"gdb's packet '{RspCodec.Shown(packet)}' could not be answered: {e.Message}", e));
            return Bytes("E." + string.Concat(e.Message.ReplaceLineEndings(" ").Where(static c => c is not ('$' or '#' or '}' or '*')))); // gdb does not undo escapes here
        }
    }

    private static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    private async Task<byte[]?> AnswerAsync(byte[] packet, string text, CancellationToken ct)
    {
        if (text.Length == 0)
        {
            return [];
        }

        switch (text[0])
        {
            case '?':
                return Bytes(await StopReplyAsync(target().Stop, ct).ConfigureAwait(false));
            case 'g' or 'G' or 'p' or 'P':
                return Bytes(await RegistersAsync(text, ct).ConfigureAwait(false));
            case 'm' or 'M' or 'X':
                return Bytes(await MemoryAsync(packet, text, ct).ConfigureAwait(false));
            case 'Z' or 'z':
                return Bytes(Breakpoint(text));
            case 'H' or 'T' or '!':
                return Bytes(await ThreadAsync(text, ct).ConfigureAwait(false));
            case 'c' or 's' or 'b':
                return await MoveAsync(text, ct).ConfigureAwait(false);
            case 'D' or 'k':
                return Leave(kill: text[0] == 'k');
            case 'v':
                return await LongAsync(text, ct).ConfigureAwait(false);
            case 'q' when text.StartsWith("qGetTLSAddr:", StringComparison.Ordinal):
                return Bytes(await ThreadLocalAsync(text["qGetTLSAddr:".Length..].Split(','), ct).ConfigureAwait(false));
            case 'q' or 'Q':
                return await QueryAsync(text, ct).ConfigureAwait(false);
            default:
                return [];
        }
    }

    private async Task<byte[]?> LongAsync(string text, CancellationToken ct)
    {
        if (text == "vCont?")
        {
            return Bytes("vCont;c;C;s;S");
        }

        if (text.StartsWith("vCont;", StringComparison.Ordinal))
        {
            // One thread runs at a time, and which one is no choice of gdb's: the first action counts, as long as it does not step another thread than the one that stopped.
            var action = text[6..].Split(';')[0].Split(':');
            return action is not [['s' or 'S', ..], var who] || Thread(who) is null or 0 || Thread(who) == target().StoppedThread
                ? await MoveAsync(action[0], ct).ConfigureAwait(false)
                : throw new FredException(ErrorId.NotNow, $"Only the thread that stopped, {target().StoppedThread}, can be stepped.");
        }

        if (text.StartsWith("vRun", StringComparison.Ordinal) || text.StartsWith("vAttach", StringComparison.Ordinal))
        {
            throw new FredException(ErrorId.NotNow, "The program runs already. reverse-continue goes back to its beginning; to run it afresh, start fred again.");
        }

        if (text.StartsWith("vKill", StringComparison.Ordinal))
        {
            Leave(kill: true);
            return Bytes(Ok);
        }

        // No vFile: gdb then reads programs and libraries itself. They are on this machine, and by their own names gdb also finds what belongs to them (pretty printers, separate debug information).
        return [];
    }

    private byte[]? Leave(bool kill)
    {
        IsOver = true;
        target().Leave(kill);
        return kill ? null : Bytes(Ok);
    }

    private async Task<string> RegistersAsync(string text, CancellationToken ct)
    {
        var registers = await target().ReadRegistersAsync(ct).ConfigureAwait(false);
        switch (text[0])
        {
            case 'g':
                return RspCodec.Hex(registers.Bytes);
            case 'G':
                return RspCodec.TryBytes(text.AsSpan(1), out var all) && RegisterFile.From(all) is { } changed && await target().WriteRegistersAsync(changed, ct).ConfigureAwait(false) ? Ok : Error;
        }

        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (!RspCodec.TryNumber(equals < 0 ? text.AsSpan(1) : text.AsSpan(1, equals - 1), out var number) || number >= (ulong)RegisterLayout.All.Count)
        {
            return Error;
        }

        var slot = RegisterLayout.All[(int)number];
        if (text[0] == 'p')
        {
            return RspCodec.Hex(registers.Of(slot));
        }

        if (equals < 0 || !RspCodec.TryBytes(text.AsSpan(equals + 1), out var value) || value.Length != slot.Size)
        {
            return Error;
        }

        value.CopyTo(registers.Of(slot));
        return await target().WriteRegistersAsync(registers, ct).ConfigureAwait(false) ? Ok : Error;
    }

    private async Task<string> ThreadLocalAsync(string[] words, CancellationToken ct) =>
        words is [_, var from, var module] && RspCodec.TryNumber(from, out var offset) && RspCodec.TryNumber(module, out var map)
        && await target().FindThreadLocalAsync(offset, map, ct).ConfigureAwait(false) is { } address
            ? address.ToString("x", CultureInfo.InvariantCulture)
            : Error;

    private async Task<string> MemoryAsync(byte[] packet, string text, CancellationToken ct)
    {
        var comma = text.IndexOf(',', StringComparison.Ordinal);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var end = colon < 0 ? text.Length : colon;
        if (comma < 0 || comma > end || !RspCodec.TryNumber(text.AsSpan(1, comma - 1), out var address) || !RspCodec.TryNumber(text.AsSpan(comma + 1, end - comma - 1), out var length))
        {
            return Error;
        }

        if (text[0] == 'm')
        {
            var buffer = new byte[Math.Min(length, RspReader.LongestPacket / 4)];
            var got = await target().ReadMemoryAsync(address, buffer, ct).ConfigureAwait(false);
            return got > 0 || length == 0 ? RspCodec.Hex(buffer.AsSpan(0, got)) : Error;
        }

        if (colon < 0)
        {
            return Error;
        }

        var bytes = packet[(colon + 1)..];
        if (text[0] == 'M' && !RspCodec.TryBytes(text.AsSpan(colon + 1), out bytes))
        {
            return Error;
        }

        return (ulong)bytes.Length == length && (length == 0 || await target().WriteMemoryAsync(address, bytes, ct).ConfigureAwait(false)) ? Ok : Error;
    }

    private string Breakpoint(string text)
    {
        // Z4,401136,8;cond... : conditions are not offered, so gdb evaluates them itself.
        var parts = text[1..].Split(';')[0].Split(',');
        if (parts is not [var type, var where, var size] || !int.TryParse(type, NumberStyles.None, CultureInfo.InvariantCulture, out var kind) || kind > 4)
        {
            return string.Empty;
        }

        if (!RspCodec.TryNumber(where, out var address) || !RspCodec.TryNumber(size, out var length) || length > int.MaxValue)
        {
            return Error;
        }

        if (kind >= (int)RspBreakpointKind.Write && length is 0 or > GdbServer.LongestWatch)
        {
            return Error;
        }

        var breakpoint = new RspBreakpoint((RspBreakpointKind)kind, address, (int)length);
        _ = text[0] == 'Z' ? _breakpoints.Add(breakpoint) : _breakpoints.Remove(breakpoint);
        return Ok;
    }

    private async Task<byte[]?> MoveAsync(string action, CancellationToken ct)
    {
        RspMotion? motion = action switch
        {
            ['c' or 'C', ..] => RspMotion.Continue,
            ['s' or 'S', ..] => RspMotion.Step,
            "bc" => RspMotion.ReverseContinue,
            "bs" => RspMotion.ReverseStep,
            _ => null,
        };
        if (motion is not { } known)
        {
            return [];
        }

        using var running = CancellationTokenSource.CreateLinkedTokenSource(ct);
        lock (_gate)
        {
            _running = running;
        }

        try
        {
            return Bytes(await StopReplyAsync(await target().ResumeAsync(known, _breakpoints, running.Token).ConfigureAwait(false), ct).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return Bytes(await StopReplyAsync(new RspStop.Signal(2), ct).ConfigureAwait(false));
        }
        finally
        {
            lock (_gate)
            {
                _running = null;
            }
        }
    }
}
