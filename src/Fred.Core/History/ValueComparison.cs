using System.Text.RegularExpressions;
using System.Threading.Channels;

namespace Fred.Core;

/// <summary>What one of two runs made of a value where they first differ in it.</summary>
/// <param name="By">The event that gave it this value; null when it had it before, from an event that both runs have.</param>
/// <param name="Value">The value.</param>
public sealed record RunValue(RunEvent? By, ObservedValue Value);

/// <summary>The first difference of a value between two runs.</summary>
/// <param name="First">In the first run.</param>
/// <param name="Second">In the second run.</param>
public sealed record ValueDifference(RunValue First, RunValue Second);

/// <summary>Finds where a value first differs between two runs of one program.</summary>
/// <remarks>
/// Up to the place where the runs part, a tick means the same moment in both, so a change that only one of them has is a difference. After it only the order of the changes can be compared:
/// the n-th of one run with the n-th of the other. Where ticks are finer than statements they mean the same moment nowhere, and all changes are compared in this way. Both histories are read at once and no further than to the first difference.
/// </remarks>
/// <param name="first">A run.</param>
/// <param name="second">Another one of the same program.</param>
/// <param name="lastCommon">The last tick that means the same in both.</param>
public sealed partial class ValueComparison(DebugSession first, DebugSession second, Ticks lastCommon)
{
    /// <summary>Changes of one run that wait for those of the other.</summary>
    private const int Waiting = 10_000;

    private readonly Ticks _lastCommon = first.Traits.EveryTickIsAStep ? lastCommon : Ticks.Zero;
    private readonly HistoryRange _range = new() { Jobs = first.JobsBesideAnother };

    /// <summary>Finds the first difference.</summary>
    /// <param name="expression">In the program's language; compared by the text that is shown, without the addresses in it.</param>
    /// <param name="scope">Whose names it uses in the first run.</param>
    /// <param name="scopeOfSecond">And in the second run; a call that both have may have another name there.</param>
    /// <param name="ct">Ends the search.</param>
    /// <returns>The difference, and whether the expression ever had a value; null and false or true when there is no difference.</returns>
    /// <exception cref="FredException">The expression does not parse or changes the program, or a replay failed.</exception>
    public async Task<(ValueDifference? Difference, bool HadValue)> FindAsync(string expression, EvaluationScope scope, EvaluationScope scopeOfSecond, CancellationToken ct)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var (here, reading) = Read(first, expression, scope, ending.Token);
        var (there, readingToo) = Read(second, expression, scopeOfSecond, ending.Token);
        try
        {
            return await CompareAsync(here, there, ct).ConfigureAwait(false);
        }
        finally
        {
            await ending.CancelAsync().ConfigureAwait(false);
#pragma warning disable VSTHRD003 // Tasks of this class, which need no context.
            await Task.WhenAll(reading, readingToo).ConfigureAwait(false);
#pragma warning restore VSTHRD003
        }
    }

    /// <summary>Whether two texts show the same value: addresses of objects differ between runs and mean nothing.</summary>
    /// <param name="first">The value as one run shows it.</param>
    /// <param name="second">As the other run does.</param>
    /// <returns>True when they are the same but for addresses.</returns>
    public static bool IsSame(string first, string second) => first == second || Address().Replace(first, "0x") == Address().Replace(second, "0x");

    [GeneratedRegex("0x[0-9a-fA-F]{6,16}")]
    private static partial Regex Address();

    private static bool IsSame(ObservedValue first, ObservedValue second) =>
        first.HasValue == second.HasValue && (!first.HasValue || IsSame(first.Text, second.Text));

    private static async Task<ValueChange?> NextAsync(ChannelReader<ValueChange> changes, CancellationToken ct) =>
        await changes.WaitToReadAsync(ct).ConfigureAwait(false) && changes.TryRead(out var change) ? change : null;

    private async Task<(ValueDifference? Difference, bool HadValue)> CompareAsync(ChannelReader<ValueChange> here, ChannelReader<ValueChange> there, CancellationToken ct)
    {
        var (last, hadValue) = (new ObservedValue("it was not evaluated yet", false), false);
        while (true)
        {
            var (mine, yours) = (await NextAsync(here, ct).ConfigureAwait(false), await NextAsync(there, ct).ConfigureAwait(false));
            if (mine is null && yours is null)
            {
                return (null, hadValue);
            }

            hadValue |= mine?.New.HasValue == true || yours?.New.HasValue == true;
            var isComparable = mine is not null && yours is not null && (mine.At == yours.At || (mine.At > _lastCommon && yours.At > _lastCommon));
            if (!isComparable)
            {
                // Until the later one of the two changes, its run has the old value still.
                var isMine = yours is null || (mine is not null && mine.At < yours.At);
                var stays = new RunValue(null, last);
                return (isMine ? new ValueDifference(Made(mine!), stays) : new ValueDifference(stays, Made(yours!)), hadValue);
            }

            if (!IsSame(mine!.New, yours!.New))
            {
                return (new ValueDifference(Made(mine), Made(yours)), hadValue);
            }

            last = mine.New;
        }
    }

    private static RunValue Made(ValueChange change) => new(new RunEvent(change.At, change.Location, change.Function), change.New);

    private (ChannelReader<ValueChange> Changes, Task Reading) Read(DebugSession run, string expression, EvaluationScope scope, CancellationToken ct)
    {
        var channel = Channel.CreateBounded<ValueChange>(new BoundedChannelOptions(Waiting) { SingleReader = true, SingleWriter = true });
        return (channel.Reader, ReadAsync());

        async Task ReadAsync()
        {
            try
            {
                await run.FindChangesAsync(expression, scope, _range, change => channel.Writer.WriteAsync(change, ct), ct).ConfigureAwait(false);
                channel.Writer.Complete();
            }
            catch (Exception error)
            {
                // Cancelled: no more than the first difference was wanted, or the caller's own token says so.
                channel.Writer.Complete(ct.IsCancellationRequested ? null : error);
            }
        }
    }
}
