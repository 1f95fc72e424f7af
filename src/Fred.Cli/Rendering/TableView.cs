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

        var widths = heading.Select((h, i) => Math.Max(h.Length, rows.Max(r => r[i].Length))).ToArray();
        context.Console.Write(new Verbatim(Row(heading, widths), Theme.Heading));
        foreach (var row in rows)
        {
            context.Print(Row(row, widths));
        }
    }

    private static string Row(string[] cells, int[] widths) => string.Join("  ", cells.Select((c, i) => c.PadRight(widths[i]))).TrimEnd() + "\n";
}
