using System.Runtime.CompilerServices;
using Xunit;

namespace Fred.TestKit;

/// <summary>Compares text with a file kept beside the test. A difference leaves a .received file there; FRED_APPROVE=1 accepts what is received.</summary>
public static class Approved
{
    /// <summary>Fails unless the text is the approved one.</summary>
    /// <param name="text">What the test got.</param>
    /// <param name="name">The file's name without extension; by default the test's.</param>
    /// <param name="source">Filled in by the compiler.</param>
    public static void Matches(string text, [CallerMemberName] string name = "", [CallerFilePath] string source = "")
    {
        var directory = Path.Combine(Path.GetDirectoryName(source)!, "Approved");
        var path = Path.Combine(directory, $"{Path.GetFileNameWithoutExtension(source)}.{name}.txt");
        var received = Path.ChangeExtension(path, ".received.txt");
        Directory.CreateDirectory(directory);
        if (Environment.GetEnvironmentVariable("FRED_APPROVE") == "1")
        {
            File.WriteAllText(path, text);
        }

        var approved = File.Exists(path) ? File.ReadAllText(path) : string.Empty;
        if (approved == text)
        {
            File.Delete(received);
            return;
        }

        File.WriteAllText(received, text);
        Assert.Fail($"{path} does not match. Received:\n{text}");
    }
}
