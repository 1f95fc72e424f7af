using System.Buffers.Binary;
using System.Globalization;

namespace Fred.Dap;

/// <summary>Bytes at an address as expressions of the program's language, in words as large as fit.</summary>
internal static class DataBytes
{
    /// <summary>How many bytes can be watched at a time.</summary>
    public const int Most = 256;

    /// <summary>Takes the value that bytes have now.</summary>
    /// <param name="session">The session.</param>
    /// <param name="data">With its number of bytes.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Null when they cannot be read here.</returns>
    public static async Task<ValueNow?> TakeAsync(DebugSession session, DataId data, CancellationToken ct)
    {
        ulong address = MachineHandlers.Address(data.Expression);
        byte[] bytes = await session.LookAtMachineAsync((machine, token) => machine.ReadMemoryAsync(address, data.Bytes, token), ct).ConfigureAwait(false);
        if (bytes.Length < data.Bytes)
        {
            return null;
        }
        var words = new List<string>();
        for (int at = 0; at < bytes.Length;)
        {
            int size = (bytes.Length - at) switch { >= 8 => 8, >= 4 => 4, >= 2 => 2, _ => 1 };
            words.Add(Word(address + (ulong)at, bytes.AsSpan(at, size)));
            at += size;
        }
        return new ValueNow(string.Join(" && ", words), "1", Show(bytes));
    }

    /// <summary>Bytes for people.</summary>
    public static string Show(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);

    private static string Word(ulong address, ReadOnlySpan<byte> bytes)
    {
        (string type, ulong value) = bytes.Length switch
        {
            8 => ("long", BinaryPrimitives.ReadUInt64LittleEndian(bytes)),
            4 => ("int", BinaryPrimitives.ReadUInt32LittleEndian(bytes)),
            2 => ("short", BinaryPrimitives.ReadUInt16LittleEndian(bytes)),
            _ => ("char", bytes[0]),
        };
        return string.Create(CultureInfo.InvariantCulture, $"*(unsigned {type} *) 0x{address:x} == 0x{value:x}");
    }
}
