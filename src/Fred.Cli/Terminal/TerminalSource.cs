namespace Fred.Cli;

/// <summary>Lines typed at a terminal.</summary>
/// <param name="session">Completes names of the program.</param>
/// <param name="history">Earlier lines.</param>
/// <param name="input">Standard input, unbuffered.</param>
/// <param name="screen">Standard output.</param>
internal sealed class TerminalSource(DebugSession session, HistoryFile history, Stream input, TextWriter screen) : ICommandSource
{
    private const int UsualWidth = 80;

    /// <inheritdoc/>
    public bool ShowsInput => true;

    /// <inheritdoc/>
    public async Task<string?> ReadLineAsync(string prompt, CancellationToken ct)
    {
        // Entered and left for every line: between two lines the terminal belongs to the program.
        using var mode = TerminalMode.EnterSingleKeys();
        var editor = new LineEditor(new KeyReader(input), screen, history, Width, (text, cursor) => CompleteAsync(text, cursor, ct));
        return await Task.Run(() => editor.ReadLineAsync(prompt), ct).WaitAsync(ct).ConfigureAwait(false);
    }

    /// <summary>Completes a verb at the beginning of the line, a name of the program elsewhere.</summary>
    /// <param name="text">The line.</param>
    /// <param name="cursor">0-based.</param>
    /// <param name="ct">Ends the wait for the program's names.</param>
    /// <returns>The candidates.</returns>
    internal async Task<Completion> CompleteAsync(string text, int cursor, CancellationToken ct)
    {
        var start = cursor;
        while (start > 0 && (char.IsLetterOrDigit(text[start - 1]) || text[start - 1] is '_' or '-' or '.'))
        {
            start--;
        }

        var word = text[start..cursor];
        List<string> candidates = [];
        if (text[..start].Trim().Length == 0)
        {
            candidates.AddRange(ReplCommands.All.SelectMany(c => c.Aliases.Append(c.Name)).Where(n => n.StartsWith(word, StringComparison.Ordinal)));
        }

        // The program's words do not contain dashes; its word may begin later than ours.
        var own = word.LastIndexOf('-') + 1;
        if (own == 0)
        {
            try
            {
                candidates.AddRange(await session.CompleteAsync(text, cursor, ct).ConfigureAwait(false));
            }
            catch (FredException)
            {
                // No completion is better than an error in the middle of typing.
            }
        }

        return new Completion(start, [.. candidates.Where(c => c.StartsWith(word, StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal)]);
    }

    private static int Width()
    {
        try
        {
            return Console.WindowWidth > 0 ? Console.WindowWidth : UsualWidth;
        }
        catch (IOException)
        {
            return UsualWidth;
        }
    }
}
