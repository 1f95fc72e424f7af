using System.Globalization;
using Fred.Core;

namespace Fred.Backends;

/// <content>What only processes of native programs say: docs/agent-protocol.md, section 5.</content>
internal abstract partial record AgentMessage
{
    /// <summary>Reads a control line of a native process.</summary>
    /// <param name="line">Without its line feed.</param>
    /// <returns>The message.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.ProtocolBroken"/>: it is none.</exception>
    public static AgentMessage ParseNative(string line)
    {
        var fields = new AgentFields(line);
        AgentMessage? message = fields.Word("message") switch
        {
            "stopped" => ParseHalted(ref fields),
            "match" => ParseMatch(ref fields),
            "scanned" => new Scanned(fields.Long("tick"), fields.Long("cursor"), fields.Long("count"), 0, 0, Touched: false, string.Empty),
            "regs" => new Registers(TakeBytes(ref fields, "general"), TakeBytes(ref fields, "xsave")),
            "bytes" => new MemoryBytes(TakeBytes(ref fields, "bytes")),
            "ok" => new Done(),
            "threads" => ParseThreads(ref fields),
            "output" => new OutputWritten(fields.Int("descriptor"), TakeBytes(ref fields, "bytes")),
            _ => null,
        };
        if (message is null)
        {
            return Parse(line);
        }

        fields.End();
        return message;
    }

    private static Halted ParseHalted(ref AgentFields fields)
    {
        var reason = fields.Word("reason").ToString();
        var (tick, cursor, exact) = (fields.Long("tick"), fields.Long("cursor"), fields.Int("exact") != 0);
        var (pc, sp, signal) = (Address(ref fields, "pc"), Address(ref fields, "sp"), fields.Int("signal"));
        return new Halted(reason, tick, cursor, exact, pc, sp, signal, fields.Ids("ids"), fields.Text("detail"))
        {
            Thread = fields.Int("thread"),
            Threads = fields.Int("threads"),
        };
    }

    private static ThreadTable ParseThreads(ref AgentFields fields)
    {
        var all = new NativeThread[fields.Int("count")];
        for (var i = 0; i < all.Length; i++)
        {
            var (number, id, parent, born) = (fields.Int("number"), fields.Int("id"), fields.Int("parent"), fields.Long("born"));
            all[i] = new NativeThread(number, id, parent, born, Address(ref fields, "pc"), Address(ref fields, "sp"), fields.Int("call"), fields.Text("name"));
        }

        return new ThreadTable(all);
    }

    private static Match ParseMatch(ref AgentFields fields)
    {
        var (tick, ids, pc) = (fields.Long("tick"), fields.Ids("ids"), Address(ref fields, "pc"));
        var value = fields.Word("value");
        return new Match(tick, ids.Count > 0 ? ids[0] : 0) { Ids = ids, Pc = pc, Bytes = value is "-" ? [] : Hex(value, fields) };
    }

    private static ulong Address(ref AgentFields fields, string name) =>
        ulong.TryParse(fields.Word(name), NumberStyles.None, CultureInfo.InvariantCulture, out var address) ? address : throw fields.Broken($"has no address in its field '{name}'");

    private static byte[] TakeBytes(ref AgentFields fields, string name)
    {
        var digits = fields.Word(name);
        return digits is "%" ? [] : Hex(digits, fields);
    }

    private static byte[] Hex(ReadOnlySpan<char> digits, AgentFields fields) => RspCodec.TryBytes(digits, out var bytes) ? bytes : throw fields.Broken("has badly coded bytes");

    /// <summary>A native process stands.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="Tick">Instructions since the program's entry point.</param>
    /// <param name="Cursor">Position in the log.</param>
    /// <param name="Exact">Whether the tick is known.</param>
    /// <param name="Pc">The next instruction.</param>
    /// <param name="Sp">The stack pointer.</param>
    /// <param name="Signal">For reason signal.</param>
    /// <param name="Ids">Breakpoints or watchpoints.</param>
    /// <param name="Detail">More about the reason.</param>
    public sealed record Halted(string Reason, long Tick, long Cursor, bool Exact, ulong Pc, ulong Sp, int Signal, IReadOnlyList<int> Ids, string Detail) : AgentMessage
    {
        /// <summary>Gets the number of the thread that stands there.</summary>
        public int Thread { get; init; } = 1;

        /// <summary>Gets how many threads there have been.</summary>
        public int Threads { get; init; } = 1;

        /// <summary>The reason of a native head that asks for its tick and then goes on.</summary>
        public const string Locate = "locate";

        /// <summary>A replica is in the state that it was to find.</summary>
        public const string Found = "match";

        public override string Word => "stopped";
    }

    /// <summary>Registers.</summary>
    /// <param name="General">24 words of 64 bits.</param>
    /// <param name="Xsave">An XSAVE area in standard form.</param>
    public sealed record Registers(byte[] General, byte[] Xsave) : AgentMessage
    {
        public override string Word => "regs";
    }

    /// <summary>Memory.</summary>
    /// <param name="Bytes">As far as readable.</param>
    public sealed record MemoryBytes(byte[] Bytes) : AgentMessage
    {
        public override string Word => "bytes";
    }

    /// <summary>The threads that are alive.</summary>
    /// <param name="All">In no order.</param>
    public sealed record ThreadTable(IReadOnlyList<NativeThread> All) : AgentMessage
    {
        public override string Word => "threads";
    }

    /// <summary>A request was carried out.</summary>
    public sealed record Done : AgentMessage
    {
        public override string Word => "ok";
    }

    /// <summary>A diversion has written to its standard output or error.</summary>
    /// <param name="Descriptor">1 or 2.</param>
    /// <param name="Bytes">What it wrote.</param>
    public sealed record OutputWritten(int Descriptor, byte[] Bytes) : AgentMessage
    {
        public override string Word => "output";
    }
}
