namespace Fred.Backends;

/// <summary>An object file where it is loaded. Addresses are those of the process.</summary>
/// <param name="image">The file.</param>
/// <param name="bias">What to add to an address as linked.</param>
/// <param name="start">First address of its mappings.</param>
/// <param name="end">First address behind them.</param>
internal sealed class Module(ElfImage image, ulong bias, ulong start, ulong end)
{
    private readonly Lazy<CallFrames> _frames = new(() => new CallFrames(image));
    private readonly Lazy<LineTable> _lines = new(() => new LineTable(image));
    private readonly Lazy<FunctionSymbol[]> _functions = new(image.Functions);

    /// <summary>Gets the file's path.</summary>
    public string Path => image.Path;

    /// <summary>Gets the first address of its mappings.</summary>
    public ulong Start => start;

    /// <summary>Gets the first address behind its mappings.</summary>
    public ulong End => end;

    /// <summary>Gets a value indicating whether each variable is at one place wherever it can be seen, as compilers leave them that do not optimize.</summary>
    public bool HasFixedVariables => image.Has(".debug_info") && !image.Has(".debug_loc") && !image.Has(".debug_loclists") && !image.Has(".debug_addr");

    /// <summary>Gets its functions; addresses as linked.</summary>
    public FunctionSymbol[] Functions => _functions.Value;

    /// <summary>Gets its lines; addresses as linked. Empty where the file has no debug information of its own.</summary>
    public LineTable Lines => _lines.Value;

    /// <summary>Gets what to add to an address as linked.</summary>
    public ulong Bias => bias;

    /// <summary>Finds the function an instruction is in.</summary>
    /// <param name="pc">The instruction.</param>
    /// <returns>With addresses of the process; null where no symbol covers it.</returns>
    public FunctionSymbol? FunctionAt(ulong pc)
    {
        var (functions, address) = (Functions, pc - bias);
        var (low, high) = (0, functions.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (functions[middle].Start <= address)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low > 0 && address < functions[low - 1].End
            ? new FunctionSymbol(functions[low - 1].Start + bias, functions[low - 1].End + bias, functions[low - 1].Name)
            : null;
    }

    /// <summary>Whether instructions are at an address.</summary>
    /// <param name="address">Any address.</param>
    /// <returns>False for data, and outside.</returns>
    public bool IsCode(ulong address) => address >= start && address < end && image.IsCode(address - bias);

    /// <summary>Finds where the frame of a function is while it executes an instruction.</summary>
    /// <param name="pc">The instruction.</param>
    /// <returns>Null when the file does not say.</returns>
    public CfaRule? FrameRule(ulong pc) => _frames.Value.Find(pc - bias);

    /// <summary>Whether the instruction before this one is a call, so that this is where one returns to.</summary>
    /// <param name="pc">An instruction.</param>
    /// <returns>As far as the bytes before it tell.</returns>
    public bool FollowsCall(ulong pc)
    {
        // call rel32; or FF /2 with the operand forms that compilers use: register, [reg], [reg+disp8], [reg+disp32] or [rip+disp32].
        var before = image.Code(pc - bias - 7, 7);
        return before.Length == 7 && (before[2] == 0xe8 || IsIndirect(before, 5) || IsIndirect(before, 4) || IsIndirect(before, 1));

        static bool IsIndirect(ReadOnlySpan<byte> code, int at) => code[at] == 0xff && (code[at + 1] & 0x38) == 0x10;
    }
}
