using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Fred.Core;

namespace Fred.Backends;

/// <content>Registers and memory.</content>
internal sealed partial class NativeProcess
{
    private const int MostBytes = 16_384; // in one command
    private const int GeneralWords = 24;
    private static readonly string[] Order = [.. RegisterLayout.WireNames];

    /// <summary>Reads the registers; those of one stop are asked for once.</summary>
    /// <returns>A copy.</returns>
    public async ValueTask<RegisterFile> ReadRegistersAsync()
    {
        if (_registers is null)
        {
            (_registers, _xsave) = await AskRegistersAsync(NativeCommand.Registers).ConfigureAwait(false);
        }

        return _registers.Clone();
    }

    /// <summary>Reads the registers with which a thread will go on.</summary>
    /// <param name="thread">Its number.</param>
    /// <returns>A copy.</returns>
    public async ValueTask<RegisterFile> ReadRegistersAsync(int thread) =>
        thread == Halt.Thread ? await ReadRegistersAsync().ConfigureAwait(false) : (await AskRegistersAsync(NativeCommand.RegistersOf(thread)).ConfigureAwait(false)).File;

    /// <summary>Reads the threads.</summary>
    /// <returns>Those alive, by number.</returns>
    public async Task<IReadOnlyList<NativeThread>> ReadThreadsAsync() =>
        [.. Expect<AgentMessage.ThreadTable>((await Connection.AskAsync(NativeCommand.Threads).ConfigureAwait(false)).Last).All.OrderBy(thread => thread.Number)];

    /// <summary>Makes another thread the one that runs; of diversions only, whose time is their own.</summary>
    /// <param name="thread">Its number.</param>
    /// <returns>Done.</returns>
    public async Task BecomeAsync(int thread)
    {
        Expect<AgentMessage.Done>((await Connection.AskAsync(NativeCommand.Thread(thread)).ConfigureAwait(false)).Last);
        (_registers, Halt) = (null, Halt with { Thread = thread });
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

    /// <summary>Reads memory as the program knows it: without what libfred has put into its code (jumps for system calls, traps).</summary>
    /// <param name="address">From here on.</param>
    /// <param name="buffer">Filled as far as there is memory.</param>
    /// <returns>How many bytes.</returns>
    public async ValueTask<int> ReadMemoryAsync(ulong address, Memory<byte> buffer)
    {
        if (!Space.Modules.IsCode(address))
        {
            return Memory.Read(address, buffer.Span);
        }

        var done = 0;
        while (done < buffer.Length)
        {
            var part = Expect<AgentMessage.MemoryBytes>((await Connection.AskAsync(NativeCommand.Read(address + (ulong)done, Math.Min(MostBytes, buffer.Length - done))).ConfigureAwait(false)).Last).Bytes;
            if (part.Length == 0)
            {
                break;
            }

            part.CopyTo(buffer[done..]);
            done += part.Length;
        }

        return done;
    }

    /// <summary>Changes memory. In the head this is part of the recording.</summary>
    /// <param name="address">From here on.</param>
    /// <param name="bytes">What to write.</param>
    public async Task WriteMemoryAsync(ulong address, ReadOnlyMemory<byte> bytes)
    {
        for (var done = 0; done < bytes.Length; done += MostBytes)
        {
            var part = bytes.Slice(done, Math.Min(MostBytes, bytes.Length - done));
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

    private async Task<(RegisterFile File, byte[] Xsave)> AskRegistersAsync(string command)
    {
        var answer = Expect<AgentMessage.Registers>((await Connection.AskAsync(command).ConfigureAwait(false)).Last);
        if (answer.General.Length < 8 * GeneralWords)
        {
            throw new FredException(ErrorId.ProtocolBroken, $"A process sent {answer.General.Length} bytes of registers. fred and its native part come from different versions; rebuild both.");
        }

        var file = new RegisterFile();
        for (var i = 0; i < Order.Length; i++)
        {
            file[Order[i]] = BinaryPrimitives.ReadUInt64LittleEndian(answer.General.AsSpan(8 * i));
        }

        file.LoadXsave(answer.Xsave);
        return (file, answer.Xsave);
    }

    private async Task SendLinesAsync()
    {
        var version = _space.Modules.Version;
        if (_linesVersion != version)
        {
            Expect<AgentMessage.Done>((await Connection.AskAsync(NativeCommand.Lines(_space.LinesFile())).ConfigureAwait(false)).Last);
            Expect<AgentMessage.Done>((await Connection.AskAsync(NativeCommand.LineLog(_space.Ring.Path)).ConfigureAwait(false)).Last);
            _linesVersion = version;
        }
    }
}
