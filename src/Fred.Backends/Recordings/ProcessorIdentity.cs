using System.Security.Cryptography;
using System.Text;
using Fred.Core;

namespace Fred.Backends;

/// <summary>The processor, as far as a C library chooses its instructions by it: its features and caches. A replay that counts instructions needs one that is alike.</summary>
internal static class ProcessorIdentity
{
    private const char Separator = '|';
    private static readonly string[] Deciding = ["flags", "cache size"];

    /// <summary>Reads this machine's.</summary>
    /// <returns>Its name for people, and a hash of what decides.</returns>
    public static string Read()
    {
        var facts = File.ReadLines("/proc/cpuinfo").TakeWhile(line => line.Length > 0).Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries)).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1]);
        var deciding = string.Join('\n', Deciding.Select(name => facts.GetValueOrDefault(name)));
        return facts.GetValueOrDefault("model name", "unknown") + Separator + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(deciding)));
    }

    /// <summary>Refuses a recording of another processor.</summary>
    /// <param name="recorded">What <see cref="Read"/> gave when it was recorded.</param>
    /// <exception cref="FredException"><see cref="ErrorId.SessionUnusable"/>.</exception>
    public static void Require(string recorded)
    {
        var here = Read();
        if (recorded[(recorded.LastIndexOf(Separator) + 1)..] != here[(here.LastIndexOf(Separator) + 1)..])
        {
            throw new FredException(
                ErrorId.SessionUnusable,
                $"The recording was made on a processor with other features or caches ({Name(recorded)}; this is {Name(here)}). The C library chooses its instructions by them, and a native recording is replayed by counting instructions: resume it on a machine like that one.");
        }
    }

    private static string Name(string identity) => identity[..Math.Max(0, identity.LastIndexOf(Separator))];
}
