using System.Text.RegularExpressions;

namespace Fred.Core;

/// <summary>What can be told of an expression without knowing its language well.</summary>
public static partial class ExpressionNames
{
    /// <summary>Lists the names in an expression, those behind a dot left out. Words in texts count, too: names that are not used may be among them.</summary>
    /// <param name="expression">In Python, C or C++.</param>
    /// <returns>Each once.</returns>
    public static IReadOnlySet<string> In(string expression) => Name().Matches(expression).Select(m => m.Value).ToHashSet(StringComparer.Ordinal);

    [GeneratedRegex(@"(?<![\w.])[^\W\d]\w*")]
    private static partial Regex Name();
}
