namespace Fred.Backends.Tests;

/// <summary>A machine that executes nothing but no-operations, forwards and backwards.</summary>
internal sealed class MemoryTarget : IRspTarget
{
    private const ulong Base = 0x1000;
    private readonly byte[] _memory = [.. Enumerable.Repeat((byte)0x90, 256)];

    public MemoryTarget()
    {
        Registers["rip"] = Base;
        Registers["cs"] = 0x33;
    }

    public RegisterFile Registers { get; } = new();

    public string ExecutableFile => string.Empty;

    public RspStop Stop => new RspStop.Signal(5);

    public bool CanReverse => true;

    public ValueTask<RegisterFile> ReadRegistersAsync(CancellationToken ct) => ValueTask.FromResult(Registers.Clone());

    public ValueTask<bool> WriteRegistersAsync(RegisterFile registers, CancellationToken ct)
    {
        foreach (var slot in RegisterLayout.All)
        {
            registers.Of(slot).CopyTo(Registers.Of(slot));
        }

        return ValueTask.FromResult(true);
    }

    public ValueTask<int> ReadMemoryAsync(ulong address, Memory<byte> buffer, CancellationToken ct)
    {
        if (address < Base || address >= Base + (ulong)_memory.Length)
        {
            return ValueTask.FromResult(0);
        }

        var part = _memory.AsMemory((int)(address - Base));
        part = part[..Math.Min(part.Length, buffer.Length)];
        part.CopyTo(buffer);
        return ValueTask.FromResult(part.Length);
    }

    public ValueTask<bool> WriteMemoryAsync(ulong address, ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        var fits = address >= Base && address + (ulong)bytes.Length <= Base + (ulong)_memory.Length;
        if (fits)
        {
            bytes.Span.CopyTo(_memory.AsSpan((int)(address - Base)));
        }

        return ValueTask.FromResult(fits);
    }

    public ValueTask<ulong?> FindThreadLocalAsync(ulong offset, ulong module, CancellationToken ct) => ValueTask.FromResult<ulong?>(module == 0 ? null : module + offset);

    public byte[] ReadAuxiliaryVector() => [];

    public ValueTask<RspStop> ResumeAsync(RspMotion motion, IReadOnlyCollection<RspBreakpoint> breakpoints, CancellationToken ct)
    {
        var back = motion is RspMotion.ReverseStep or RspMotion.ReverseContinue;
        while (true)
        {
            if (back && Registers.Rip == Base)
            {
                return ValueTask.FromResult<RspStop>(new RspStop.HistoryEnd(AtBegin: true));
            }

            Registers.Rip += back ? ulong.MaxValue : 1;
            if (motion is RspMotion.Step or RspMotion.ReverseStep)
            {
                return ValueTask.FromResult<RspStop>(new RspStop.Signal(5));
            }

            if (breakpoints.Any(b => b.Address == Registers.Rip))
            {
                return ValueTask.FromResult<RspStop>(new RspStop.Breakpoint());
            }

            if (Registers.Rip == Base + (ulong)_memory.Length)
            {
                return ValueTask.FromResult<RspStop>(new RspStop.Exited(0));
            }
        }
    }

    public void Leave(bool kill)
    {
    }
}
