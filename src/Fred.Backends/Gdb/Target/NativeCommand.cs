using System.Globalization;
using System.Text;
using Fred.Core;

namespace Fred.Backends;

/// <summary>How far a native process may run. Ticks are the process's own: instructions since its entry point.</summary>
internal sealed record NativeRun
{
    /// <summary>Gets the tick it never passes; null for none.</summary>
    public long? Limit { get; init; }

    /// <summary>Gets how many instructions it executes at most; null for any number.</summary>
    public long? Steps { get; init; }

    /// <summary>Gets a value indicating whether armed addresses stop it.</summary>
    public bool Breakpoints { get; init; }

    /// <summary>Gets a value indicating whether watched changes stop it.</summary>
    public bool Watches { get; init; }

    /// <summary>Gets a value indicating whether line events are logged.</summary>
    public bool Lines { get; init; }

    /// <summary>Gets a value indicating whether it stops at the next line event.</summary>
    public bool StopAtLines { get; init; }

    /// <summary>Gets the least stack pointer of line events: those of deeper frames do not count. 0 for all.</summary>
    public ulong LineStack { get; init; }

    /// <summary>Gets which signals stop it before they are delivered: bit n-1 for signal n.</summary>
    public ulong StopSignals { get; init; }

    /// <summary>Gets a value indicating whether it stops in the state given by <see cref="NativeCommand.Match"/>.</summary>
    public bool Match { get; init; }

    /// <summary>
    /// Gets a value indicating whether a stretch whose end is not known yet may be run through all the same: the run then ends where the next stretch begins, or
    /// where a known one ends, as at its limit. Otherwise such a stretch is counted first, by another replica.
    /// </summary>
    public bool Joins { get; init; }

    /// <summary>Gets the number of the thread whose lines and steps count; 0 for all.</summary>
    public int Thread { get; init; }

    /// <summary>Gets a value indicating whether a native head is to count its instructions on the way. Others always do.</summary>
    public bool Counted { get; init; }

    /// <summary>Gets the stack pointer above which memory that is read is noted; 0 for no notes.</summary>
    public ulong Reads { get; init; }

    /// <summary>Gets what is reported without stopping: last, first or all; null to stop.</summary>
    public string? Report { get; init; }

    /// <summary>Gets the most matches reported.</summary>
    public long? Most { get; init; }

    /// <summary>Gets which values of the predicate are told: last, first or all; null when it is not looked at. See <see cref="NativeProcess.Seen"/>.</summary>
    public string? Predicate { get; init; }

    /// <summary>Gets how often the predicate may call functions; null for any number.</summary>
    public long? Calls { get; init; }
}

/// <summary>Memory that is watched.</summary>
/// <param name="Id">What it is reported by.</param>
/// <param name="Address">Its first byte.</param>
/// <param name="Length">1 to 64 bytes.</param>
/// <param name="Kind">What stops.</param>
internal readonly record struct NativeWatch(int Id, ulong Address, int Length, WatchKind Kind = WatchKind.Change);

/// <summary>The control lines to native processes, each with its line feed: docs/agent-protocol.md, section 5.</summary>
internal static class NativeCommand
{
    public const string JumpsClear = "jump-clear\n";

    public const string PredicateClear = "predicate-clear\n";

    private const long AnyNumber = 1L << 62;

    public static string Registers => "regs\n";

    /// <summary>Gets the line that asks for the threads.</summary>
    public static string Threads => "threads\n";

    /// <summary>Asks for the registers of one thread.</summary>
    /// <param name="thread">Its number.</param>
    /// <returns>The line.</returns>
    public static string RegistersOf(int thread) => Line($"regs {thread}");

    /// <summary>Makes another thread the one that a diversion runs.</summary>
    /// <param name="thread">Its number.</param>
    /// <returns>The line.</returns>
    public static string Thread(int thread) => Line($"thread {thread}");

    public static string WatchesClear => "watch-clear\n";

