using System.Globalization;
using Spectre.Console;

namespace Fred.Cli;

/// <summary>The comparison for people.</summary>
/// <param name="console">Standard output.</param>
/// <param name="stable">Leave out what is measured.</param>
internal sealed class DiffView(IAnsiConsole console, bool stable)
{
    /// <summary>More variables than that are counted only.</summary>
    private const int MostVariables = 20;

    private readonly SourceCache _sources = new();

    /// <summary>Prints it.</summary>
    /// <param name="report">What was found.</param>
    public void Print(DiffReport report)
    {
        Write($"first run   {BisectText.Ending(report.First.End)}, {report.First.End.At} ticks.\n", Theme.Dim);
        Write($"second run  {BisectText.Ending(report.Second.End)}, {report.Second.End.At} ticks.\n\n", Theme.Dim);
        if (report.Divergence is { } divergence)
        {
            PrintDivergence(report, divergence);
        }
        else
        {
            Write(DiffText.Same(report) + "\n");
        }

        foreach (var value in report.Values)
        {
            Write($"\n{value.Expression}\n", Theme.Heading);
            PrintValue(value);
        }

        if (!stable)
        {
            Write(string.Create(CultureInfo.InvariantCulture, $"(runs {report.First.Elapsed.TotalSeconds:0.00} s and {report.Second.Elapsed.TotalSeconds:0.00} s, comparison {report.Elapsed.TotalSeconds:0.00} s)\n"), Theme.Dim);
        }
    }

    private void PrintDivergence(DiffReport report, Divergence divergence)
    {
        if (divergence.LastCommon is { } last)
        {
            Write($"The runs take the same way up to tick {last.At}, {DiffText.Place(last)}:\n", Theme.Place);
            if (last.Location is { } location)
            {
                SourceView.Print(console, _sources, location, "    ");
            }
        }
        else
        {
            Write("The runs differ from the first statement on.\n", Theme.Place);
        }

        Write($"  then the first   {DiffText.Next(divergence.First, report.First.End, _sources)}\n", Theme.Good);
        Write($"  and the second   {DiffText.Next(divergence.Second, report.Second.End, _sources)}\n", Theme.Error);
        PrintVariables(report.Variables);
        if (report.First.Reopen is { } first)
        {
            Write("  go there         ", Theme.Dim);
            Write($"{first}\n");
            Write("                   ", Theme.Dim);
            Write($"{report.Second.Reopen}\n");
        }
    }

    private void PrintVariables(IReadOnlyList<DiffVariable> variables)
    {
        if (variables.Count == 0)
        {
            return;
        }

        Write("  local variables that differ there\n");
        var width = variables.Take(MostVariables).Max(v => v.Name.Length);
        foreach (var variable in variables.Take(MostVariables))
        {
            Write($"    {variable.Name.PadRight(width)}  {variable.First ?? "(not there)"}\n", Theme.Good);
            Write($"    {new string(' ', width)}  {variable.Second ?? "(not there)"}\n", Theme.Error);
        }

        if (variables.Count > MostVariables)
        {
            Write(string.Create(CultureInfo.InvariantCulture, $"    and {variables.Count - MostVariables} more\n"), Theme.Dim);
        }
    }

    private void PrintValue(DiffValue value)
    {
        if (value.Difference is not { } difference)
        {
            Write(DiffText.None(value) + "\n", value.Error is null ? null : Theme.Error);
            return;
        }

        Write($"  first differs (in {value.Frame}) by\n", Theme.Place);
        PrintSide("first run ", difference.First, Theme.Good);
        PrintSide("second run", difference.Second, Theme.Error);
    }

    private void PrintSide(string run, RunValue value, Style style)
    {
        Write($"  {run}  {DiffText.Of(value.Value)}", style);
        Write(value.By is null ? "  (as before)\n" : $"  tick {value.By.At}, {DiffText.Place(value.By)}  {_sources.Text(value.By.Location)}".TrimEnd() + "\n");
    }

    private void Write(string text, Style? style = null) => console.Write(new Verbatim(text, style));
}

/// <summary>The comparison in words.</summary>
internal static class DiffText
{
    /// <summary>A value, or why there is none.</summary>
    /// <param name="value">The value.</param>
    /// <returns>Its text.</returns>
    public static string Of(ObservedValue value) => value.HasValue ? value.Text : $"({value.Text})";

    /// <summary>Where an event is.</summary>
    /// <param name="at">The event.</param>
    /// <returns>File, line and function.</returns>
    public static string Place(RunEvent at) => at.Location is { } here ? $"{here.File}:{here.Line} in {at.Function ?? "?"}" : "a place without source";

    /// <summary>What a run did when the other one did something else.</summary>
    /// <param name="next">The event.</param>
    /// <param name="end">How the run ended.</param>
    /// <param name="sources">For the statement's text.</param>
    /// <returns>One line.</returns>
    public static string Next(RunEvent next, StopEvent end, SourceCache sources) =>
        next.Location is null ? $"ends: {BisectText.Ending(end)}" : $"{Place(next)}  {sources.Text(next.Location)}";

    /// <summary>What is to be said when the runs do not part.</summary>
    /// <param name="report">The report.</param>
    /// <returns>One or two sentences.</returns>
    public static string Same(DiffReport report) =>
        report.First.End.At != report.Second.End.At && (report.First.WasStopped || report.Second.WasStopped) ? $"The runs take the same way up to tick {report.Common}, where one of them was stopped."
        : report.EndsDiffer ? "Both runs execute the same statements, and end differently."
        : "Both runs execute the same statements, and end in the same way.";

    /// <summary>What is to be said of an expression without a difference.</summary>
    /// <param name="value">The expression.</param>
    /// <returns>One sentence.</returns>
    public static string None(DiffValue value) =>
        value.Error is { } error ? $"{error.Message} [{error.Id}]"
        : value.HadValue ? $"has the same values in both runs (in {value.Frame})."
        : $"never had a value (in {value.Frame}). Check its names, or choose the frame they belong to with --frame FUNCTION.";
}
