namespace Fred.Cli;

/// <summary>A line being edited: text, cursor and history. Knows no terminal.</summary>
/// <param name="history">Earlier lines, oldest first.</param>
internal sealed class LineBuffer(IReadOnlyList<string> history)
{
    private int _entry = history.Count;
    private string _draft = string.Empty;

    /// <summary>Gets the text.</summary>
    public string Text { get; private set; } = string.Empty;

    /// <summary>Gets the cursor, 0 to the text's length.</summary>
    public int Cursor { get; private set; }

    /// <summary>Applies a key that edits or moves; others change nothing.</summary>
    /// <param name="key">The key.</param>
    public void Apply(Key key)
    {
        switch (key.Kind)
        {
            case KeyKind.Text:
                Replace(Cursor, Cursor, key.Text);
                break;
            case KeyKind.Backspace:
                Replace(Math.Max(0, Cursor - 1), Cursor, string.Empty);
                break;
            case KeyKind.Delete or KeyKind.EndOfInput:
                Replace(Cursor, Math.Min(Text.Length, Cursor + 1), string.Empty);
                break;
            case KeyKind.KillToEnd:
                Replace(Cursor, Text.Length, string.Empty);
                break;
            case KeyKind.KillToStart:
                Replace(0, Cursor, string.Empty);
                break;
            case KeyKind.KillWord:
                Replace(WordStart(), Cursor, string.Empty);
                break;
            case KeyKind.Up:
                Recall(_entry - 1);
                break;
            case KeyKind.Down:
                Recall(_entry + 1);
                break;
            default:
                Move(key.Kind);
                break;
        }
    }

    /// <summary>Replaces part of the text and puts the cursor behind the new part.</summary>
    /// <param name="start">First character replaced.</param>
    /// <param name="end">Behind the last character replaced.</param>
    /// <param name="text">What comes there.</param>
    public void Replace(int start, int end, string text)
    {
        Text = string.Concat(Text.AsSpan(0, start), text, Text.AsSpan(end));
        Cursor = start + text.Length;
    }

    private void Move(KeyKind kind) => Cursor = kind switch
    {
        KeyKind.Left => Math.Max(0, Cursor - 1),
        KeyKind.Right => Math.Min(Text.Length, Cursor + 1),
        KeyKind.WordLeft => WordStart(),
        KeyKind.WordRight => WordEnd(),
        KeyKind.Home => 0,
        KeyKind.End => Text.Length,
        _ => Cursor,
    };

    private void Recall(int entry)
    {
        if (entry < 0 || entry > history.Count)
        {
            return;
        }

        if (_entry == history.Count)
        {
            _draft = Text;
        }

        _entry = entry;
        Text = entry == history.Count ? _draft : history[entry];
        Cursor = Text.Length;
    }

    private int WordStart()
    {
        var i = Cursor;
        while (i > 0 && !char.IsLetterOrDigit(Text[i - 1]))
        {
            i--;
        }

        while (i > 0 && char.IsLetterOrDigit(Text[i - 1]))
        {
            i--;
        }

        return i;
    }

    private int WordEnd()
    {
        var i = Cursor;
        while (i < Text.Length && !char.IsLetterOrDigit(Text[i]))
        {
            i++;
        }

        while (i < Text.Length && char.IsLetterOrDigit(Text[i]))
        {
            i++;
        }

        return i;
    }
}
