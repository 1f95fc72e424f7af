using Xunit;

namespace Fred.Backends.Tests;

/// <summary>The real Pythons that tests run on; those that are not there are skipped, with their name.</summary>
internal static class Pythons
{
    public const string Default = "/usr/bin/python3";

    private static readonly string Versions = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".pyenv", "versions");

    public static TheoryData<string> All => [Default, .. ((string[])["3.9.18", "3.10.13", "3.12.1", "3.13.0"]).Select(v => Path.Combine(Versions, v, "bin", "python"))];

    public static TheoryData<string> Some => [Default, .. ((string[])["3.9.18", "3.13.0"]).Select(v => Path.Combine(Versions, v, "bin", "python"))];

    public static void Require(string python) => Skip.IfNot(File.Exists(python), $"{python} is not installed");
}
