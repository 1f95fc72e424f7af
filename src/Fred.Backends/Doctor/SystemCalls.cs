using System.Runtime.InteropServices;

namespace Fred.Backends;

/// <summary>The few system calls of the doctor.</summary>
internal static partial class SystemCalls
{
    private const int SetSyscallUserDispatch = 59;
    private const int DispatchOff = 0;
    private const int ReadWrite = 1 | 2;
    private const int PrivateAnonymous = 0x02 | 0x20;

    /// <summary>Whether the kernel knows Syscall User Dispatch. Asks it to switch off what is off already, which changes nothing.</summary>
    /// <returns>0, or the error number.</returns>
    public static int ProbeUserDispatch() => Prctl(SetSyscallUserDispatch, DispatchOff, 0, 0, 0) == 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>Touches fresh memory page by page.</summary>
    /// <param name="pages">How many pages.</param>
    /// <param name="time">For measuring.</param>
    /// <returns>The mean time of a first touch; null when no memory was to be had.</returns>
    public static unsafe TimeSpan? TouchFreshPages(int pages, TimeProvider time)
    {
        var page = Environment.SystemPageSize;
        var length = (nuint)(pages * page);
        var memory = Mmap(0, length, ReadWrite, PrivateAnonymous, -1, 0);
        if (memory == -1)
        {
            return null;
        }

        var start = time.GetTimestamp();
        for (var i = 0; i < pages; i++)
        {
            ((byte*)memory)[(long)i * page] = 1;
        }

        var elapsed = time.GetElapsedTime(start);
        _ = Munmap(memory, length);
        return elapsed / pages;
    }

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int Prctl(int option, nint a, nint b, nint c, nint d);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Mmap(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int Munmap(nint address, nuint length);
}
