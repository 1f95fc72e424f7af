using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Fred.Core;

namespace Fred.Backends;

/// <content>Registers and memory.</content>
internal sealed partial class NativeProcess
{
    private const int GeneralWords = 24;
    private static readonly string[] Order = [.. RegisterLayout.WireNames];

    /// <summary>Reads the registers; those of one stop are asked for once.</summary>
    /// <returns>A copy.</returns>
    public async ValueTask<RegisterFile> ReadRegistersAsync()
    {
        if (_registers is null)
        {
            var answer = Expect<AgentMessage.Registers>((await Connection.AskAsync(NativeCommand.Registers).ConfigureAwait(false)).Last);
            if (answer.General.Length < 8 * GeneralWords)
            {
                throw new FredException(ErrorId.ProtocolBroken, $"A process sent {answer.General.Length} bytes of registers. fred and its native part come from different versions; rebuild both.");
            }

            var file = new RegisterFile();
            for (var i = 0; i < Order.Length; i++)
            {
                file[Order[i]] = BinaryPrimitives.ReadUInt64LittleEndian(answer.General.AsSpan(8 * i));
            }

            (_registers, _xsave) = (file, answer.Xsave);
            file.LoadXsave(_xsave);
        }

        return _registers.Clone();
    }

    /// <summary>Changes the registers.</summary>
    /// <param name="registers">All of them.</param>
    public async Task WriteRegistersAsync(RegisterFile registers)
    {
        _ = await ReadRegistersAsync().ConfigureAwait(false); // the XSAVE area as it is: what gdb does not know stays
        var general = new byte[8 * GeneralWords];
        for (var i = 0; i < Order.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(general.AsSpan(8 * i), registers[Order[i]]);
        }

        var xsave = (byte[])_xsave.Clone();
        registers.StoreXsave(xsave);
        Expect<AgentMessage.Done>((await Connection.AskAsync(NativeCommand.SetRegisters(general, xsave)).ConfigureAwait(false)).Last);
        (_registers, _xsave) = (registers.Clone(), xsave);
    }

    /// <summary>Changes memory. In the head this is part of the recording.</summary>
    /// <param name="address">From here on.</param>
    /// <param name="bytes">What to write.</param>
    public async Task WriteMemoryAsync(ulong address, ReadOnlyMemory<byte> bytes)
    {
        const int Most = 16_384;
        for (var done = 0; done < bytes.Length; done += Most)
        {
            var part = bytes.Slice(done, Math.Min(Most, bytes.Length - done));
            Expect<AgentMessage.Done>((await Connection.AskAsync(NativeCommand.Write(address + (ulong)done, part.Span)).ConfigureAwait(false)).Last);
        }
    }

    /// <summary>Asks which memory the last run with <see cref="NativeRun.Reads"/> has read.</summary>
    /// <returns>Words of 8 bytes; null when it was too much, or could not be told.</returns>
    public async Task<IReadOnlyList<ulong>?> ReadNotedAsync()
    {
        var words = new List<ulong>();
        while (true)
        {
            if ((await Connection.AskAsync(NativeCommand.Reads(words.Count)).ConfigureAwait(false)).Last is not AgentMessage.MemoryBytes { Bytes: var bytes })
            {
                return null;
            }

            if (bytes.Length == 0)
            {
                return words;
            }

            words.AddRange(MemoryMarshal.Cast<byte, ulong>(bytes));
        }
    }
}
