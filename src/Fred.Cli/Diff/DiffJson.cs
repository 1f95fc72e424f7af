using System.Text.Encodings.Web;
using System.Text.Json;

namespace Fred.Cli;

/// <summary>The comparison as JSON; the members are described in docs/history.md.</summary>
internal static class DiffJson
{
    private static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes what was found and a newline.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="report">What was found.</param>
    /// <param name="stable">Null for what is measured.</param>
    public static void Write(Stream to, DiffReport report, bool stable) => Write(to, json =>
    {
        var sources = new SourceCache();
        json.WriteString("result", report.Divergence is not null ? "diverged" : report.EndsDiffer ? "ends-differ" : "same");
        json.WriteNumber("commonTicks", report.Common.Value);
        WriteEvent(json, "lastCommon", report.Divergence?.LastCommon, sources);
        WriteSide(json, "first", report.First, report.Divergence?.First, sources, stable);
        WriteSide(json, "second", report.Second, report.Divergence?.Second, sources, stable);
        json.WriteStartArray("variables");
        foreach (var variable in report.Variables)
        {
            json.WriteStartObject();
            json.WriteString("name", variable.Name);
            json.WriteString("first", variable.First);
            json.WriteString("second", variable.Second);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("expressions");
        foreach (var value in report.Values)
        {
            WriteValue(json, value, sources);
        }

        json.WriteEndArray();
        json.WriteMeasured("compareSeconds", report.Elapsed, stable);
        json.WriteError(null);
    });

    /// <summary>Writes why there is no answer, and a newline.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="error">Why.</param>
    public static void Write(Stream to, FredException error) => Write(to, json =>
    {
        json.WriteString("result", "error");
        json.WriteError(new CommandError(error.Id, error.Message));
    });

    private static void Write(Stream to, Action<Utf8JsonWriter> members)
    {
        using (var json = new Utf8JsonWriter(to, Options))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        to.WriteByte((byte)'\n');
        to.Flush();
    }

    private static void WriteSide(Utf8JsonWriter json, string name, DiffSide side, RunEvent? next, SourceCache sources, bool stable)
    {
        json.WriteStartObject(name);
        WriteEvent(json, "next", next, sources);
        json.WriteEnd(side.End);
        json.WriteString("reopen", side.Reopen);
        json.WriteMeasured("recordSeconds", side.Elapsed, stable);
        json.WriteEndObject();
    }

    private static void WriteEvent(Utf8JsonWriter json, string name, RunEvent? at, SourceCache sources)
    {
        if (at is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        json.WriteNumber("tick", at.At.Value);
        json.WritePlace(at.Location, at.Function);
        json.WriteString("text", sources.Text(at.Location));
        json.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter json, DiffValue value, SourceCache sources)
    {
        json.WriteStartObject();
        json.WriteString("expression", value.Expression);
        json.WriteString("frame", value.Frame);
        json.WriteString("result", value.Error is not null ? "error" : value.Difference is not null ? "differs" : value.HadValue ? "same" : "no-value");
        foreach (var (name, side) in new[] { ("first", value.Difference?.First), ("second", value.Difference?.Second) })
        {
            if (side is null)
            {
                json.WriteNull(name);
                continue;
            }

            json.WriteStartObject(name);
            json.WriteString("value", side.Value.HasValue ? side.Value.Text : null);
            json.WriteString("valueError", side.Value.HasValue ? null : side.Value.Text);
            WriteEvent(json, "by", side.By, sources);
            json.WriteEndObject();
        }

        json.WriteError(value.Error);
        json.WriteEndObject();
    }
}
