using System.Globalization;

namespace Fred.Dap;

/// <summary>Memory and machine code, of native programs.</summary>
internal sealed class MachineHandlers
{
    /// <summary>As much memory as one answer may hold: 1 MiB.</summary>
    private const int MostBytes = 1 << 20;

    private const int MostInstructions = 10_000;

    private readonly Sitting _sitting;
    private readonly DapConnection _connection;

    /// <summary>Initializes a new instance of the <see cref="MachineHandlers"/> class.</summary>
    public MachineHandlers(Sitting sitting, DapConnection connection)
    {
        _sitting = sitting;
        _connection = connection;
    }

    /// <summary>Adds the handlers to the map.</summary>
    public void Register(Dictionary<string, RequestHandler> map)
    {
        map["readMemory"] = ReadMemoryAsync;
        map["writeMemory"] = WriteMemoryAsync;
        map["disassemble"] = DisassembleAsync;
        map["setInstructionBreakpoints"] = SetInstructionBreakpointsAsync;
    }

    /// <summary>Writes an address.</summary>
    public static string Text(ulong address) => string.Create(CultureInfo.InvariantCulture, $"0x{address:x}");

    /// <summary>Reads an address.</summary>
    /// <param name="reference">As of <see cref="Text"/>, or a decimal number.</param>
    /// <param name="offset">Bytes to add.</param>
    /// <exception cref="DapRequestException">It is none.</exception>
    public static ulong Address(string? reference, long? offset = null)
    {
        bool isHex = reference?.StartsWith("0x", StringComparison.OrdinalIgnoreCase) == true;
        return ulong.TryParse(isHex ? reference.AsSpan(2) : reference, isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out ulong address)
            ? unchecked(address + (ulong)(offset ?? 0))
            : throw new DapRequestException($"'{reference}' is no address. Give a memory or instruction reference of this program, such as 0x5555555592a0.");
    }

    private async Task<DapResult> ReadMemoryAsync(DapRequest request, CancellationToken ct)
    {
        ReadMemoryArguments arguments = request.Bind(DapJson.Default.ReadMemoryArguments);
        ulong address = Address(arguments.MemoryReference, arguments.Offset);
        if (arguments.Count is not (>= 0 and <= MostBytes))
        {
            throw new DapRequestException($"'count' must be from 0 to {MostBytes} bytes.");
        }
        byte[] bytes = await _sitting.Session.LookAtMachineAsync((machine, token) => machine.ReadMemoryAsync(address, arguments.Count.Value, token), ct).ConfigureAwait(false);
        int missing = arguments.Count.Value - bytes.Length;
        return DapResult.Of(new ReadMemoryBody(Text(address), missing == 0 ? null : missing, bytes.Length == 0 ? null : Convert.ToBase64String(bytes)));
    }

    // At the live edge part of the recording, in the past the beginning of a branch: like any other change of the program.
    private async Task<DapResult> WriteMemoryAsync(DapRequest request, CancellationToken ct)
    {
        WriteMemoryArguments arguments = request.Bind(DapJson.Default.WriteMemoryArguments);
        ulong address = Address(arguments.MemoryReference, arguments.Offset);
        byte[] bytes;
        try
        {
            bytes = Convert.FromBase64String(arguments.Data ?? "");
        }
        catch (FormatException)
        {
            throw new DapRequestException("'data' is no base64 text.");
        }
        if (bytes.Length is 0 or > MostBytes)
        {
            throw new DapRequestException($"'data' must be from 1 to {MostBytes} bytes.");
        }

        // Better no branch than one that begins with a write that failed half way.
        byte[] there = await _sitting.Session.LookAtMachineAsync((machine, token) => machine.ReadMemoryAsync(address, bytes.Length, token), ct).ConfigureAwait(false);
        int count = arguments.AllowPartial == true ? there.Length : bytes.Length;
        if (there.Length < count || count == 0)
        {
            throw new FredException(ErrorId.BadExpression, $"There is no memory of {bytes.Length} bytes at {Text(address)}.");
        }
        string text = string.Create(CultureInfo.InvariantCulture, $"write {count} bytes at {Text(address)}");
        await ProgramChange.MakeAsync(_sitting, _connection, new Mutation(text) { Memory = new MemoryWrite(address, bytes.AsMemory(0, count)) }, ct).ConfigureAwait(false);
        if (_sitting.Client.SupportsMemoryEvent == true)
        {
            _connection.SendEvent("memory", new MemoryEventBody(Text(address), 0, count));
        }
        return DapResult.Of(new WriteMemoryBody(count));
    }

    private async Task<DapResult> DisassembleAsync(DapRequest request, CancellationToken ct)
    {
        DisassembleArguments arguments = request.Bind(DapJson.Default.DisassembleArguments);
        ulong address = Address(arguments.MemoryReference, arguments.Offset);
        int offset = arguments.InstructionOffset ?? 0;
        if (arguments.InstructionCount is not (> 0 and <= MostInstructions) || Math.Abs((long)offset) > MostInstructions)
        {
            throw new DapRequestException($"'instructionCount' must be from 1 to {MostInstructions}, 'instructionOffset' within {MostInstructions}.");
        }
        IReadOnlyList<MachineInstruction> instructions = await _sitting.Session.LookAtMachineAsync(
            (machine, token) => machine.DisassembleAsync(address, offset, arguments.InstructionCount.Value, token), ct).ConfigureAwait(false);
        var bodies = new List<DisassembledInstruction>();
        SourceLocation? last = null;
        foreach (MachineInstruction instruction in instructions)
        {
            bodies.Add(ToBody(instruction, last));
            last = instruction.Location;
        }
        return DapResult.Of(new DisassembleBody(bodies));
    }

    private async Task<DapResult> SetInstructionBreakpointsAsync(DapRequest request, CancellationToken ct)
    {
        IReadOnlyList<InstructionBreakpoint> wanted = request.Bind(DapJson.Default.SetInstructionBreakpointsArguments).Breakpoints ?? [];
        if (wanted.Count > 0 && _sitting.BackendName == "pdb")
        {
            throw new FredException(ErrorId.Unsupported, "Instruction breakpoints are for native programs only.");
        }
        IReadOnlyList<UserBreakpoint> set = await _sitting.Breakpoints.ReplaceAsync(
            breakpoint => breakpoint.Wanted.Address is not null,
            [.. wanted.Select(breakpoint => new WantedBreakpoint(null, 0, null, NullIfEmpty(breakpoint.Condition), NullIfEmpty(breakpoint.HitCondition), null)
            {
                Address = Address(breakpoint.InstructionReference, breakpoint.Offset),
            })]).ConfigureAwait(false);
        return DapResult.Of(new BreakpointsBody([.. set.Select(breakpoint => breakpoint.ToBody())]));
    }

    // The place is told where it changes, as the protocol wants it.
    private static DisassembledInstruction ToBody(MachineInstruction instruction, SourceLocation? last) => new(Text(instruction.Address), instruction.Text ?? "(no code here)")
    {
        InstructionBytes = instruction.Bytes.Count == 0 ? null : string.Join(' ', instruction.Bytes.Select(b => b.ToString("x2", CultureInfo.InvariantCulture))),
        Symbol = instruction.Symbol,
        Location = instruction.Location is { } place && place != last ? SourceList.ToSource(place.File) : null,
        Line = instruction.Location?.Line,
        PresentationHint = instruction.Text is null ? "invalid" : null,
    };

    private static string? NullIfEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
