namespace Fred.Backends;

/// <summary>gdb numbers signals in its own way, the same for all systems; up to 15 mostly as everywhere.</summary>
internal static class RspSignals
{
    /// <summary>SIGINT.</summary>
    public const int Interrupt = 2;

    /// <summary>SIGTRAP.</summary>
    public const int Trap = 5;

    private const int Unknown = 143;

    /// <summary>Translates a signal.</summary>
    /// <param name="signal">Linux's number.</param>
    /// <returns>gdb's number.</returns>
    public static int FromLinux(int signal) => signal switch
    {
        7 => 10, // BUS
        10 => 30, // USR1
        12 => 31, // USR2
        16 => Unknown,
        17 => 20, // CHLD
        18 => 19, // CONT
        19 => 17, // STOP
        20 => 18, // TSTP
        23 => 16, // URG
        29 => 23, // IO
        30 => 32, // PWR
        31 => 12, // SYS
        > 31 => Unknown,
        _ => signal,
    };
}
