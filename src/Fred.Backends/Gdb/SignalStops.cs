using System.Globalization;
using Fred.Core;

namespace Fred.Backends;

/// <summary>Which signals stop the program before it gets them: gdb's <c>handle</c>.</summary>
internal sealed class SignalStops
{
    private const int Most = 31;

    /// <summary>Those that gdb itself uses are not among "all".</summary>
    private const ulong Debuggers = (1ul << (2 - 1)) | (1ul << (5 - 1));

    /// <summary>Those gdb stops at by default: all but those that programs use in the course of business (SIGALRM, SIGCHLD, SIGURG, SIGVTALRM, SIGPROF, SIGWINCH, SIGIO, real-time).</summary>
    private ulong _mask = 0x7fff_ffff & ~((1ul << 13) | (1ul << 16) | (1ul << 22) | (1ul << 25) | (1ul << 26) | (1ul << 27) | (1ul << 28) | (1ul << 15));

    /// <summary>Gets them: bit n-1 for signal n.</summary>
    public ulong Mask => Volatile.Read(ref _mask);

    /// <summary>Carries out what gdb has understood of a <c>handle</c> command.</summary>
    /// <param name="arguments">Signals and actions, in any order.</param>
    public void Handle(string arguments)
    {
        var words = arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var signals = words.Aggregate(0ul, static (mask, word) => mask | SignalsOf(word));
        if (words.LastOrDefault(static word => IsAction(word, "stop") || IsAction(word, "nostop") || IsAction(word, "noprint")) is { } action)
        {
            Volatile.Write(ref _mask, IsAction(action, "stop") ? Mask | signals : Mask & ~signals);
        }
    }

    /// <summary>Refuses what a recorded program cannot do.</summary>
    /// <param name="arguments">As typed.</param>
    /// <exception cref="FredException"><see cref="ErrorId.NotNow"/>.</exception>
    public static void Check(string arguments)
    {
        if (arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(static word => IsAction(word, "nopass") || IsAction(word, "ignore")) is { } action)
        {
            throw new FredException(ErrorId.NotNow, $"handle: '{action}' is not possible: the signals that the program gets are part of its recording. stop and nostop are.");
        }
    }

    /// <summary>gdb takes what is long enough to be no other action.</summary>
    private static bool IsAction(string word, string action) =>
        word.Length >= (action.StartsWith("no", StringComparison.Ordinal) ? 4 : 1) - (action == "nostop" ? 1 : 0) && action.StartsWith(word, StringComparison.Ordinal);

    private static ulong SignalsOf(string word)
    {
        if (word == "all")
        {
            return ((1ul << Most) - 1) & ~Debuggers;
        }

        var ends = word.Split('-');
        var (first, last) = (NumberOf(ends[0]), NumberOf(ends[^1]));
        var mask = 0ul;
        for (var signal = first; signal >= 1 && signal <= last && signal <= Most; signal++)
        {
            mask |= 1ul << (signal - 1);
        }

        return mask;
    }

    /// <summary>Numbers up to 15 are the same for gdb and Linux; gdb takes no others.</summary>
    private static int NumberOf(string word)
    {
        if (int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return number;
        }

        return Enumerable.Range(1, Most).FirstOrDefault(signal => NativeStop.SignalName(signal) == word);
    }
}
