using System.Text.Json;
using NJsonSchema;
using Shouldly;
using Xunit;

namespace Fred.Cli.Tests;

/// <summary>The SARIF log against the schema of the standard.</summary>
public sealed class SarifTests : IDisposable
{
    private readonly TestCli _cli = new("def f(x):\n    y = x + 1\n    return y\na = 1\na = f(a)\na = f(a)\nprint(a)");

    public void Dispose() => _cli.Dispose();

    [Theory]
    [InlineData("a < 2", 1, 0)]
    [InlineData("a < 100", 0, 1)]
    [InlineData("nowhere", 0, 2)]
    [InlineData("a <", 0, 2)]
    public async Task Log_IsValid(string expression, int results, int code)
    {
        var file = _cli.PathOf("log.sarif");
        (await _cli.RunAsync("", "bisect", "--expr", expression, "--sarif", file, "--", "python", _cli.ProgramFile)).Code.ShouldBe(code);
        var text = await File.ReadAllTextAsync(file);
        (await ValidateAsync(text)).ShouldBeEmpty();
        var run = JsonDocument.Parse(text).RootElement.GetProperty("runs")[0];
        run.GetProperty("results").GetArrayLength().ShouldBe(results);
        run.GetProperty("invocations")[0].GetProperty("exitCode").GetInt32().ShouldBe(code);
        if (results > 0)
        {
            var result = run.GetProperty("results")[0];
            result.GetProperty("locations")[0].GetProperty("physicalLocation").GetProperty("region").GetProperty("startLine").GetInt32().ShouldBe(5);
            result.GetProperty("message").GetProperty("text").GetString()!.ShouldContain("a < 2");
        }
    }

    [Fact]
    public async Task Schema_RefusesWhatIsNoLog() =>
        (await ValidateAsync("""{"version":"2.1.0","runs":[{"results":[{"message":{}}]}]}""")).ShouldNotBeEmpty();

    private static async Task<IReadOnlyList<string>> ValidateAsync(string json)
    {
        using var reader = new StreamReader(typeof(SarifTests).Assembly.GetManifestResourceStream("sarif.schema.json")!);
        var schema = await JsonSchema.FromJsonAsync(await reader.ReadToEndAsync());
        return [.. schema.Validate(json).Select(e => e.ToString())];
    }
}
