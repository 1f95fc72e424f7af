using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using Xunit;

namespace Fred.Backends.Tests;

public sealed class AgentTextTests
{
    [Theory]
    [InlineData("", "%")]
    [InlineData("/tmp/a b.py", "/tmp/a%20b.py")]
    [InlineData("100%", "100%25")]
    [InlineData("é\n", "%C3%A9%0A")]
    [InlineData("<module>", "<module>")]
    [InlineData("a_Z9.:=+,@-", "a_Z9.:=+,@-")]
    public void Encode_WritesTheProtocolsForm(string text, string field)
    {
        AgentText.Encode(text).ShouldBe(field);
        AgentText.TryDecode(field, out var back).ShouldBeTrue();
        back.ShouldBe(text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a%")]
    [InlineData("a%2")]
    [InlineData("%zz")]
    [InlineData("%2%20")]
    public void TryDecode_RefusesMalformedFields(string field) => AgentText.TryDecode(field, out _).ShouldBeFalse();

    [Fact]
    public void TryDecode_GivesBackWhatWasEncoded() => Prop.ForAll<NonNull<string>>(text =>
    {
        // A lone surrogate is no text.
        var valid = System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text.Get));
        var field = AgentText.Encode(valid);
        return AgentText.TryDecode(field, out var back) && back == valid && !field.Contains(' ') && field.All(c => c is > ' ' and < (char)127);
    }).QuickCheckThrowOnFailure();
}
