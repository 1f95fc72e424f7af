using System.Globalization;

namespace Fred.Backends;

/// <summary>Where an instruction is.</summary>
/// <param name="Module">In which file; null where no file is mapped.</param>
/// <param name="Function">In which function, with addresses of the process; null where none is known.</param>
/// <param name="Row">In which row of the line table (address as linked); null where no line is known.</param>
/// <param name="RowStart">First instruction of the row.</param>
internal readonly record struct CodePlace(Module? Module, FunctionSymbol? Function, LineRow? Row, ulong RowStart)
{
    /// <summary>Gets the source line; null where none is known.</summary>
    public (string File, int Line)? Line => Row is { } row ? (Module!.Lines.Files[row.File], row.Line) : null;
}

/// <summary>The object files of a program, by address.</summary>
/// <remarks>
/// All processes of a session have their files at the same addresses, because they are forks of one another and address randomisation is off, so one map serves all. It grows when an
/// address is asked for that was not mapped before (dlopen). Thread-safe.
/// </remarks>
internal sealed class ModuleMap
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Module?> _known = [];
    private List<Module> _modules = [];
    private ulong[]? _lineStarts;

    /// <summary>Gets the address just above the stack of the first thread.</summary>
    public ulong StackTop { get; private set; }

    /// <summary>Gets a number that changes when files are added.</summary>
    public int Version { get; private set; }

    /// <summary>Gets the files known so far.</summary>
    public IReadOnlyList<Module> Modules
    {
        get
        {
            lock (_gate)
            {
                return _modules;
            }
        }
    }

    /// <summary>Reads the mappings of a process.</summary>
    /// <param name="pid">The process.</param>
    public void Refresh(int pid)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines($"/proc/{pid}/maps");
        }
        catch (IOException)
        {
            return;
        }

        var ranges = new Dictionary<string, (ulong Start, ulong End)>();
        var before = string.Empty;
        foreach (var line in lines)
        {
            before = Note(line, before, ranges);
        }

        lock (_gate)
        {
            var modules = new List<Module>(_modules);
            foreach (var (path, range) in ranges)
            {
                if (!_known.ContainsKey(path))
                {
                    _known[path] = Load(path, range.Start, range.End);
                    modules.AddRange(_known[path] is { } module ? [module] : []);
                }
            }

            if (modules.Count != _modules.Count)
            {
                modules.Sort((a, b) => a.Start.CompareTo(b.Start));
                (_modules, _lineStarts) = (modules, null);
                Version++;
            }
        }
    }

    /// <summary>Finds where an instruction is.</summary>
    /// <param name="pc">The instruction.</param>
    /// <param name="pid">A process to ask when no known file covers it.</param>
    /// <returns>The place; its parts are null as far as unknown.</returns>
    public CodePlace Find(ulong pc, int pid)
    {
        if (At(pc) is not { } module)
        {
            Refresh(pid);
            if (At(pc) is not { } found)
            {
                return default;
            }

            module = found;
        }

        var row = module.Lines.Find(pc - module.Bias, out _);
        return new CodePlace(module, module.FunctionAt(pc), row, row is { } r ? r.Address + module.Bias : 0);
    }

    /// <summary>Whether instructions of a known file are at an address.</summary>
    /// <param name="address">Any address.</param>
    /// <returns>False for data.</returns>
    public bool IsCode(ulong address) => At(address)?.IsCode(address) == true;

    /// <summary>The instructions at which statements begin, in all files with lines of their own.</summary>
    /// <returns>Ascending.</returns>
    public ulong[] LineStarts()
    {
        lock (_gate)
        {
            if (_lineStarts is null)
            {
                var starts = new SortedSet<ulong>();
                foreach (var module in _modules)
                {
                    foreach (var row in module.Lines.Rows)
                    {
                        if (row.File >= 0 && row.IsStatement)
                        {
                            starts.Add(row.Address + module.Bias);
                        }
                    }
                }

                _lineStarts = [.. starts];
            }

            return _lineStarts;
        }
    }

    /// <summary>Finds the instruction at which a function's first statement begins: where gdb's breakpoint on it would be.</summary>
    /// <param name="module">The function's file.</param>
    /// <param name="function">With addresses of the process.</param>
    /// <returns>The instruction; null when the function has no lines.</returns>
    public static ulong? AfterPrologue(Module module, FunctionSymbol function)
    {
        if (module.Lines.StartingAt(function.Start - module.Bias) is null)
        {
            return null;
        }

        module.Lines.Find(function.Start - module.Bias, out var end);
        return end + module.Bias < function.End ? end + module.Bias : function.Start;
    }

    /// <summary>Takes a mapping over.</summary>
    /// <param name="line">As /proc has it.</param>
    /// <param name="before">What the line before returned.</param>
    /// <param name="ranges">The files so far.</param>
    /// <returns>The path of the last mapping that has one.</returns>
    private string Note(string line, string before, Dictionary<string, (ulong Start, ulong End)> ranges)
    {
        // 555555554000-555555555000 r--p 00000000 fe:00 1234   /path with spaces
        var fields = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length < 6 || fields[0].Split('-') is not [var from, var to]
            || !ulong.TryParse(from, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var start) || !ulong.TryParse(to, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var end))
        {
            return before;
        }

        var path = fields[5];
        if (path == "[stack]")
        {
            StackTop = end;
        }
        else if (path.StartsWith('/') && !path.Contains("libfred", StringComparison.Ordinal) && !path.Contains("libdmtcp", StringComparison.Ordinal))
        {
            // DMTCP has copies of its own of the libraries it needs, below those of the program: the last one is the program's.
            var begins = !ranges.ContainsKey(path) || (path != before && fields[2].All(c => c == '0'));
            ranges[path] = begins ? (start, end) : (ranges[path].Start, end);
        }

        return path;
    }

    private static Module? Load(string path, ulong start, ulong end)
    {
        try
        {
            return ElfImage.Read(path) is { IsLoadable: true } image ? new Module(image, start - image.FirstAddress, start, end) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private Module? At(ulong pc)
    {
        lock (_gate)
        {
            foreach (var module in _modules)
            {
                if (pc >= module.Start && pc < module.End)
                {
                    return module;
                }
            }

            return null;
        }
    }
}
