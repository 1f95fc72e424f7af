using System.Globalization;
using Fred.Core;

namespace Fred.Backends;

/// <summary>Memory and instructions of a stopped native program.</summary>
/// <remarks>
/// What is hard is going back by instructions, because they have no fixed length and cannot be read backwards: one begins at a place that is known to be the beginning of an instruction, the
/// function's or one of those before it, and reads forwards.
/// </remarks>
/// <param name="inspector">For gdb's turn.</param>
/// <param name="process">Stopped.</param>
/// <param name="context">What the processes share.</param>
internal sealed class GdbMachine(GdbInspector inspector, NativeProcess process, GdbContext context) : IMachineView
{
    private const int LongestInstruction = 15;

    /// <inheritdoc/>
    public async Task<byte[]> ReadMemoryAsync(ulong address, int count, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var bytes = new byte[count];
        return bytes[..await process.ReadMemoryAsync(address, bytes).ConfigureAwait(false)];
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<MachineInstruction>> DisassembleAsync(ulong address, int offset, int count, CancellationToken ct) => inspector.UseAsync<IReadOnlyList<MachineInstruction>>(
        async mi =>
        {
            var before = offset < 0 ? await BeforeAsync(mi, address, -offset, ct).ConfigureAwait(false) : [];
            var wanted = Math.Max(0, offset + count);
            var after = wanted == 0 ? [] : await ReadAsync(mi, address, address + (ulong)(LongestInstruction * wanted), wanted, ct).ConfigureAwait(false);
            return offset < 0 ? [.. before.Concat(after).Take(count)] : [.. after.Skip(offset)];
        },
        ct);

    /// <inheritdoc/>
    public async Task<ulong?> FindReturnAsync(CancellationToken ct)
    {
        var code = await ReadMemoryAsync(process.Halt.Pc, 2, ct).ConfigureAwait(false);
        return code is [0xC3 or 0xC2, ..] or [0xF2 or 0xF3, 0xC3] ? process.Halt.Sp : null;
    }

    /// <inheritdoc/>
    public async Task<MemoryRange?> LocateAsync(string expression, EvaluationScope scope, CancellationToken ct)
    {
        var owner = await inspector.OtherOfAsync(scope, ct).ConfigureAwait(false) ?? inspector;
        return await owner.UseAsync<MemoryRange?>(
            async mi =>
            {
                var address = await owner.EvaluateHereAsync(mi, $"(unsigned long)&({expression})", scope, ct).ConfigureAwait(false);
                var size = await owner.EvaluateHereAsync(mi, $"(unsigned long)sizeof({expression})", scope, ct).ConfigureAwait(false);
                return ulong.TryParse(address, NumberStyles.None, CultureInfo.InvariantCulture, out var at) && int.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var length)
                    ? new MemoryRange(at, length)
                    : null;
            },
            ct).ConfigureAwait(false);
    }

    /// <summary>Gets the process.</summary>
    public NativeProcess Process => process;

    /// <summary>Gets the program's files.</summary>
    public ModuleMap Modules => context.Space.Modules;

    /// <summary>Makes a gdb's view of the process.</summary>
    /// <param name="thread">Number of the thread looked at; 0 for the one that stopped.</param>
    /// <returns>The view; the caller disposes it before the process moves.</returns>
    public InspectedProcess View(int thread) => context.Driver.View(process, thread: thread);

    private static MachineInstruction Nothing(ulong address) => new(address, [], null);

    /// <summary>The instructions before one.</summary>
    private async Task<List<MachineInstruction>> BeforeAsync(MiConnection mi, ulong address, int count, CancellationToken ct)
    {
        var found = new List<MachineInstruction>();
        for (var end = address; found.Count < count && StartBefore(end) is { } start;)
        {
            var part = await ReadAsync(mi, start, end, int.MaxValue, ct).ConfigureAwait(false);
            found.InsertRange(0, part.TakeWhile(i => i.Address < end && i.Text is not null));
            end = start;
        }

        while (found.Count < count)
        {
            found.Insert(0, Nothing((found.Count > 0 ? found[0].Address : address) - 1));
        }

        return found[^count..];
    }

    /// <summary>The nearest beginning of a function before an address.</summary>
    private ulong? StartBefore(ulong address)
    {
        if (Modules.Find(address - 1, process.Pid).Module is not { } module)
        {
            return null;
        }

        ulong? best = null;
        foreach (var function in module.Functions)
        {
            // Sorted by address.
            if (function.Start + module.Bias >= address)
            {
                break;
            }

            best = function.Start + module.Bias;
        }

        return best;
    }

    /// <summary>Instructions from one on, filled up where the code ends.</summary>
    private async Task<List<MachineInstruction>> ReadAsync(MiConnection mi, ulong from, ulong to, int count, CancellationToken ct)
    {
        // Only what is there: gdb refuses a range with a hole in it.
        var readable = (ulong)process.Memory.Read(from, new byte[Math.Min(to - from, 1 << 20)]);
        var instructions = new List<MachineInstruction>();
        if (readable > 0)
        {
            var reply = await mi.AskAsync(string.Create(CultureInfo.InvariantCulture, $"-data-disassemble -s {from} -e {from + readable} -- 2"), ct).ConfigureAwait(false);
            instructions.AddRange(reply.IsError ? [] : reply.Results["asm_insns"].Items.Take(count).Select(Read));
        }

        while (count < int.MaxValue && instructions.Count < count)
        {
            instructions.Add(Nothing(instructions.Count > 0 ? instructions[^1].Address + (ulong)Math.Max(1, instructions[^1].Bytes.Count) : from));
        }

        return instructions;
    }

    private MachineInstruction Read(MiValue row)
    {
        var address = row["address"].Address() ?? 0;
        byte[] bytes = [.. (row.FindText("opcodes") ?? string.Empty).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(b => Convert.ToByte(b, 16))];
        var place = Modules.Find(address, process.Pid);
        return new MachineInstruction(address, bytes, row.FindText("inst"))
        {
            Symbol = row.FindText("func-name") is { } function ? $"{function}+{row.FindText("offset")}" : null,
            Location = place.Line is { } line ? new SourceLocation(line.File, line.Line) : null,
        };
    }
}
