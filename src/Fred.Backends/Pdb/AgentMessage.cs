using System.Globalization;
using Fred.Core;

namespace Fred.Backends;

/// <summary>What kind of process is at the other end of a connection.</summary>
internal enum AgentRole
{
    /// <summary>Parent of all others; spawns, reaps, kills.</summary>
    Launcher,

    /// <summary>A freshly started program that does not know its mode yet.</summary>
    Process,

    /// <summary>The program at the live edge.</summary>
    Head,

    /// <summary>A parked fork.</summary>
    Checkpoint,

    /// <summary>A fork or re-execution that replays from the log.</summary>
    Replica,

    /// <summary>A throw-away fork that answers questions.</summary>
    Inspector,

    /// <summary>A throw-away fork of a native program in which functions are called.</summary>
    Diversion,
}

/// <summary>One control line from a process of the session to fred: docs/agent-protocol.md, section 2. The only place that knows their spelling.</summary>
internal abstract partial record AgentMessage
{
    /// <summary>The version of the protocol; the first field of every hello.</summary>
    public const int Version = 3;

    /// <summary>The longest control line, in bytes without its line feed.</summary>
    public const int LongestLine = 65_535;

    private static readonly string[] Roles = ["launcher", "process", "head", "checkpoint", "replica", "inspector", "diversion"];
    private static readonly string[] Kinds = ["none", "call", "line", "return", "end"];

    private AgentMessage()
    {
    }

    /// <summary>Gets the message's first word.</summary>
    public abstract string Word { get; }

    /// <summary>Gets the spelling of every message, for the test that compares the three sides.</summary>
    public static IReadOnlyList<string> Words { get; } =
        ["hello", "spawned", "forked", "failed", "exited", "stopped", "match", "seen", "scanned", "looking", "watching", "executed", "promoted", "imaged", "followed", "diverged", "notice", "error"];

    /// <summary>Reads a control line.</summary>
    /// <param name="line">Without its line feed.</param>
    /// <returns>The message.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.ProtocolBroken"/>: it is none.</exception>
    public static AgentMessage Parse(ReadOnlySpan<char> line)
    {
        var fields = new AgentFields(line);
        var word = fields.Word("message");
        AgentMessage message = word switch
        {
            "hello" => ParseHello(ref fields),
            "spawned" => new Spawned(fields.Long("token"), fields.Int("pid")),
            "forked" => new Forked(fields.Long("token"), fields.Int("pid")),
            "failed" => new Failed(fields.Long("token"), fields.Int("errno")),
            "exited" => new Exited(fields.Int("pid"), fields.Int("status")),
            "stopped" => ParseStopped(ref fields),
            "match" => new Match(fields.Long("tick"), fields.Int("value")),
            "seen" => ParseSeen(ref fields),
            "scanned" => new Scanned(fields.Long("tick"), fields.Long("cursor"), fields.Long("count"), fields.Long("probe"), fields.Int("depth"), fields.Int("touched") != 0, fields.Text("digest")),
            "looking" => new Looking(),
            "watching" => new Watching(),
            "executed" => new Executed(fields.Long("token"), ParseOutcome(ref fields), fields.Text("output")),
            "promoted" => new Promoted(),
            "imaged" => new Imaged(fields.Long("token"), fields.Int("status")),
            "followed" => new Followed(fields.Int("pid"), fields.Int("made")),
            "diverged" => new Diverged(fields.Long("tick"), fields.Long("cursor"), fields.Text("text")),
            "notice" => new Notice(fields.Text("text")),
            "error" => new Error(fields.Text("text")),
            _ => throw fields.Broken("is unknown"),
        };
        fields.End();
        return message;
    }

    private static Hello ParseHello(ref AgentFields fields)
    {
        var version = fields.Int("version");
        if (version != Version)
        {
            throw fields.Broken($"speaks version {version} of the agent protocol where {Version} is needed");
        }

        var role = Array.IndexOf(Roles, fields.Word("role").ToString());
        return role < 0
            ? throw fields.Broken("has an unknown role")
            : new Hello((AgentRole)role, fields.Long("token"), fields.Int("pid"), fields.Long("tick"), fields.Long("cursor"));
    }

    private static Stopped ParseStopped(ref AgentFields fields)
    {
        var reason = fields.Word("reason").ToString();
        var (tick, cursor, depth) = (fields.Long("tick"), fields.Long("cursor"), fields.Int("depth"));
        var kind = Array.IndexOf(Kinds, fields.Word("kind").ToString());
        if (kind < 0)
        {
            throw fields.Broken("has an unknown kind of event");
        }

        var (line, probe, ids) = (fields.Int("line"), fields.Long("probe"), fields.Ids("breakpoints"));
        return new Stopped(reason, tick, cursor, depth, (EventKind)kind, line, probe, ids, fields.Text("file"), fields.Text("function"), fields.Text("detail"), fields.Int("thread"), fields.Int("threads"));
    }

