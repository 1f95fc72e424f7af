using Fred.Core;

namespace Fred.Backends;

/// <summary>Where a breakpoint on a line stops, for breakpoints that do not come from gdb.</summary>
internal static class BreakpointPlaces
{
    /// <summary>Finds the instructions.</summary>
    /// <param name="modules">The program.</param>
    /// <param name="place">File and line; of a file several lines may have no code, then the next one with code counts, as in gdb.</param>
    /// <returns>One in each function that has code of the line.</returns>
    public static IReadOnlyList<ulong> Find(ModuleMap modules, SourceLocation place)
    {
        var best = int.MaxValue;
        var found = new List<(Module Module, LineRow Row)>();
        foreach (var (module, row) in RowsOf(modules, place.File))
        {
            if (row.Line < place.Line || row.Line > best)
            {
                continue;
            }

            if (row.Line < best)
            {
                best = row.Line;
                found.Clear();
            }

            found.Add((module, row));
        }

        var functions = new Dictionary<ulong, ulong>();
        foreach (var (module, row) in found)
        {
            var address = row.Address + module.Bias;
            var function = module.FunctionAt(address);
            var start = function?.Start ?? address;
            var stop = function is { } entered && entered.Start == address ? ModuleMap.AfterPrologue(module, entered) ?? address : address;
            functions[start] = functions.TryGetValue(start, out var before) ? Math.Min(before, stop) : stop;
        }

        return [.. functions.Values.Order()];
    }

    /// <summary>Lists the lines of a file that have code.</summary>
    /// <param name="modules">The program.</param>
    /// <param name="file">Its path, or the end of it.</param>
    /// <returns>1-based, sorted.</returns>
    public static IReadOnlyList<int> LinesOf(ModuleMap modules, string file) => [.. RowsOf(modules, file).Select(r => r.Row.Line).Distinct().Order()];

    private static IEnumerable<(Module Module, LineRow Row)> RowsOf(ModuleMap modules, string file)
    {
        foreach (var module in modules.Modules)
        {
            var numbers = new HashSet<int>();
            for (var i = 0; i < module.Lines.Files.Count; i++)
            {
                if (IsSame(module.Lines.Files[i], file))
                {
                    numbers.Add(i);
                }
            }

            if (numbers.Count == 0)
            {
                continue;
            }

            foreach (var row in module.Lines.Rows.ToArray())
            {
                if (row.IsStatement && numbers.Contains(row.File))
                {
                    yield return (module, row);
                }
            }
        }
    }

    private static bool IsSame(string known, string asked) =>
        known == asked || known.EndsWith("/" + asked, StringComparison.Ordinal) || asked.EndsWith("/" + known, StringComparison.Ordinal);
}
