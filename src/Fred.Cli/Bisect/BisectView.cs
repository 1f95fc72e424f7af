using System.Globalization;
using Spectre.Console;

namespace Fred.Cli;

/// <summary>The report for people.</summary>
/// <param name="console">Standard output.</param>
/// <param name="which">What was asked for.</param>
/// <param name="stable">Leave out what is measured, so that two runs of one program can be compared as text.</param>
internal sealed class BisectView(IAnsiConsole console, WhichTransition which, bool stable)
{
    /// <summary>Of a stack.</summary>
    private const int MostFrames = 40;

    private readonly SourceCache _sources = new();

    /// <summary>Prints the report.</summary>
    /// <param name="report">The report.</param>
    public void Print(BisectReport report)
    {
        if (report.End is { } end)
        {
            Write($"{BisectText.Ending(end)}, {end.At} ticks.\n", end.Reason == StopReason.Exception ? Theme.Error : Theme.Dim);
        }

        foreach (var answer in report.Answers)
        {
            Write($"\n{answer.Question}\n", Theme.Heading);
            PrintAnswer(answer);
            PrintMeasured(report, answer);
        }
    }

    private void PrintAnswer(BisectAnswer answer)
    {
        if (answer.Result != BisectResult.Transition)
        {
            Write(BisectText.None(answer) + "\n", answer.Error is null ? null : Theme.Error);
        }

        foreach (var transition in answer.Transitions)
        {
            PrintTransition(answer, transition);
        }

        if (answer.Result == BisectResult.Transition && !answer.Monotone)
        {
            Write($"  {BisectText.NotMonotone(which)}\n", Theme.Past);
        }

        if (answer.Reopen is { } command)
        {
            Write("  go there  ", Theme.Dim);
            Write(command + "\n");
        }
    }

    private void PrintTransition(BisectAnswer answer, Transition transition)
    {
        var place = transition.Location is { } at ? $"{at.File}:{at.Line}" : "a place without source";
        var made = answer.Result != BisectResult.Transition ? "has its first value after" : answer.Frame is null ? "by" : $"made false (in {answer.Frame}) by";
        Write($"  {made} {place} in {transition.Function ?? "?"}, tick {transition.At}{WatchView.By(transition)}\n", Theme.Place);
        if (transition.Location is { } location)
        {
            SourceView.Print(console, _sources, location, "    ");
        }

        Write($"  before    {BisectText.Of(transition.Before)}\n", Theme.Good);
        Write($"  after     {BisectText.Of(transition.After)}\n", Theme.Error);
        PrintStack(transition.Stack);
    }

    /// <summary>Of a runaway recursion the innermost calls, and those that led to it.</summary>
    private void PrintStack(IReadOnlyList<Frame> stack)
    {
        var title = "stack";
        var left = stack.Count - MostFrames > 1 ? stack.Count - MostFrames : 0;
        for (var i = 0; i < stack.Count; i++)
        {
            if (i == MostFrames / 2 && left > 0)
            {
                Write($"  {title,-8}  ... {left} more\n", Theme.Dim);
                i += left;
            }

            var call = stack[i].Location is { } here ? $"{here.File}:{here.Line}  {_sources.Text(here)}" : string.Empty;
            Write($"  {title,-8}  {stack[i].Function}  {call}".TrimEnd() + "\n", Theme.Dim);
            title = string.Empty;
        }
    }

    private void PrintMeasured(BisectReport report, BisectAnswer answer)
    {
        if (stable || answer.Error is not null)
        {
            return;
        }

        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"  ({answer.Evaluations} evaluations, {answer.Checkpoints} checkpoints, run {report.RecordElapsed.TotalSeconds:0.00} s, search {answer.Elapsed.TotalSeconds:0.00} s)\n");
        Write(text, Theme.Dim);
    }

    private void Write(string text, Style? style = null) => console.Write(new Verbatim(text, style));
}