    public static string Mode(bool record, int slot, string page, string log, IReadOnlyList<string> options) => AgentCommand.Mode(record, slot, page, log, options);

    public static string ForkDiversion(long token, int slot) => Line($"fork-diversion {token} {slot}");

    public static string SetRegisters(ReadOnlySpan<byte> general, ReadOnlySpan<byte> xsave) =>
        Line($"regs-set {(general.IsEmpty ? "-" : RspCodec.Hex(general))} {(xsave.IsEmpty ? "-" : RspCodec.Hex(xsave))}");

    public static string Write(ulong address, ReadOnlySpan<byte> bytes) => Line($"write {address} {RspCodec.Hex(bytes)}");

    public static string Read(ulong address, int length) => Line($"read {address} {length}");

    public static string BreakpointAdd(int id, ulong address) => Line($"bp-add {id} {address}");

    public static string WatchAdd(NativeWatch watch) => Line($"watch-add {watch.Id} {watch.Address} {watch.Length}{watch.Kind switch { WatchKind.Read => " r", WatchKind.Access => " a", _ => string.Empty }}");

    public static string Reads(int from) => Line($"reads {from}");

    public static string Match(int pid, ReadOnlySpan<byte> general) => Line($"match {pid} {RspCodec.Hex(general)}");

    public static string Tick(long tick) => Line($"tick {tick}");

    public static string Jump(long at, long to) => Line($"jump {at} {to}");

    public static string Lines(string path) => Line($"lines {AgentText.Encode(path)}");

    public static string LineLog(string path) => Line($"line-log {AgentText.Encode(path)}");

    public static string PredicateCall(PredicateCall call) => Line(
        $"predicate-call {Mark(call.IsFloating)}{call.Function} {string.Join(' ', call.Arguments.Select(a => Mark(a.IsFloating) + RspCodec.Hex(a.Code)))}");

    public static string Predicate(ReadOnlySpan<byte> code, ReadOnlySpan<byte> registers) => Line($"predicate {RspCodec.Hex(code)} {RspCodec.Hex(registers)}");

    public static string Run(NativeRun run)
    {
        var line = new StringBuilder("run");
        Add("limit", run.Limit);
        Add("steps", run.Steps ?? (run.Counted && run.Limit is null ? AnyNumber : null));
        if (run.Thread > 0)
        {
            Add("thread", run.Thread);
        }

        Flag("bp", run.Breakpoints);
        Flag("watch", run.Watches);
        Flag("match", run.Match);
        Flag("lines", run.Lines);
        Flag("line-stop", run.StopAtLines);
        if (run.LineStack > 0)
        {
            line.Append(CultureInfo.InvariantCulture, $" line-sp={run.LineStack}");
        }

        if (run.Reads > 0)
        {
            line.Append(CultureInfo.InvariantCulture, $" reads={run.Reads}");
        }

        if (run.StopSignals != 0)
        {
            line.Append(CultureInfo.InvariantCulture, $" stop-signals={run.StopSignals}");
        }

        if (run.Report is { } report)
        {
            line.Append(CultureInfo.InvariantCulture, $" mode={report}");
        }

        if (run.Predicate is { } predicate)
        {
            line.Append(CultureInfo.InvariantCulture, $" predicate={predicate}");
        }

        Add("max", run.Most);
        Add("calls", run.Calls);

        return line.Append('\n').ToString();

        void Add(string name, long? value)
        {
            if (value is { } number)
            {
                line.Append(CultureInfo.InvariantCulture, $" {name}={number}");
            }
        }

        void Flag(string name, bool value)
        {
            if (value)
            {
                line.Append(CultureInfo.InvariantCulture, $" {name}=1");
            }
        }
    }

    private static string Mark(bool isFloating) => isFloating ? "f:" : string.Empty;

    private static string Line(FormattableString line) => line.ToString(CultureInfo.InvariantCulture) + "\n";
}
