using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace Fred.EndToEnd.Tests;

/// <summary>The examples of docs/rpc.md do what the document says.</summary>
public sealed partial class RpcTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("fred-rpc-");

    public void Dispose() => _directory.Delete(recursive: true);

    [SkippableTheory]
    [InlineData("/usr/bin/python3", "client.py")]
    [InlineData("/bin/sh", "client.sh")]
    public async Task Example_PrintsWhatIsDocumented(string interpreter, string client)
    {
        Skip.IfNot(File.Exists(interpreter), $"{interpreter} is missing");
        var blocks = Block().Matches(await File.ReadAllTextAsync(Document())).ToDictionary(m => (m.Groups["kind"].Value == "text", m.Groups["name"].Value), m => m.Groups["text"].Value);
        foreach (var ((isOutput, name), text) in blocks.Where(b => !b.Key.Item1))
        {
            await File.WriteAllTextAsync(Path.Combine(_directory.FullName, name), text);
        }

        var run = await FredProcess.StartInAsync(_directory.FullName, interpreter, string.Empty, client);
        run.Code.ShouldBe(0, run.Error);
        run.Output.ShouldBe(blocks[(true, client)]);
    }

    [GeneratedRegex(@"^```(?<kind>\w+) (?<name>\S+)\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    private static string Document([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "docs", "rpc.md"));
}
