using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace Fred.Backends.Tests;

/// <summary>The protocol's words are written down once on each side; here the sides are compared.</summary>
public sealed partial class ProtocolTwinsTests
{
    private static readonly string Root = RepositoryRoot();

    [Fact]
    public void NativeSide_KnowsTheSameMessages()
    {
        var header = Read("native", "protocol.h");
        var words = MessageDefine().Matches(header).Select(m => m.Groups[1].Value).Order().ToList();
        words.ShouldBe(AgentMessage.Words.Concat(AgentCommand.Words).Order().ToList());
        header.ShouldContain($"#define PROTOCOL_VERSION {AgentMessage.Version}");
    }

    [Fact]
    public void Documentation_ShowsEveryMessage()
    {
        var text = File.ReadAllText(Path.Combine(Root, "docs", "agent-protocol.md"));
        foreach (var word in AgentMessage.Words.Concat(AgentCommand.Words))
        {
            text.ShouldContain("`" + word);
        }
    }

    [Fact]
    public void InspectorOperations_AreThoseOfTheAgent()
    {
        var agent = Read("python", Path.Combine("fred_agent", "protocol.py"));
        foreach (var op in (string[])["stop", "stack", "eval", "variables", "complete", "command", "display", "exception", "lines"])
        {
            agent.ShouldContain($"\"{op}\"");
        }
    }

    private static string Read(string part, string name) => File.ReadAllText(Path.Combine(Root, "src", "Fred.Backends", part, name));

    private static string RepositoryRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Fred.sln")))
        {
            directory = directory.Parent ?? throw new InvalidOperationException("The tests run outside the repository.");
        }

        return directory.FullName;
    }

    [GeneratedRegex("^#define MSG_[A-Z_]+ \"([a-z-]+)\"", RegexOptions.Multiline)]
    private static partial Regex MessageDefine();
}
