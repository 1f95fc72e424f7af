using System.Globalization;
using System.Text;
using Fred.Core;

namespace Fred.Backends;

/// <summary>The session's private directory: socket, control page, syscall logs. Gone when disposed.</summary>
/// <remarks>
/// After kill -9 nobody disposes: the launcher then removes it, and what even the launcher could not remove the next session does. Whether a directory's session
/// lives is told by a lock on a file in it, which the kernel releases with the process; a pid could have been used again.
/// It lies in the temp directory and not in XDG_RUNTIME_DIR, which is small and in memory: a log can have gigabytes.
/// </remarks>
internal sealed class SessionDirectory : IDisposable
{
    private const int Tries = 3;
    private const string Prefix = "fred-";
    private const string LockName = "lock";
    private const string SocketName = "agent.sock";
    private const int NameLength = 16;
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    // A socket's path may have 107 bytes (sockaddr_un); ours adds at most this many to the parent's.
    private const int LongestParent = 107 - 40;

    private readonly FileStream _lock;

    private SessionDirectory(string path, FileStream locked)
    {
        Path = path;
        _lock = locked;
    }

    /// <summary>Gets the directory's absolute path.</summary>
    public string Path { get; }

    /// <summary>Gets the path of the socket all processes connect to.</summary>
    public string SocketPath => System.IO.Path.Combine(Path, SocketName);

    /// <summary>Gets the path of the control page.</summary>
    public string PagePath => System.IO.Path.Combine(Path, "page");

    /// <summary>Gets where the agent says why the program could not be started.</summary>
    public string StartErrorPath => System.IO.Path.Combine(Path, "start-error");

    /// <summary>Gets where DMTCP says what it has to say.</summary>
    public string DmtcpLogPath => System.IO.Path.Combine(Path, "dmtcp.log");

    /// <summary>Makes a directory of its own for a session, and removes those of dead sessions.</summary>
    /// <param name="parent">Where; null for the temp directory.</param>
    /// <returns>The directory, readable by this user only.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.LaunchFailed"/>: it cannot be made.</exception>
    public static SessionDirectory Create(string? parent = null)
    {
        var root = parent ?? DefaultParent();
        try
        {
            RemoveDead(root);
            var name = Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture)[..NameLength];
            var path = System.IO.Path.Combine(root, Prefix + name);
            var unlocked = System.IO.Path.Combine(root, "." + Prefix + name);

            // Under a name that nobody looks for until the lock is held: without it the directory would look dead.
            Directory.CreateDirectory(unlocked, Private);
            var locked = Lock(System.IO.Path.Combine(unlocked, LockName), FileMode.CreateNew);
            Directory.Move(unlocked, path);
            return new SessionDirectory(path, locked);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FredException(ErrorId.LaunchFailed, $"No session directory can be made in {root}: {e.Message} Set TMPDIR to a directory that you may write to.", e);
        }
    }

    /// <summary>A socket path as long as that of a session in a directory.</summary>
    /// <param name="parent">The directory.</param>
    /// <returns>No real path.</returns>
    public static string SocketPathIn(string parent) => System.IO.Path.Combine(parent, Prefix + new string('0', NameLength), SocketName);

    /// <summary>The log of a branch.</summary>
    public string LogPath(BranchId branch) => System.IO.Path.Combine(Path, LogName(branch));

    /// <summary>The file name of a branch's log.</summary>
    public static string LogName(BranchId branch) => string.Create(CultureInfo.InvariantCulture, $"log-{branch.Value}");

    /// <summary>Removes the directory with all it holds.</summary>
    public void Dispose()
    {
        Remove(Path);
        _lock.Dispose();
    }

    private static string DefaultParent()
    {
        var temp = System.IO.Path.GetTempPath();
        return Encoding.UTF8.GetByteCount(temp) <= LongestParent ? temp : "/tmp";
    }

    private static FileStream Lock(string path, FileMode mode) => new(path, mode, FileAccess.ReadWrite, FileShare.None);

    private static void RemoveDead(string root)
    {
        foreach (var path in Directory.EnumerateDirectories(root, Prefix + new string('?', NameLength)).Where(HasOurName))
        {
            var lockPath = System.IO.Path.Combine(path, LockName);
            try
            {
                if (File.Exists(lockPath))
                {
                    using var locked = Lock(lockPath, FileMode.Open);
                    Remove(path);
                }
                else
                {
                    Directory.Delete(path); // if it is empty: two have removed it at once, or a process of the session has still written to it
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Locked: the session lives. Not ours: another user's.
            }
        }
    }

    // A user's fred-notes with a file called lock in it is none of ours.
    private static bool HasOurName(string path)
    {
        var name = System.IO.Path.GetFileName(path);
        return name.Length == Prefix.Length + NameLength && name.Skip(Prefix.Length).All(char.IsAsciiHexDigitLower);
    }

    private static void Remove(string path)
    {
        for (var tries = 0; tries < Tries && Directory.Exists(path); tries++)
        {
            try
            {
                Directory.Delete(path, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The launcher removes it too, or a process that ends has still written to it; at last the next session tries again.
            }
        }
    }
}
