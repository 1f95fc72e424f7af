namespace Fred.Cli;

/// <summary>Reads a line from a terminal: editing, history, completion. The screen shows one row; longer lines scroll sideways.</summary>
/// <remarks>Tab completes as far as all candidates agree, and lists them when they agree no further.</remarks>
internal sealed class LineEditor
{
    private readonly KeyReader _keys;
    private readonly TextWriter _screen;
    private readonly HistoryFile _history;
    private readonly Func<int> _width;
    private readonly Func<string, int, Task<Completion>> _complete;

    /// <summary>Initializes a new instance of the <see cref="LineEditor"/> class.</summary>
    /// <param name="keys">The keyboard.</param>
    /// <param name="screen">The terminal.</param>
    /// <param name="history">Earlier lines.</param>
    /// <param name="width">The terminal's columns.</param>
    /// <param name="complete">Completes a text at a cursor.</param>
    public LineEditor(KeyReader keys, TextWriter screen, HistoryFile history, Func<int> width, Func<string, int, Task<Completion>> complete)
    {
        _keys = keys;
        _screen = screen;
        _history = history;
        _width = width;
        _complete = complete;
    }

    /// <summary>Reads a line.</summary>
    /// <param name="prompt">What is in front of it.</param>
    /// <returns>The line; empty after Ctrl-C; null at the end of the input (Ctrl-D).</returns>
    public async Task<string?> ReadLineAsync(string prompt)
    {
        var buffer = new LineBuffer(_history.Lines);
        while (true)
        {
            Draw(prompt, buffer);
            var key = _keys.Read();
            switch (key.Kind)
            {
                case KeyKind.Closed:
                case KeyKind.EndOfInput when buffer.Text.Length == 0:
                    Finish();
                    return null;
                case KeyKind.Enter:
                    Finish();
                    _history.Add(buffer.Text);
                    return buffer.Text;
                case KeyKind.Interrupt:
                    Finish("^C");
                    buffer = new LineBuffer(_history.Lines);
                    break;
                case KeyKind.Tab:
                    await CompleteAsync(buffer).ConfigureAwait(false);
                    break;
                case KeyKind.ClearScreen:
                    Put("\u001b[H\u001b[2J");
                    break;
                default:
                    buffer.Apply(key);
                    break;
            }
        }
    }

    private async Task CompleteAsync(LineBuffer buffer)
    {
        var completion = await _complete(buffer.Text, buffer.Cursor).ConfigureAwait(false);
        if (completion.Candidates.Count == 0)
        {
            Put("\a");
            return;
        }

        var common = completion.CommonPrefix;
        if (common.Length > buffer.Cursor - completion.Start)
        {
            buffer.Replace(completion.Start, buffer.Cursor, common);
        }
        else if (completion.Candidates.Count > 1)
        {
            Finish();
            Finish(string.Join("  ", completion.Candidates.Take(60)));
        }
    }

    private void Finish(string text = "") => Put(text + "\r\n");

    private void Put(string text)
    {
        _screen.Write(text);
        _screen.Flush();
    }

    private void Draw(string prompt, LineBuffer buffer)
    {
        // The last column stays free: a character there would wrap on some terminals and not on others.
        var room = Math.Max(10, _width() - prompt.Length - 1);
        var first = Math.Max(0, buffer.Cursor - room);
        var shown = buffer.Text.Substring(first, Math.Min(room, buffer.Text.Length - first));
        var back = shown.Length - (buffer.Cursor - first);
        Put($"\r{prompt}{shown}\u001b[K" + (back > 0 ? $"\u001b[{back}D" : string.Empty));
    }
}

/// <summary>What can stand before the cursor.</summary>
/// <param name="Start">Where the word that is being completed begins.</param>
/// <param name="Candidates">Full replacements of that word, sorted.</param>
internal sealed record Completion(int Start, IReadOnlyList<string> Candidates)
{
    /// <summary>Gets what all candidates begin with.</summary>
    public string CommonPrefix
    {
        get
        {
            if (Candidates.Count == 0)
            {
                return string.Empty;
            }

            var prefix = Candidates[0];
            foreach (var candidate in Candidates)
            {
                var length = 0;
                while (length < prefix.Length && length < candidate.Length && prefix[length] == candidate[length])
                {
                    length++;
                }

                prefix = prefix[..length];
            }

            return prefix;
        }
    }
}
