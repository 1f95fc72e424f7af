namespace Fred.Backends;

/// <summary>Names of the error numbers that making a process can give.</summary>
internal static class Errno
{
    /// <summary>ECHILD.</summary>
    public const int Child = 10;

    /// <summary>EAGAIN.</summary>
    public const int Again = 11;

    /// <summary>EBUSY.</summary>
    public const int Busy = 16;

    /// <summary>ESTALE.</summary>
    public const int Stale = 116;

    /// <summary>Names an error number of x86-64 Linux.</summary>
    public static string Name(int errno) => errno switch
    {
        1 => "EPERM: not permitted",
        2 => "ENOENT: no such file",
        8 => "ENOEXEC: not a program",
        11 => "EAGAIN: too many processes",
        12 => "ENOMEM: out of memory",
        13 => "EACCES: permission denied",
        24 => "EMFILE: too many open files",
        28 => "ENOSPC: no space left on device",
        _ => $"error {errno}",
    };
}
