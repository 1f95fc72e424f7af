namespace Fred.Cli;

/// <summary>A key press that the line editor knows.</summary>
/// <param name="Kind">Which key.</param>
/// <param name="Text">For <see cref="KeyKind.Text"/>: the character.</param>
internal readonly record struct Key(KeyKind Kind, string Text = "");

/// <summary>The keys the line editor knows.</summary>
internal enum KeyKind
{
    /// <summary>A key without meaning here.</summary>
    Unknown,

    /// <summary>A printable character.</summary>
    Text,

    /// <summary>End of the line.</summary>
    Enter,

    /// <summary>Deletes before the cursor.</summary>
    Backspace,

    /// <summary>Deletes under the cursor.</summary>
    Delete,

    /// <summary>Ctrl-D: deletes under the cursor, or ends the input on an empty line.</summary>
    EndOfInput,

    /// <summary>Ctrl-C: gives the line up.</summary>
    Interrupt,

    /// <summary>One to the left.</summary>
    Left,

    /// <summary>One to the right.</summary>
    Right,

    /// <summary>One word to the left.</summary>
    WordLeft,

    /// <summary>One word to the right.</summary>
    WordRight,

    /// <summary>To the beginning.</summary>
    Home,

    /// <summary>To the end.</summary>
    End,

    /// <summary>The line before in the history.</summary>
    Up,

    /// <summary>The line after in the history.</summary>
    Down,

    /// <summary>Completion.</summary>
    Tab,

    /// <summary>Deletes to the end.</summary>
    KillToEnd,

    /// <summary>Deletes to the beginning.</summary>
    KillToStart,

    /// <summary>Deletes the word before the cursor.</summary>
    KillWord,

    /// <summary>Clears the screen.</summary>
    ClearScreen,

    /// <summary>The input is closed.</summary>
    Closed,
}
