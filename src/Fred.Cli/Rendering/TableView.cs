namespace Fred.Cli;

/// <summary>Plain columns: they survive pipes, files and narrow terminals, which boxes do not.</summary>
internal static class TableView
{
    /// <summary>Prints rows under a heading.</summary>
    /// <param name="context">Where to.</param>
    /// <param name="empty">What to say instead when there are no rows.</param>
    /// <param name="heading">Column names.</param>
    /// <param name="rows">As many cells each as the heading has.</param>
    public static void Print(ReplContext context, string empty, string[] heading, IReadOnlyList<string[]> rows)
    {
        if (rows.Count == 0)
        {
            context.Print(empty);
            return;
        }

        var lines = Format(heading, rows).Split('\n', 2);
        context.Console.Write(new Verbatim(lines[0] + "\n", Theme.Heading));
        context.Print(lines[1]);
    }

    /// <summary>Lays out rows under a heading.</summary>
    /// <param name="heading">Column names.</param>
    /// <param name="rows">As many cells each as the heading has.</param>
    /// <returns>A line each.</returns>
    public static string Format(string[] heading, IReadOnlyList<string[]> rows)
    {
        var widths = heading.Select((h, i) => Math.Max(h.Length, rows.Select(r => r[i].Length).DefaultIfEmpty().Max())).ToArray();
        return string.Concat(rows.Prepend(heading).Select(r => Row(r, widths)));
    }

    private static string Row(string[] cells, int[] widths) => string.Join("  ", cells.Select((c, i) => c.PadRight(widths[i]))).TrimEnd() + "\n";
}
