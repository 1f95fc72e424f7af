using System.Buffers.Binary;
using System.Globalization;

namespace Fred.Backends;

/// <summary>Reads what gdb's <c>maintenance agent-eval</c> lists: an expression compiled for the stack machine of remote targets (gdb's manual, appendix F), which libfred has, too.</summary>
/// <remarks>gdb offers that code nowhere else: as a breakpoint's condition it would use up a number of the user's table.</remarks>
internal static class AgentCode
{
    public const byte Not = 0x0e, ExclusiveOr = 0x11, Equal = 0x13, LessSigned = 0x14, Extend = 0x16, Read4 = 0x19, Read8 = 0x1a, IfGoto = 0x20, Goto = 0x21, Constant8 = 0x22, Constant64 = 0x25,
        End = 0x27, ExtendZero = 0x2a;

    /// <summary>Of our own, for floating point numbers: the same as in libfred's bytecode.c. Numbers on the stack are doubles.</summary>
    public const byte FloatAdd = 0x80, FloatSubtract = 0x81, FloatMultiply = 0x82, FloatDivide = 0x83, FloatEqual = 0x84, FloatLess = 0x85, FloatLessOrEqual = 0x86, FloatFromInteger = 0x87,
        FloatToInteger = 0x88, FloatWiden = 0x89, FloatNarrow = 0x8a;

    private static readonly Dictionary<string, (byte Code, int Operand)> Operations = ((ReadOnlySpan<(string Name, byte Code, int Operand)>)
    [
        ("add", 0x02, 0), ("sub", 0x03, 0), ("mul", 0x04, 0), ("div_signed", 0x05, 0), ("div_unsigned", 0x06, 0), ("rem_signed", 0x07, 0), ("rem_unsigned", 0x08, 0),
        ("lsh", 0x09, 0), ("rsh_signed", 0x0a, 0), ("rsh_unsigned", 0x0b, 0), ("log_not", 0x0e, 0), ("bit_and", 0x0f, 0), ("bit_or", 0x10, 0), ("bit_xor", 0x11, 0),
        ("bit_not", 0x12, 0), ("equal", 0x13, 0), ("less_signed", 0x14, 0), ("less_unsigned", 0x15, 0), ("ext", 0x16, 1), ("ref8", 0x17, 0), ("ref16", 0x18, 0),
        ("ref32", 0x19, 0), ("ref64", 0x1a, 0), ("if_goto", 0x20, 2), ("goto", 0x21, 2), ("const8", 0x22, 1), ("const16", 0x23, 2), ("const32", 0x24, 4),
        ("const64", 0x25, 8), ("reg", 0x26, 2), ("end", 0x27, 0), ("dup", 0x28, 0), ("pop", 0x29, 0), ("zero_ext", 0x2a, 1), ("swap", 0x2b, 0), ("pick", 0x32, 1),
        ("rot", 0x33, 0),
    ]).ToArray().ToDictionary(o => o.Name, o => (o.Code, o.Operand));

    private static readonly Dictionary<byte, int> Operands = Operations.Values.ToDictionary(o => o.Code, o => o.Operand);

    /// <summary>Moves code that begins at 0: the targets of its branches are counted from the beginning of the whole.</summary>
    /// <param name="code">The code.</param>
    /// <param name="by">Where it begins.</param>
    /// <returns>The same there.</returns>
    public static byte[] Moved(byte[] code, int by)
    {
        byte[] moved = [.. code];
        for (var at = 0; at < moved.Length; at += 1 + Operands.GetValueOrDefault(moved[at]))
        {
            if (moved[at] is IfGoto or Goto)
            {
                var target = moved.AsSpan(at + 1, 2);
                BinaryPrimitives.WriteUInt16BigEndian(target, (ushort)(BinaryPrimitives.ReadUInt16BigEndian(target) + by));
            }
        }

        return moved;
    }

    /// <summary>Reads a listing.</summary>
    /// <param name="listing">What gdb says.</param>
    /// <param name="usesFrame">Whether the code counts from the frame pointer of a function that has one.</param>
    /// <returns>The code; null where there is none, it does more than compute, uses other registers, or means different things in functions of one name.</returns>
    public static byte[]? Read(string listing, out bool usesFrame)
    {
        usesFrame = false;
        byte[]? only = null;
        foreach (var part in listing.Split("Scope:", StringSplitOptions.RemoveEmptyEntries).Skip(listing.StartsWith("Scope:", StringComparison.Ordinal) ? 0 : 1))
        {
            var code = Assemble(part.Split('\n'), ref usesFrame);
            if (code is null || (only is not null && !only.AsSpan().SequenceEqual(code)))
            {
                return null;
            }

            only = code;
        }

        return only;
    }

    private static byte[]? Assemble(IEnumerable<string> lines, ref bool usesFrame)
    {
        var (code, frameAt) = (new List<byte>(), new List<int>());
        foreach (var line in lines.Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)))
        {
            if (line is not [var place, var name, ..] || !int.TryParse(place, NumberStyles.None, CultureInfo.InvariantCulture, out var at))
            {
                continue; // "Reg mask: 00"
            }

            ulong operand = 0;
            if (at != code.Count || !Operations.TryGetValue(name, out var operation)
                || (operation.Operand > 0 && !(line.Length == 3 && ulong.TryParse(line[2], NumberStyles.None, CultureInfo.InvariantCulture, out operand))))
            {
                return null;
            }

            if (name == "reg")
            {
                if (operand != Predicate.FramePointer)
                {
                    return null;
                }

                frameAt.Add(code.Count);
            }

            code.Add(operation.Code);
            var bytes = new byte[8];
            BinaryPrimitives.WriteUInt64BigEndian(bytes, operand);
            code.AddRange(bytes[^operation.Operand..]);
        }

        usesFrame |= frameAt.Count > 0;
        return code.Count > 0 && frameAt.TrueForAll(at => IsFrame(code, at)) ? [.. code] : null;
    }

    /// <summary>The frame's address is 16 above the frame pointer where the function has one: the only use of a register that means the same all through the call.</summary>
    private static bool IsFrame(List<byte> code, int at) => at + 6 <= code.Count && code[at + 3] == 0x22 && code[at + 4] == 16 && code[at + 5] == 0x02;
}
