namespace Fred.Cli;

/// <summary>The report as workflow commands, which GitHub (and those who follow it) shows at the lines of the changed files.</summary>
internal static class Annotations
{
    /// <summary>Makes the lines.</summary>
    /// <param name="report">The report.</param>
    /// <param name="directory">Files below it are named relative to it.</param>
    /// <returns>One line for each finding, with its newline.</returns>
    public static string Of(BisectReport report, string directory) => string.Concat(report.Answers.SelectMany(a => Lines(a, directory)));

    private static IEnumerable<string> Lines(BisectAnswer answer, string directory)
    {
        if (answer.Error is not null)
        {
            yield return Line("error", null, directory, "fred bisect", BisectText.None(answer));
        }
        else if (answer.Result != BisectResult.Transition)
        {
            yield return Line(answer.Result == BisectResult.AlwaysBad ? "warning" : "notice", answer.Transitions is [.., var first] ? first.Location : null, directory, "fred bisect", BisectText.None(answer));
        }
        else
        {
            foreach (var transition in answer.Transitions)
            {
                yield return Line("error", transition.Location, directory, $"fred: {answer.Question}", $"{BisectText.Made(answer)} Before: {BisectText.Of(transition.Before)}. After: {BisectText.Of(transition.After)}.");
            }
        }
    }

    private static string Line(string level, SourceLocation? location, string directory, string title, string message)
    {
        var place = string.Empty;
        if (location is not null)
        {
            var relative = Path.GetRelativePath(directory, location.File);
            place = $"file={Property(relative.StartsWith("..", StringComparison.Ordinal) ? location.File : relative)},line={location.Line.ToString(System.Globalization.CultureInfo.InvariantCulture)},";
        }

        return $"::{level} {place}title={Property(title)}::{Data(message)}\n";
    }

    private static string Data(string text) =>
        text.Replace("%", "%25", StringComparison.Ordinal).Replace("\r", "%0D", StringComparison.Ordinal).Replace("\n", "%0A", StringComparison.Ordinal);

    private static string Property(string text) => Data(text).Replace(":", "%3A", StringComparison.Ordinal).Replace(",", "%2C", StringComparison.Ordinal);
}
