using System.Runtime.InteropServices;
using Fred.Core;

namespace Fred.Backends;

/// <summary>Finds a native program and says why it cannot be debugged, before anything is started.</summary>
public static partial class NativeProgram
{
    private const UnixFileMode AnyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Finds a program.</summary>
    /// <param name="name">A path, or a name on PATH.</param>
    /// <param name="workingDirectory">Where a relative path begins; null for fred's own.</param>
    /// <returns>The absolute path of a program that Fred can debug.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.ProgramNotFound"/>, <see cref="ErrorId.ProgramUnsupported"/> or <see cref="ErrorId.NoDebugInfo"/>.</exception>
    public static string Find(string name, string? workingDirectory)
    {
        var path = Locate(name, workingDirectory ?? Environment.CurrentDirectory);
        if (Directory.Exists(path))
        {
            throw new FredException(ErrorId.ProgramNotFound, $"{path} is a directory. Name the program in it.");
        }

        ElfImage? image;
        byte[] head;
        try
        {
            head = Head(path);
            image = ElfImage.Read(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FredException(ErrorId.ProgramNotFound, $"The program {path} cannot be read: {e.Message}", e);
        }

        if (Fault(path, head, image) is { } fault)
        {
            throw new FredException(ErrorId.ProgramUnsupported, $"{path} cannot be debugged: {fault}");
        }

        return new LineTable(image!).IsEmpty
            ? throw new FredException(ErrorId.NoDebugInfo, $"{path} has no debug information, so there are no lines to step through. Compile it with -g (best with -O0) and do not strip it.")
            : path;
    }

    private static string Locate(string name, string workingDirectory)
    {
        var direct = Path.GetFullPath(name, workingDirectory);
        if (File.Exists(direct) || Directory.Exists(direct))
        {
            return direct;
        }

        if (!name.Contains('/', StringComparison.Ordinal))
        {
            foreach (var directory in (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':', StringSplitOptions.RemoveEmptyEntries))
            {
                if (File.Exists(Path.Combine(directory, name)))
                {
                    return Path.Combine(directory, name);
                }
            }
        }

        throw new FredException(ErrorId.ProgramNotFound, $"There is no program '{name}' (looked for {direct}). Check the path; a program in the current directory is ./{Path.GetFileName(name)}.");
    }

    private static byte[] Head(string path)
    {
        using var file = File.OpenRead(path);
        var head = new byte[20];
        return head[..file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
    }

    private static string? Fault(string path, byte[] head, ElfImage? image)
    {
        if (!head.AsSpan().StartsWith("\u007FELF"u8))
        {
            return head.AsSpan().StartsWith("#!"u8)
                ? "it is a script, not an ELF program. A Python program is debugged with 'fred python'."
                : "it is no ELF program. Give the compiled program, not its source.";
        }

        if (head.Length > 4 && head[4] == 1)
        {
            return "it is a 32-bit program. Fred debugs 64-bit x86 programs; compile it without -m32.";
        }

        if (image is not { IsLoadable: true })
        {
            return "it is no 64-bit x86 program for this machine, or its file is damaged.";
        }

        if (!image.HasInterpreter)
        {
            return "it is statically linked, or a library: libfred cannot be loaded into it. Link it dynamically (without -static).";
        }

        var mode = File.GetUnixFileMode(path);
        if ((mode & (UnixFileMode.SetUser | UnixFileMode.SetGroup)) != 0 || Getxattr(path, "security.capability", IntPtr.Zero, 0) > 0)
        {
            return "it runs with another user's rights (setuid, setgid or file capabilities), so that the system refuses to load libfred into it. Debug a copy without them.";
        }

        return (mode & AnyExecute) == 0 ? "it is not executable. chmod +x makes it so." : null;
    }

    [LibraryImport("libc", EntryPoint = "getxattr", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Getxattr(string path, string name, IntPtr value, nint size);
}
