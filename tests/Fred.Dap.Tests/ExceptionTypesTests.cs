using Shouldly;

namespace Fred.Dap.Tests;

public sealed class ExceptionTypesTests
{
    private static readonly ExceptionMet Missing = new(ExceptionRole.Handler, "KeyError", "'x'")
    {
        Names = ["KeyError", "builtins.KeyError", "LookupError", "builtins.LookupError", "Exception", "builtins.Exception"],
    };

    private static readonly ExceptionMet LoopEnd = new(ExceptionRole.Raise, "StopIteration", "") { Names = ["StopIteration", "Exception"] };

    [Theory]
    [InlineData(null, true)]
    [InlineData("", true)]
    [InlineData("KeyError", true)]
    [InlineData("builtins.LookupError", true)]
    [InlineData("ValueError", false)]
    [InlineData("ValueError, KeyError", true)]
    [InlineData("!KeyError", false)]
    [InlineData("Exception, !LookupError", false)]
    public void Types_CountWithAllThatAreDerivedFromThem(string? condition, bool matches) => ExceptionTypes.Parse(condition).Match(Missing).ShouldBe(matches);

    [Theory]
    [InlineData(null, false)]
    [InlineData("!KeyError", false)]
    [InlineData("StopIteration", true)]
    public void TheEndOfALoop_CountsOnlyByName(string? condition, bool matches) => ExceptionTypes.Parse(condition).Match(LoopEnd).ShouldBe(matches);

    [Theory]
    [InlineData("a b")]
    [InlineData("!")]
    [InlineData("x == 1")]
    public void WhatIsNoName_IsRefused(string condition) => Should.Throw<DapRequestException>(() => ExceptionTypes.Parse(condition)).Message.ShouldContain("commas");

    [Fact]
    public void TheText_IsAsTheLanguagePrintsIt()
    {
        Missing.Text.ShouldBe("KeyError: 'x'");
        LoopEnd.Text.ShouldBe("StopIteration");
    }
}
