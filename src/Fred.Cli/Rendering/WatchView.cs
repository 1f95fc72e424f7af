namespace Fred.Cli;

/// <summary>Shows what a reverse watch found.</summary>
internal static class WatchView
{
    private const int Callers = 5;

    /// <summary>Prints the report; the stop itself is printed by the loop.</summary>
    /// <param name="context">Where to.</param>
    /// <param name="expression">What was asked for.</param>
    /// <param name="report">The findings.</param>
    public static void Print(ReplContext context, string expression, WatchReport report)
    {
        switch (report.Result)
        {
            case WatchResult.AlwaysGood:
                context.Print($"{expression} held all the way: no statement of the history makes it false.");
                return;
            case WatchResult.AlwaysBad:
                context.Print($"{expression} was false as soon as it could be evaluated: no statement made it so. Is it the condition that should hold?");
                return;
            case WatchResult.NeverEvaluable:
                context.Print($"{expression} could not be evaluated anywhere in the history. Names mean what they mean in the selected frame: 'up' and --frame FUNCTION choose another.");
                return;
            case WatchResult.Transition:
                break;
        }

        foreach (var transition in report.Transitions)
        {
            PrintTransition(context, expression, transition);
        }

        if (report.Outside is { } outside)
        {
            context.Print($"Followed in {ScopeFinder.Call(outside)}, because it uses no variable of the selected frame.");
        }

        if (!report.Monotone)
        {
            context.Print("It also became true again somewhere in the history: there are other such statements (--first, --all).");
        }

        var seconds = report.Elapsed.TotalSeconds.ToString("0.00", System.Globalization.CultureInfo.InvariantCulture);
        context.Console.Write(new Verbatim($"({report.Evaluations} evaluations, {report.Checkpoints} checkpoints, {seconds} s)\n", Theme.Dim));
    }

    /// <summary>Which thread made a transition, in programs with threads.</summary>
    /// <param name="transition">The transition.</param>
    /// <returns>To follow its tick; empty in other programs.</returns>
    public static string By(Transition transition) => transition.Thread is { } by
        ? $", thread {by.Number} ({by.Name}{(transition.IsUnderWay ? "; begun before, another thread stands at this tick" : string.Empty)})"
        : string.Empty;

    private static void PrintTransition(ReplContext context, string expression, Transition transition)
    {
        var text = context.Sources.Text(transition.Location);
        var place = transition.Location is { } location ? $"{location.File}({location.Line}){transition.Function}()" : transition.Function ?? "?";
        context.Console.Write(new Verbatim($"{expression}: {(transition.Before.Truth == Truth.NotEvaluable ? "no value" : "true")} before, false after\n", Theme.Heading));
        context.Console.Write(new Verbatim($"  at      {place}, tick {transition.At}{By(transition)}\n", Theme.Place));
        if (text is not null)
        {
            context.Console.Write(new Verbatim("  by      "));
            PythonHighlighter.Write(context.Console, text);
            context.Print("\n");
        }

        context.Console.Write(new Verbatim($"  before  {BisectText.Of(transition.Before)}\n", Theme.Good));
        context.Console.Write(new Verbatim($"  after   {BisectText.Of(transition.After)}\n", Theme.Error));
        foreach (var caller in transition.Stack.Skip(1).Take(Callers))
        {
            var where = caller.Location is { } call && context.Sources.Text(call) is { } calling ? $"{caller.Function}(), line {call.Line}: {calling}" : caller.Function;
            context.Console.Write(new Verbatim($"  called  from {where}\n", Theme.Dim));
        }
    }
}
