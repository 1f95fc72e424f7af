using System.Buffers.Binary;

namespace Fred.Backends;

/// <summary>An expression that replicas look at themselves, without gdb, wherever memory that it reads changes. Only its truth is known.</summary>
/// <param name="Code">As gdb compiles it for a remote target.</param>
/// <param name="Calls">The functions it calls, in the order in which they may use each other's results.</param>
/// <param name="UsesFrame">Whether it uses local variables, whose places are counted from <see cref="FramePointer"/>.</param>
internal sealed record Predicate(byte[] Code, IReadOnlyList<PredicateCall> Calls, bool UsesFrame)
{
    /// <summary>gdb's number of rbp.</summary>
    public const int FramePointer = 6;

    /// <summary>Where what the first function returns is read; the next one's is 8 bytes further. The same as PREDICATE_RESULTS in libfred.</summary>
    public const ulong Results = 0x7ffe0000;

    /// <summary>As many as libfred makes.</summary>
    public const int MostCalls = 16;

    private const int Registers = 17;
    private const int PushedByCall = 16; // the return address, and the caller's frame pointer

    /// <summary>Gets the lines that give it to a replica.</summary>
    /// <param name="frame">The frame whose local variables are meant.</param>
    /// <returns>The last one is answered.</returns>
    public string LinesFor(NativeFrame frame)
    {
        var registers = new byte[8 * Registers];
        BinaryPrimitives.WriteUInt64LittleEndian(registers.AsSpan(8 * FramePointer), frame.Address - PushedByCall);
        return NativeCommand.PredicateClear + string.Concat(Calls.Select(NativeCommand.PredicateCall)) + NativeCommand.Predicate(Code, registers);
    }
}

/// <summary>A call of a function of the program.</summary>
/// <param name="Function">Its first instruction.</param>
/// <param name="Arguments">An expression for each argument.</param>
/// <param name="IsFloating">Whether it gives a floating point number.</param>
internal sealed record PredicateCall(ulong Function, IReadOnlyList<PredicateArgument> Arguments, bool IsFloating);

/// <summary>An argument of a call.</summary>
/// <param name="Code">Its value.</param>
/// <param name="IsFloating">Whether that is a floating point number, whose bits are as the function wants them.</param>
internal readonly record struct PredicateArgument(byte[] Code, bool IsFloating);
