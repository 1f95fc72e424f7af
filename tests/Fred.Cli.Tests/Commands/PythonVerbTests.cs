using Shouldly;
using Xunit;

namespace Fred.Cli.Tests;

public sealed class PythonVerbTests
{
    [Theory]
    [InlineData("python a.py -x b", "python -- a.py -x b")]
    [InlineData("python -x c a.py --jsonl", "python -x c -- a.py --jsonl")]
    [InlineData("python --jsonl -i a.py", "python --jsonl -i -- a.py")]
    [InlineData("python -m mod -m x --help", "python -m mod -- -m x --help")]
    [InlineData("python --output=o a.py", "python --output=o -- a.py")]
    [InlineData("python --interval 1 -- a.py -x", "python --interval 1 -- a.py -x")]
    [InlineData("python --trace-library json --trace-library re a.py b", "python --trace-library json --trace-library re -- a.py b")]
    [InlineData("python -x", "python -x")]
    [InlineData("python -m", "python -m")]
    [InlineData("python --help", "python --help")]
    [InlineData("doctor a.py", "doctor a.py")]
    [InlineData("", "")]
    public void EverythingBehindTheProgram_BelongsToIt(string line, string expected) =>
        string.Join(' ', new PythonVerb().SeparateProgram(line.Split(' ', StringSplitOptions.RemoveEmptyEntries))).ShouldBe(expected);
}
