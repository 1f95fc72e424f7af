namespace Fred.Core;

/// <summary>A stopped program as a machine: memory and instructions. Only backends of native programs have one. Nothing done here changes the program.</summary>
public interface IMachineView
{
    /// <summary>Reads memory.</summary>
    /// <param name="address">From here on.</param>
    /// <param name="count">How many bytes.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>As many as are readable from the address on; empty when none is.</returns>
    Task<byte[]> ReadMemoryAsync(ulong address, int count, CancellationToken ct);

    /// <summary>Disassembles.</summary>
    /// <param name="address">An instruction's.</param>
    /// <param name="offset">How many instructions after it to begin, negative for before it.</param>
    /// <param name="count">How many instructions.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Exactly so many; where there is no code, instructions without text.</returns>
    Task<IReadOnlyList<MachineInstruction>> DisassembleAsync(ulong address, int offset, int count, CancellationToken ct);

    /// <summary>Says whether the next instruction returns from a function.</summary>
    /// <param name="ct">Cancels.</param>
    /// <returns>Where on the stack its return address is; null when it is another instruction.</returns>
    Task<ulong?> FindReturnAsync(CancellationToken ct);

    /// <summary>Finds out where a value is.</summary>
    /// <param name="expression">In the program's language.</param>
    /// <param name="scope">Whose names it uses.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Its address and size; null when it is in no memory (a register, a result).</returns>
    Task<MemoryRange?> LocateAsync(string expression, EvaluationScope scope, CancellationToken ct);
}

/// <summary>An instruction.</summary>
/// <param name="Address">Where.</param>
/// <param name="Bytes">As in memory; empty where there is no code.</param>
/// <param name="Text">In the assembler's language; null where there is no code.</param>
public sealed record MachineInstruction(ulong Address, IReadOnlyList<byte> Bytes, string? Text)
{
    /// <summary>Gets the function it belongs to, with the distance from its beginning; null when not known.</summary>
    public string? Symbol { get; init; }

    /// <summary>Gets its statement; null when not known.</summary>
    public SourceLocation? Location { get; init; }
}

/// <summary>Bytes to be written into a program's memory.</summary>
/// <param name="Address">From here on.</param>
/// <param name="Bytes">The bytes.</param>
public sealed record MemoryWrite(ulong Address, ReadOnlyMemory<byte> Bytes);
