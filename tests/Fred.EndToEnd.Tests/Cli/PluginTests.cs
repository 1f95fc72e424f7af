using Shouldly;
using Xunit;

namespace Fred.EndToEnd.Tests;

/// <summary>The plugins for pytest and unittest over a suite with a failing test.</summary>
public sealed class PluginTests : IDisposable
{
    private const string Python = "/usr/bin/python3";

    private const string Cart = """
        class Cart:
            def __init__(self):
                self.items, self.sum = [], 0
            def add(self, item):
                self.sum += item if item != 13 else 0
                self.items.append(item)
        """;

    private const string Suite = """
        import unittest
        from cart import Cart
        calls = 0
        class CartCase(unittest.TestCase):
            def test_empty(self):
                self.assertEqual(0, Cart().sum)
            def test_sum(self):
                cart = Cart()
                for i in range(20):
                    cart.add(i)
                self.assertEqual(sum(cart.items), cart.sum)
        """;

    private const string Flaky = """
        import os
        def test_first_time_only():
            first = not os.path.exists("ran")
            open("ran", "w").close()
            assert not first
        """;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("fred-plugin-");

    public PluginTests()
    {
        File.WriteAllText(Path.Combine(_directory.FullName, "cart.py"), Cart);
        File.WriteAllText(Path.Combine(_directory.FullName, "test_cart.py"), Suite);
    }

    /// <summary>Recordings that are kept must not come among those of the user.</summary>
    private string OwnSessions => $"export XDG_DATA_HOME={_directory.FullName}/data; ";

    public void Dispose() => _directory.Delete(recursive: true);

    [SkippableFact]
    public async Task Pytest_OnFail_GivesACommandThatGoesToTheFailure()
    {
        var run = await ShAsync($"PYTHONPATH=$(fred python-path) {Python} -m pytest -q -p fred_pytest --fred-on-fail");
        run.Code.ShouldBe(1, run.Output + run.Error);
        run.Output.ShouldContain("test_cart.py::CartCase::test_sum");
        run.Output.ShouldContain(" -ex reverse-continue ");
        var command = run.Output.Split('\n').Single(l => l.Contains(" session resume ", StringComparison.Ordinal)).Trim();
        var reopened = await FredProcess.StartInAsync(_directory.FullName, "/bin/sh", "p cart.sum\nq\n", "-c", OwnSessions + command);
        reopened.Output.ShouldContain("-> self.assertEqual(sum(cart.items), cart.sum)");
        reopened.Output.ShouldContain("p cart.sum\n177\n");
    }

    [SkippableFact]
    public async Task Pytest_TellsATestThatDoesNotFailAlone()
    {
        await File.WriteAllTextAsync(Path.Combine(_directory.FullName, "test_flaky.py"), Flaky);
        var run = await ShAsync($"PYTHONPATH=$(fred python-path) {Python} -m pytest -q -p fred_pytest --fred-on-fail test_flaky.py");
        run.Output.ShouldContain("does not fail when it is run alone");
    }

    [SkippableFact]
    public async Task Unittest_Bisect_NamesTheStatement()
    {
        var run = await ShAsync($"export FRED_CACHE=0; PYTHONPATH=$(fred python-path) {Python} -m fred_unittest --fred-bisect 'cart.sum == sum(cart.items)' test_cart");
        run.Code.ShouldBe(1);
        run.Error.ShouldContain("cart.py:6  self.items.append(item)");
    }

    private async Task<(int Code, string Output, string Error)> ShAsync(string line)
    {
        Skip.IfNot(File.Exists(Python), $"{Python} is missing");
        if (line.Contains("pytest", StringComparison.Ordinal))
        {
            var installed = await FredProcess.StartAsync(Python, string.Empty, "-c", "import pytest");
            Skip.IfNot(installed.Code == 0, "pytest is missing (apt-get install python3-pytest)");
        }

        return await FredProcess.StartInAsync(_directory.FullName, "/bin/sh", string.Empty, "-c", OwnSessions + line);
    }
}