    private static Seen ParseSeen(ref AgentFields fields)
    {
        var (tick, kind, doubtful) = (fields.Long("tick"), fields.Word("kind").ToString(), fields.Int("doubtful") != 0);
        var (number, depth, line) = (fields.Long("number"), fields.Int("depth"), fields.Int("line"));
        return new Seen(tick, kind, doubtful, number, depth, line, fields.Text("file"), fields.Text("function"), fields.Text("text"), fields.Int("thread"));
    }

    private static bool ParseOutcome(ref AgentFields fields) => fields.Word("outcome") switch
    {
        "ok" => true,
        "error" => false,
        _ => throw fields.Broken("is neither ok nor error"),
    };

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>First line of every connection.</summary>
    public sealed record Hello(AgentRole Role, long Token, int Pid, long Tick, long Cursor) : AgentMessage
    {
        public override string Word => "hello";

        public override string ToString() => $"hello {Version} {Roles[(int)Role]} {Number(Token)} {Number(Pid)} {Number(Tick)} {Number(Cursor)}";
    }

    /// <summary>The launcher has started the program.</summary>
    public sealed record Spawned(long Token, int Pid) : AgentMessage
    {
        public override string Word => "spawned";
    }

    /// <summary>A process has forked; the child will say hello with the same token.</summary>
    public sealed record Forked(long Token, int Pid) : AgentMessage
    {
        public override string Word => "forked";
    }

    /// <summary>No process was made for this token.</summary>
    public sealed record Failed(long Token, int Errno) : AgentMessage
    {
        public override string Word => "failed";
    }

    /// <summary>The launcher has reaped a process; status as waitpid gives it.</summary>
    public sealed record Exited(int Pid, int Status) : AgentMessage
    {
        public override string Word => "exited";
    }

    /// <summary>A run has ended.</summary>
    public sealed record Stopped(
        string Reason, long Tick, long Cursor, int Depth, EventKind Kind, int Line, long Probe, IReadOnlyList<int> Breakpoints, string File, string Function, string Detail, int Thread, int Threads) : AgentMessage
    {
        public override string Word => "stopped";
    }

    /// <summary>A scan has found something; the value is a breakpoint's id or a <see cref="Truth"/>.</summary>
    public sealed record Match(long Tick, int Value) : AgentMessage
    {
        public override string Word => "match";

        /// <summary>Gets, in native programs, all breakpoints or watchpoints there.</summary>
        public IReadOnlyList<int> Ids { get; init; } = [];

        /// <summary>Gets, in native programs, the instruction.</summary>
        public ulong Pc { get; init; }

        /// <summary>Gets, for a watchpoint, the new bytes.</summary>
        public byte[] Bytes { get; init; } = [];
    }

    /// <summary>An observation has noted something; the text is values, separated.</summary>
    public sealed record Seen(long Tick, string Kind, bool Doubtful, long Id, int Depth, int Line, string File, string Function, string Text, int Thread) : AgentMessage
    {
        public override string Word => "seen";
    }

    /// <summary>The expressions of a place are compiled.</summary>
    public sealed record Looking : AgentMessage
    {
        public override string Word => "looking";
    }

    /// <summary>A scan has reached its limit, or an observation as many doubtful answers as were allowed.</summary>
    public sealed record Scanned(long Tick, long Cursor, long Count, long Probe, int Depth, bool Touched, string Digest) : AgentMessage
    {
        public override string Word => "scanned";
    }

    /// <summary>The watched expression is compiled.</summary>
    public sealed record Watching : AgentMessage
    {
        public override string Word => "watching";
    }

    /// <summary>A statement was run in the live program.</summary>
    public sealed record Executed(long Token, bool Succeeded, string Output) : AgentMessage
    {
        public override string Word => "executed";
    }

    /// <summary>The replica is now the head of a branch.</summary>
    public sealed record Promoted : AgentMessage
    {
        public override string Word => "promoted";
    }

    /// <summary>The head has written an image (status 0), or not (a negative errno).</summary>
    public sealed record Imaged(long Token, int Status) : AgentMessage
    {
        public override string Word => "imaged";
    }

    /// <summary>The head is another process from now on: a child of the program's, or a copy of one that has ended. With pid 0: the program has ended, and the child that was to be recorded never came.</summary>
    /// <param name="Pid">The process.</param>
    /// <param name="Made">How many processes the program had started.</param>
    public sealed record Followed(int Pid, int Made) : AgentMessage
    {
        public override string Word => "followed";
    }

    /// <summary>The replay does not follow the recording; the process ends.</summary>
    public sealed record Diverged(long Tick, long Cursor, string Text) : AgentMessage
    {
        public override string Word => "diverged";
    }

    /// <summary>Something the user should know that ends nothing.</summary>
    public sealed record Notice(string Text) : AgentMessage
    {
        public override string Word => "notice";
    }

    /// <summary>A request could not be carried out.</summary>
    public sealed record Error(string Text) : AgentMessage
    {
        public override string Word => "error";
    }
}
