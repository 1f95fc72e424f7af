using System.Runtime.InteropServices;
using Fred.Core;

namespace Fred.Backends;

/// <summary>Makes this process another program: same pid, terminal and streams, and nothing of fred left.</summary>
public static partial class ProcessImage
{
    /// <summary>Becomes a program. Returns only by the exception.</summary>
    /// <param name="program">Its path.</param>
    /// <param name="arguments">Without its own name.</param>
    /// <returns>Never.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.LaunchFailed"/>.</exception>
    public static FredException Become(string program, IReadOnlyList<string> arguments)
    {
        // Files that .NET opens are closed by exec; the signals it ignores stay ignored, which Python does anyway.
        _ = Execute(program, [program, .. arguments, null]);
        throw new FredException(ErrorId.LaunchFailed, $"{program} cannot be run: {Marshal.GetLastPInvokeErrorMessage()}.");
    }

    [LibraryImport("libc", EntryPoint = "execv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Execute(string path, string?[] arguments);
}
