using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Fred.Core;

namespace Fred.Backends;

/// <summary>The prompt's commands for threads. They are gdb's, but gdb is shown one thread at a time, so they are carried out here, with Fred's numbers.</summary>
/// <param name="inspector">Of the thread that stopped.</param>
internal sealed partial class GdbThreads(GdbInspector inspector)
{
    /// <summary>Understands a command.</summary>
    /// <param name="word">Its first word.</param>
    /// <param name="rest">The others.</param>
    /// <param name="shell">What the prompt remembers.</param>
    /// <returns>Carries it out; null for another command.</returns>
    public Func<CancellationToken, Task<BackendReply>>? TryRead(string word, string rest, GdbShellState shell) => (word, rest.Split(' ', StringSplitOptions.RemoveEmptyEntries)) switch
    {
        ("info" or "i" or "inf", ["threads" or "thread" or "thr"]) => ct => ListAsync(shell, ct),
        ("thread" or "t", []) => ct => SelectAsync(null, shell, ct),
        ("thread" or "t", ["apply", .. var words]) => ct => ApplyAsync(words, rest, shell, ct),
        ("thread" or "t", [var number]) => ct => SelectAsync(number, shell, ct),
        ("taas" or "tfaas", _) => throw new FredException(ErrorId.Usage, "Not known here: thread apply all COMMAND does the same."),
        _ => null,
    };

    /// <summary>Turns a breakpoint for one thread into one with a condition: the thread that stops is <c>$thread</c>.</summary>
    /// <param name="text">A line for gdb.</param>
    /// <returns>The same, or another line that means it.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.BadBreakpoint"/>: the thread is no number.</exception>
    public static string WithCondition(string text) => ForNoThread().Match(text) is { Success: true } wrong
        ? throw new FredException(ErrorId.BadBreakpoint, $"{(wrong.Groups["word"].Length > 0 ? $"'{wrong.Groups["word"].Value}' is no number of a thread" : "The thread's number is missing")}. For one thread: break PLACE thread N; 'info threads' lists the numbers.")
        : ForThread().Match(text) is { Success: true } match
        ? $"{match.Groups["head"].Value.TrimEnd()} if $thread == {match.Groups["number"].Value}{(match.Groups["condition"] is { Success: true } condition ? $" && ({condition.Value})" : string.Empty)}"
        : text;

    [GeneratedRegex(@"^(?<head>(?:b|br|bre|brea|break|tb|tbreak|hbreak)\b.*?)\s+thread\s+(?<number>\d+)(?:\s+if\s*(?<condition>\S.*))?\s*$")]
    private static partial Regex ForThread();

    [GeneratedRegex(@"^(?:b|br|bre|brea|break|tb|tbreak|hbreak)\s+(?!.*\sif\b.*\sthread\b)\S.*?\s+thread\b(?!\s+\d+(?:\s|$))\s*(?<word>\S*)")]
    private static partial Regex ForNoThread();

    [GeneratedRegex(@"^\d+(?:-\d+)?$")]
    private static partial Regex Numbers();

    private static string Place(ThreadInfo thread) => thread.Top is not { } top ? "(no frame)"
        : top.Location is { } at ? string.Create(CultureInfo.InvariantCulture, $"{at.File}({at.Line}){top.Function}()") : $"{top.Function}()";

    private async Task<BackendReply> ListAsync(GdbShellState shell, CancellationToken ct)
    {
        var (output, selected) = (new StringBuilder(), inspector.Of(shell.Thread).Thread);
        foreach (var thread in await inspector.GetThreadsAsync(ct).ConfigureAwait(false))
        {
            output.Append(CultureInfo.InvariantCulture, $"{(thread.Number == selected ? '*' : ' ')} {thread.Number,-3} {thread.Name,-20} {Place(thread)}\n");
        }

        return GdbShell.Reply(output.ToString(), shell);
    }

    private async Task<BackendReply> SelectAsync(string? word, GdbShellState shell, CancellationToken ct)
    {
        var threads = await inspector.GetThreadsAsync(ct).ConfigureAwait(false);
        var wanted = word ?? inspector.Of(shell.Thread).Thread.ToString(CultureInfo.InvariantCulture);
        var thread = Find(threads, wanted);
        var after = word is null ? shell : shell with { Thread = thread.IsCurrent ? 0 : thread.Number, Frame = 0 };
        return GdbShell.Reply($"[thread {thread.Number}, {thread.Name}] {Place(thread)}\n", after);
    }

    private static ThreadInfo Find(IReadOnlyList<ThreadInfo> threads, string word) =>
        threads.FirstOrDefault(t => t.Number.ToString(CultureInfo.InvariantCulture) == word) ?? throw new FredException(ErrorId.Usage, $"There is no thread {word} here; 'info threads' lists them.");

    /// <summary>A thread, or those of a range that there are: gdb takes both.</summary>
    private static List<ThreadInfo> Range(IReadOnlyList<ThreadInfo> threads, string word)
    {
        if (word.Split('-') is not [var first, var last])
        {
            return [Find(threads, word)];
        }

        return int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var from) && int.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var to)
            && threads.Where(t => t.Number >= from && t.Number <= to).ToList() is { Count: > 0 } some ? some : throw new FredException(ErrorId.Usage, $"There is no thread of {word} here; 'info threads' lists them.");
    }

    private async Task<BackendReply> ApplyAsync(string[] words, string rest, GdbShellState shell, CancellationToken ct)
    {
        var threads = await inspector.GetThreadsAsync(ct).ConfigureAwait(false);
        var count = words is ["all", ..] ? 1 : words.TakeWhile(w => Numbers().IsMatch(w)).Count();
        if (count == 0 || count == words.Length)
        {
            throw new FredException(ErrorId.Usage, "thread apply: give 'all' or numbers of threads (2, 4-6), then a command: thread apply all backtrace.");
        }

        var command = rest.Split(' ', 1 + count + 1, StringSplitOptions.RemoveEmptyEntries)[^1];
        var output = new StringBuilder();
        foreach (var thread in words[0] == "all" ? threads : [.. words.Take(count).SelectMany(w => Range(threads, w))])
        {
            output.Append(CultureInfo.InvariantCulture, $"\nThread {thread.Number} ({thread.Name}):\n");
            output.Append(await inspector.Of(thread.Number).TellAsync(command, ct).ConfigureAwait(false));
        }

        return GdbShell.Reply(output.ToString(), shell);
    }
}
