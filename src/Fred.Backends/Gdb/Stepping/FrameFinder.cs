namespace Fred.Backends;

/// <summary>A frame of the stack.</summary>
/// <param name="Address">The canonical frame address: the stack pointer of the caller just before the call.</param>
/// <param name="ReturnTo">Where the function will return to; null when that is not readable.</param>
internal readonly record struct NativeFrame(ulong Address, ulong? ReturnTo);

/// <summary>Finds the innermost frame of a stopped process, from the call frame information and without gdb.</summary>
internal static class FrameFinder
{
    private const int Rbp = 6;
    private const int Rsp = 7;

    /// <summary>Finds the frame.</summary>
    /// <param name="process">Stopped.</param>
    /// <returns>Where no information is, the frame of a function that has just been entered.</returns>
    public static async ValueTask<NativeFrame> InnermostAsync(NativeProcess process)
    {
        var (pc, sp) = (process.Halt.Pc, process.Halt.Sp);
        var place = process.Space.Modules.Find(pc, process.Pid);
        var address = place.Module?.FrameRule(pc) switch
        {
            { Register: Rsp } rule => sp + (ulong)rule.Offset,
            { Register: Rbp } rule => (await process.ReadRegistersAsync().ConfigureAwait(false))["rbp"] + (ulong)rule.Offset,
            _ => sp + 8,
        };
        return new NativeFrame(address, process.Memory.ReadWord(address - 8));
    }

    /// <summary>A frame's depth as Core counts: greater is deeper.</summary>
    /// <param name="space">The program.</param>
    /// <param name="address">The frame's address.</param>
    /// <returns>Units of 8 bytes of stack; frames on other stacks (of signal handlers) get the nearest bound.</returns>
    public static int DepthOf(NativeSpace space, ulong address) =>
        (int)Math.Clamp((long)(space.Modules.StackTop - address) / 8, int.MinValue + 1, int.MaxValue - 1);

    /// <summary>The frame address of a depth.</summary>
    /// <param name="space">The program.</param>
    /// <param name="depth">As of <see cref="DepthOf"/>.</param>
    /// <returns>The address.</returns>
    public static ulong AddressOf(NativeSpace space, int depth) => space.Modules.StackTop - (ulong)(8L * depth);
}
