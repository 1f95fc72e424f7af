using Fred.TestKit;
using Shouldly;
using Xunit;

namespace Fred.Cli.Tests;

/// <summary>Whole sittings as a user sees them, compared with approved text.</summary>
public sealed class SittingTests : IDisposable
{
    private const string Source = """
        def add(a, b):
            c = a + b
            return c
        total = 0
        for i in range(5):
            total = add(total, i)
        print(total)
        """;

    private readonly TestCli _cli = new(Source);

    public void Dispose() => _cli.Dispose();

    [Fact]
    public async Task ThereAndBack() =>
        await ApproveAsync(["n", "n", "s", "s", "rs", "rs 3", "rn", "when", "finish", "rs 100", "c", "rs", "rf", "until", "undo 2", "goto live", "q"]);

    [Fact]
    public async Task Breakpoints() =>
        await ApproveAsync(["break 2, a > 2", "c", "p a, b", "c", "c", "rc", "rc", "p a", "commands 1", "silent", "p c == a", "c", "end", "goto start", "c"]);

    [Fact]
    public async Task Watch() =>
        await ApproveAsync(["c", "rw total < 4", "n", "rw total < 1000", "rw total > 1000", "rw nowhere == 1", "rw total < 4 --all", "rw a < 1 --frame add", "rw total <", "rw"]);

    [Fact]
    public async Task PlacesInTime() =>
        await ApproveAsync(["n 3", "bookmark here", "checkpoint", "c", "goto here", "goto -2", "goto +1", "restart 1", "restart", "bookmarks", "checkpoints", "history", "undo", "bookmark 1x", "goto nowhere", "goto 99999", "goto -99999", "restart 77", "goto"]);

    [Fact]
    public async Task Branches() =>
        await ApproveAsync(["c", "rs 8", "total = 100", "branches", "branch what if", "branch what-if", "c", "p total", "switch main", "when", "branches", "switch nowhere", "branch"]);

    [Fact]
    public async Task BadInput() =>
        await ApproveAsync(["fred-frobnicate", "s 0", "s x", "rs -1", "until x", "when now", "source /no/such/file", "p nothing", "switch", "commands", "commands 9", "commands x", "undo", "undo 9", "pdb", "help rs", "help fred-rw"]);

    [Fact]
    public async Task EmptyLineRepeats_AndSemicolonsSeparate() => await ApproveAsync(["n ;; n ;; p total", "", "s 0 ;; n", "when"]);

    [Fact]
    public async Task Help() => await ApproveAsync(["help"]);

    [Fact]
    public async Task NothingIsLeft()
    {
        (await _cli.TypeAsync("c", "rs 3", "p 1", "q")).Code.ShouldBe(ExitCode.Ok);
        _cli.Backend.IsDisposed.ShouldBeTrue();
        _cli.Backend.AliveSessions.ShouldBe(0);
        _cli.Backend.OpenInspectors.ShouldBe(0);
        _cli.Backend.Output.ShouldBe(["10"]);
    }

    private async Task ApproveAsync(string[] lines, [System.Runtime.CompilerServices.CallerMemberName] string name = "")
    {
        var run = await _cli.TypeAsync(lines);
        run.Error.ShouldBeEmpty();
        run.Code.ShouldBe(ExitCode.Ok);
        Approved.Matches(Steady(run.Output), name);
    }

    /// <summary>Takes out what differs from run to run: the time a search took.</summary>
    private static string Steady(string output) => System.Text.RegularExpressions.Regex.Replace(output, @"\d+\.\d\d s\)", "T s)");
}
