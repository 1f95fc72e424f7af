namespace Fred.Backends;

/// <summary>A row of the line table: instructions from here on belong to a line.</summary>
/// <param name="Address">First instruction, as linked.</param>
/// <param name="File">Number of the file in <see cref="LineTable.Files"/>; -1 where a sequence ends and no line is known.</param>
/// <param name="Line">1-based.</param>
/// <param name="IsStatement">Whether a statement begins here.</param>
internal readonly record struct LineRow(ulong Address, int File, int Line, bool IsStatement);

/// <summary>Which source line an instruction belongs to: the DWARF line programs (versions 2 to 5) of one object file.</summary>
/// <remarks>Of several rows at one address the last counts, as in gdb.</remarks>
internal sealed class LineTable
{
    private readonly LineRow[] _rows;
    private readonly List<string> _files = [];
    private readonly Dictionary<string, int> _fileNumbers = [];

    /// <summary>Initializes a new instance of the <see cref="LineTable"/> class.</summary>
    /// <param name="image">Whose table; a damaged one gives the rows before the damage.</param>
    public LineTable(ElfImage image)
    {
        var rows = new List<LineRow>();
        try
        {
            ReadUnits(image, rows);
        }
        catch (Exception e) when (e is ArgumentException or OverflowException)
        {
            // Damaged: what was read before is sound.
        }

        _rows = Order(rows);
    }

    /// <summary>Gets the files' paths.</summary>
    public IReadOnlyList<string> Files => _files;

    /// <summary>Gets a value indicating whether there are lines.</summary>
    public bool IsEmpty => _rows.Length == 0;

    /// <summary>Gets the rows in order of address.</summary>
    public ReadOnlySpan<LineRow> Rows => _rows;

    /// <summary>Finds the row an instruction belongs to.</summary>
    /// <param name="address">As linked.</param>
    /// <param name="end">The first address behind the row.</param>
    /// <returns>Null where no line is known.</returns>
    public LineRow? Find(ulong address, out ulong end)
    {
        var index = IndexOf(address);
        end = index + 1 < _rows.Length ? _rows[index + 1].Address : ulong.MaxValue;
        return index >= 0 && _rows[index].File >= 0 ? _rows[index] : null;
    }

    /// <summary>Finds the row that begins at an instruction.</summary>
    /// <param name="address">As linked.</param>
    /// <returns>Null when none does.</returns>
    public LineRow? StartingAt(ulong address)
    {
        var index = IndexOf(address);
        return index >= 0 && _rows[index].Address == address && _rows[index].File >= 0 ? _rows[index] : null;
    }

    private static LineRow[] Order(List<LineRow> rows)
    {
        // A sequence's end gives way to a row that begins at the same address; else the last one counts. The sort is stable.
        var ordered = new List<LineRow>(rows.Count);
        foreach (var row in rows.OrderBy(r => r.Address))
        {
            if (ordered.Count > 0 && ordered[^1].Address == row.Address)
            {
                if (row.File >= 0)
                {
                    ordered[^1] = row with { IsStatement = row.IsStatement || (ordered[^1].File >= 0 && ordered[^1].IsStatement && ordered[^1].Line == row.Line) };
                }
            }
            else
            {
                ordered.Add(row);
            }
        }

        return [.. ordered];
    }

    private int IndexOf(ulong address)
    {
        var (low, high) = (0, _rows.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_rows[middle].Address <= address)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low - 1;
    }

    private void ReadUnits(ElfImage image, List<LineRow> rows)
    {
        var program = image.Contents(".debug_line");
        var (lineStrings, strings) = (image.Contents(".debug_line_str"), image.Contents(".debug_str"));
        for (var at = 0; at < program.Length;)
        {
            var cursor = new ByteCursor(program.Span, at);
            ulong length = cursor.UInt32();
            var wide = length == 0xffff_ffff;
            length = wide ? cursor.UInt64() : length;
            var end = checked(cursor.At + (int)length);
            var unit = new LineProgram(program[..end], cursor.At, wide, lineStrings, strings);
            unit.Run(rows, NumberOf);
            at = end;
        }
    }

    private int NumberOf(string path)
    {
        if (!_fileNumbers.TryGetValue(path, out var number))
        {
            _fileNumbers[path] = number = _files.Count;
            _files.Add(path);
        }

        return number;
    }
}
