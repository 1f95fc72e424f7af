using System.Security.Cryptography;

namespace Fred.Backends;

/// <summary>A file that was mapped into a recorded program: a replay maps it again and finds the same bytes, or is no replay.</summary>
/// <param name="Path">Where it lies.</param>
/// <param name="Identity">build-id:HEX for programs and libraries that have one (libfred itself too), else sha256:HEX of the content.</param>
internal sealed record RecordedFile(string Path, string Identity)
{
    /// <summary>Reads a file's identity.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The file as it is now; null when it cannot be read.</returns>
    public static RecordedFile? Of(string path)
    {
        try
        {
            if (ElfFile.BuildId(path) is { } id)
            {
                return new RecordedFile(path, "build-id:" + id);
            }

            using var content = File.OpenRead(path);
            return new RecordedFile(path, "sha256:" + Convert.ToHexStringLower(SHA256.HashData(content)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The files mapped into a process.</summary>
    /// <param name="pid">The process.</param>
    /// <returns>Their paths; those that were deleted since are left out, their content is in the recording.</returns>
    /// <exception cref="IOException">The process is gone.</exception>
    public static IReadOnlyList<string> MappedInto(int pid)
    {
        // address perms offset dev inode      path
        const int Fields = 6;
        var paths = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var line in File.ReadLines($"/proc/{pid}/maps"))
        {
            var fields = line.Split(' ', Fields, StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length == Fields && fields[1].EndsWith('p') && fields[^1].StartsWith('/') && !fields[^1].EndsWith(" (deleted)", StringComparison.Ordinal))
            {
                paths.Add(fields[^1]);
            }
        }

        return [.. paths];
    }
}
