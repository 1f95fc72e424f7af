using System.Globalization;

namespace Fred.Core;

/// <summary>A process that the program starts, and that is recorded from its beginning on instead of the program. Its history is the program's up to there.</summary>
/// <param name="number">Which of the processes that the program starts, counted from 1.</param>
public sealed class FollowedChild(int number)
{
    private volatile int _made;
    private volatile bool _isFound;

    /// <summary>Gets which of the processes that the program starts it is, counted from 1.</summary>
    public int Number => number;

    /// <summary>Gets how many the program has started, as far as is known: at its end, or when the child was found.</summary>
    public int Made => _made;

    /// <summary>Gets a value indicating whether the head is that process now.</summary>
    public bool IsFound => _isFound;

    /// <summary>Reads which process is to be recorded, as users say it.</summary>
    /// <param name="text"><c>parent</c>, or <c>child:</c> and a number from 1 on; null means the parent.</param>
    /// <param name="number">The child's number; null for the parent.</param>
    /// <returns>False when the text is neither.</returns>
    public static bool TryParse(string? text, out int? number)
    {
        const string Child = "child:";
        number = text?.StartsWith(Child, StringComparison.Ordinal) == true && int.TryParse(text.AsSpan(Child.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var counted) && counted > 0 ? counted : null;
        return number is not null || text is null or "parent";
    }

    /// <summary>Says what is wrong with a text that <see cref="TryParse"/> does not take.</summary>
    /// <param name="text">The text.</param>
    /// <returns>A clause without an end.</returns>
    public static string Refusal(string text) => $"'{text}' is nobody to follow; give parent, or child: and a number from 1 on, for example child:1 for the first process that the program forks";

    /// <summary>Notes what the program has told.</summary>
    /// <param name="made">How many processes it has started.</param>
    /// <param name="isFound">Whether the head is the child now.</param>
    public void Tell(int made, bool isFound)
    {
        _made = made;
        _isFound = _isFound || isFound;
    }
}
