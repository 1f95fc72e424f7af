using System.Globalization;
using System.Reflection;
using System.Text.Json;

namespace Fred.Cli;

/// <summary>The report as a SARIF 2.1.0 log, for code scanning.</summary>
internal static class BisectSarif
{
    private const string Schema = "https://json.schemastore.org/sarif-2.1.0.json";
    private const string Rule = "broken-invariant";
    private static readonly JsonWriterOptions Options = new() { Indented = true };

    /// <summary>Writes the log.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="report">The report.</param>
    /// <param name="directory">Files below it are named relative to it.</param>
    public static void Write(Stream to, BisectReport report, string directory)
    {
        using var json = new Utf8JsonWriter(to, Options);
        json.WriteStartObject();
        json.WriteString("$schema", Schema);
        json.WriteString("version", "2.1.0");
        json.WriteStartArray("runs");
        json.WriteStartObject();
        WriteTool(json);
        WriteInvocation(json, report);
        json.WriteString("columnKind", "utf16CodeUnits");
        json.WriteStartArray("results");
        foreach (var answer in report.Answers.Where(a => a.Result == BisectResult.Transition))
        {
            foreach (var transition in answer.Transitions)
            {
                WriteResult(json, answer, transition, directory);
            }
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteTool(Utf8JsonWriter json)
    {
        json.WriteStartObject("tool");
        json.WriteStartObject("driver");
        json.WriteString("name", "fred");
        json.WriteString("semanticVersion", Assembly.GetExecutingAssembly().GetName().Version?.ToString(3) ?? "0.0.0");
        json.WriteStartArray("rules");
        json.WriteStartObject();
        json.WriteString("id", Rule);
        WriteText(json, "shortDescription", "The statement before which an expression holds and after which it does not");
        WriteText(json, "help", "Found by fred bisect in the recorded history of one run of the program.");
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteInvocation(Utf8JsonWriter json, BisectReport report)
    {
        var errors = report.Answers.Select(a => a.Error).OfType<CommandError>().ToList();
        json.WriteStartArray("invocations");
        json.WriteStartObject();
        json.WriteBoolean("executionSuccessful", errors.Count == 0);
        json.WriteNumber("exitCode", report.ExitCode);
        if (errors.Count > 0)
        {
            json.WriteStartArray("toolExecutionNotifications");
            foreach (var error in errors)
            {
                json.WriteStartObject();
                json.WriteString("level", "error");
                WriteText(json, "message", error.Message);
                json.WriteStartObject("descriptor");
                json.WriteString("id", error.Id.ToString());
                json.WriteEndObject();
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteResult(Utf8JsonWriter json, BisectAnswer answer, Transition transition, string directory)
    {
        json.WriteStartObject();
        json.WriteString("ruleId", Rule);
        json.WriteNumber("ruleIndex", 0);
        json.WriteString("level", "error");
        WriteText(json, "message", $"{BisectText.Made(answer)} Before: {BisectText.Of(transition.Before)}. After: {BisectText.Of(transition.After)}.");
        json.WriteStartArray("locations");
        WriteLocation(json, transition.Location, transition.Function, directory, null);
        json.WriteEndArray();
        json.WriteStartArray("stacks");
        json.WriteStartObject();
        json.WriteStartArray("frames");
        foreach (var frame in transition.Stack)
        {
            json.WriteStartObject();
            json.WritePropertyName("location");
            WriteLocation(json, frame.Location, frame.Function, directory, frame.Function);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteStartObject("properties");
        json.WriteString("expression", answer.Question);
        json.WriteNumber("tick", transition.At.Value);
        json.WriteBoolean("monotone", answer.Monotone);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteLocation(Utf8JsonWriter json, SourceLocation? location, string? function, string directory, string? message)
    {
        json.WriteStartObject();
        if (location is not null)
        {
            json.WriteStartObject("physicalLocation");
            json.WriteStartObject("artifactLocation");
            json.WriteString("uri", Uri(location.File, directory));
            json.WriteEndObject();
            json.WriteStartObject("region");
            json.WriteNumber("startLine", location.Line);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        if (function is not null)
        {
            json.WriteStartArray("logicalLocations");
            json.WriteStartObject();
            json.WriteString("name", function);
            json.WriteString("kind", "function");
            json.WriteEndObject();
            json.WriteEndArray();
        }

        if (message is not null)
        {
            WriteText(json, "message", message);
        }

        json.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter json, string name, string text)
    {
        json.WriteStartObject(name);
        json.WriteString("text", text);
        json.WriteEndObject();
    }

    /// <summary>Relative to the working directory, as code scanning wants it; whole for files elsewhere.</summary>
    private static string Uri(string file, string directory)
    {
        var relative = Path.GetRelativePath(directory, file);
        return relative.StartsWith("..", StringComparison.Ordinal) || Path.IsPathRooted(relative)
            ? new Uri(Path.GetFullPath(file)).AbsoluteUri
            : string.Join('/', relative.Split('/').Select(System.Uri.EscapeDataString)).ToString(CultureInfo.InvariantCulture);
    }
}
