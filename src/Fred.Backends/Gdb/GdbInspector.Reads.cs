using System.Globalization;
using Fred.Core;

namespace Fred.Backends;

/// <content>What a value depends on: the memory that its evaluation reads, by gdb and by functions of the program that it calls.</content>
/// <remarks>
/// Whatever reads the same memory comes to the same value, so as long as none of it changes the value does not either. What a call writes below the stack it reads as its own and is not noted.
/// What is hard: gdb also reads memory to unwind the stack, and after a call it does so again, in the midst of the evaluation.
/// </remarks>
internal sealed partial class GdbInspector
{
    /// <summary>As many pieces of memory as can be watched at once.</summary>
    public const int MostWatches = 8192;

    private const int LongestWatch = 64;
    private const int MostPieces = 16_384;
    private const int Word = 8;

    /// <summary>Evaluates an expression and notes what is read for it.</summary>
    private async Task<(MiReply Reply, IReadOnlyList<MemoryRange>? Memory)> EvaluateReadingAsync(MiConnection mi, string expression, int frame, CancellationToken ct)
    {
        if (!_context.IsCalling(expression))
        {
            // The first evaluation also reads what gdb needs to unwind the stack; in the second only the value is read.
            var reply = await mi.RunAsync(Command(expression, frame), ct).ConfigureAwait(false);
            if (!_view.HasCalled)
            {
                var (_, reads) = await NotingAsync(() => mi.RunAsync(Command(expression, frame), ct)).ConfigureAwait(false);
                return (reply, Watchable(reads));
            }

            _context.NoteCalling(expression);
            await RevertAsync(mi).ConfigureAwait(false);
        }

        var (_, unwinding) = await NotingAsync(() => UnwindAsync(mi, frame, ct)).ConfigureAwait(false);
        var (value, all) = await NotingAsync(() => mi.RunAsync(Command(expression, frame), ct)).ConfigureAwait(false);
        var own = unwinding.ToHashSet();
        return (value, _view.HasReadMore ? null : Watchable([.. all.Where(read => !own.Contains(read))]));
    }

    private async Task<(MiReply Reply, List<MemoryRange> Reads)> NotingAsync(Func<Task<MiReply>> look)
    {
        var reads = _view.Reads = [];
        try
        {
            return (await look().ConfigureAwait(false), reads);
        }
        finally
        {
            _view.Reads = null;
        }
    }

    private static async Task<MiReply> UnwindAsync(MiConnection mi, int frame, CancellationToken ct)
    {
        await mi.AskAsync(string.Create(CultureInfo.InvariantCulture, $"-stack-select-frame {frame}"), ct).ConfigureAwait(false);
        await mi.AskAsync("-stack-info-frame", ct).ConfigureAwait(false);
        return await mi.RunAsync(Command("(long)$rbp + (long)$rsp + (long)$pc", frame), ct).ConfigureAwait(false);
    }

    /// <summary>Memory in pieces that translated code can watch, in ascending order; null when it is too much.</summary>
    private static List<MemoryRange>? Watchable(IReadOnlyList<MemoryRange> reads)
    {
        var ranges = new List<MemoryRange>();
        foreach (var read in reads.OrderBy(read => read.Address))
        {
            var last = ranges.Count > 0 ? ranges[^1] : default;
            var at = ranges.Count > 0 ? Math.Max(read.Address, last.Address + (ulong)last.Length) : read.Address;
            var end = read.Address + (ulong)read.Length;
            while (at < end && ranges.Count <= MostWatches)
            {
                var isNext = ranges.Count > 0 && at == ranges[^1].Address + (ulong)ranges[^1].Length && ranges[^1].Length < LongestWatch;
                var begin = isNext ? ranges[^1].Address : at;
                var upTo = Math.Min(end, begin + LongestWatch);
                var range = new MemoryRange(begin, (int)(upTo - begin));
                ranges.RemoveRange(isNext ? ranges.Count - 1 : ranges.Count, isNext ? 1 : 0);
                ranges.Add(range);
                at = upTo;
            }
        }

        return ranges.Count <= MostWatches && ranges.Sum(Pieces) <= MostPieces ? ranges : null;

        // A range that is no whole number of aligned words has up to three shorter pieces at each end.
        static int Pieces(MemoryRange range) => (range.Length / Word) + (range.Address % Word == 0 && range.Length % Word == 0 ? 0 : 6);
    }
}
