using System.Globalization;
using System.Text;
using System.Xml.Linq;

namespace Fred.Backends;

/// <content>What gdb asks about the target: what it can do, its threads, documents, and why it stands.</content>
internal sealed partial class RspSession
{
    private async Task<byte[]> QueryAsync(string text, CancellationToken ct)
    {
        var colon = text.AsSpan().IndexOfAny(':', ',');
        switch (colon < 0 ? text : text[..colon])
        {
            case "qSupported":
                var reverse = target().CanReverse ? ";ReverseStep+;ReverseContinue+" : string.Empty;
                return Bytes(
                    string.Create(CultureInfo.InvariantCulture, $"PacketSize={RspReader.LongestPacket - 64:x};QStartNoAckMode+;swbreak+;hwbreak+;vContSupported+") +
                    ";qXfer:features:read+;qXfer:auxv:read+;qXfer:exec-file:read+;qXfer:threads:read+" + reverse);
            case "QStartNoAckMode":
                NeedsAcknowledgement = false;
                return Bytes(Ok);
            case "qC":
                return Bytes(string.Create(CultureInfo.InvariantCulture, $"QC{target().StoppedThread:x}"));
            case "qfThreadInfo":
                return Bytes("m" + string.Join(',', (await target().ListThreadsAsync(ct).ConfigureAwait(false)).Select(thread => thread.Number.ToString("x", CultureInfo.InvariantCulture))));
            case "qsThreadInfo":
                return Bytes("l");
            case "qAttached":
                return Bytes("1");
            case "qSymbol":
                return Bytes(Ok);
            case "qXfer":
                return await TransferAsync(text, ct).ConfigureAwait(false);
            default:
                return [];
        }
    }

    private async Task<byte[]> TransferAsync(string text, CancellationToken ct)
    {
        if (text.Split(':', 5) is not ["qXfer", var name, "read", var annex, var range]
            || range.Split(',') is not [var from, var count] || !RspCodec.TryNumber(from, out var offset) || !RspCodec.TryNumber(count, out var length))
        {
            return Bytes(Error);
        }

        byte[]? document = (name, annex) switch
        {
            ("features", "target.xml") => Encoding.UTF8.GetBytes(RegisterLayout.TargetXml),
            ("auxv", "") => target().ReadAuxiliaryVector(),
            ("exec-file", _) => Encoding.UTF8.GetBytes(target().ExecutableFile),
            ("threads", "") => ThreadDocument(await target().ListThreadsAsync(ct).ConfigureAwait(false)),
            _ => null,
        };
        if (document is null)
        {
            return name is "features" or "auxv" or "exec-file" or "threads" ? Bytes("E00") : [];
        }

        if (offset >= (ulong)document.Length)
        {
            return Bytes("l");
        }

        var part = document.AsSpan((int)offset, (int)Math.Min(Math.Min(length, RspReader.LongestPacket / 2), (ulong)document.Length - offset));
        return [(byte)((int)offset + part.Length < document.Length ? 'm' : 'l'), .. part];
    }

    private static byte[] ThreadDocument(IReadOnlyList<(int Number, string Name)> threads) => Encoding.UTF8.GetBytes(
        "<?xml version=\"1.0\"?>" + new XElement(
            "threads",
            threads.Select(thread => new XElement(
                "thread",
                new XAttribute("id", thread.Number.ToString("x", CultureInfo.InvariantCulture)),
                thread.Name.Length > 0 ? new XAttribute("name", thread.Name) : null))));

    /// <summary>A thread's number as gdb writes it; 0 for any, null for none.</summary>
    private static int? Thread(string text) =>
        text is "-1" ? 0 : RspCodec.TryNumber(text, out var number) && number <= int.MaxValue ? (int)number : null;

    /// <summary>Selects a thread, or says whether it is alive; extended mode means nothing more here.</summary>
    private async Task<string> ThreadAsync(string text, CancellationToken ct)
    {
        if (text == "!" || text.StartsWith("Hc", StringComparison.Ordinal))
        {
            return Ok;
        }

        if (text.Length < 2 || Thread(text[(text[0] == 'T' ? 1 : 2)..]) is not { } number
            || (number > 0 && !(await target().ListThreadsAsync(ct).ConfigureAwait(false)).Any(thread => thread.Number == number)))
        {
            return Error;
        }

        if (text[0] == 'H')
        {
            target().SelectThread(number);
        }

        return Ok;
    }

    /// <summary>A stop with the registers gdb asks for first.</summary>
    private async Task<string> StopReplyAsync(RspStop stop, CancellationToken ct)
    {
        switch (stop)
        {
            case RspStop.Exited exited:
                return string.Create(CultureInfo.InvariantCulture, $"W{exited.Status & 0xff:x2}");
            case RspStop.Killed killed:
                return string.Create(CultureInfo.InvariantCulture, $"X{killed.Number:x2}");
        }

        var (signal, why) = stop switch
        {
            RspStop.Signal other => (other.Number, string.Empty),
            RspStop.Breakpoint breakpoint => (5, breakpoint.IsHardware ? "hwbreak:;" : "swbreak:;"),
            RspStop.Watch { Kind: RspBreakpointKind.Read } watch => (5, string.Create(CultureInfo.InvariantCulture, $"rwatch:{watch.Address:x};")),
            RspStop.Watch { Kind: RspBreakpointKind.Access } watch => (5, string.Create(CultureInfo.InvariantCulture, $"awatch:{watch.Address:x};")),
            RspStop.Watch watch => (5, string.Create(CultureInfo.InvariantCulture, $"watch:{watch.Address:x};")),
            RspStop.HistoryEnd history => (5, history.AtBegin ? "replaylog:begin;" : "replaylog:end;"),
            _ => (5, string.Empty),
        };
        var registers = await target().ReadRegistersAsync(ct).ConfigureAwait(false);
        var reply = new StringBuilder();
        reply.Append(CultureInfo.InvariantCulture, $"T{signal:x2}{why}");
        foreach (var name in (ReadOnlySpan<string>)["rbp", "rsp", "rip"])
        {
            var slot = RegisterLayout.Find(name);
            reply.Append(CultureInfo.InvariantCulture, $"{slot.Number:x}:{RspCodec.Hex(registers.Of(slot))};");
        }

        return reply.Append(CultureInfo.InvariantCulture, $"thread:{target().StoppedThread:x};").ToString();
    }
}
