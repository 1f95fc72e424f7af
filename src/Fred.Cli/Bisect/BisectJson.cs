using System.Text.Encodings.Web;
using System.Text.Json;

namespace Fred.Cli;

/// <summary>The report as JSON: one object for one question, an array of such objects for several. Part of the user contract.</summary>
internal static class BisectJson
{
    private static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the report and a newline.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="report">The report.</param>
    /// <param name="stable">Null for what is measured, so that two runs of one program can be compared as text.</param>
    public static void Write(Stream to, BisectReport report, bool stable)
    {
        using (var json = new Utf8JsonWriter(to, Options))
        {
            if (report.Answers.Count == 1)
            {
                WriteAnswer(json, report, report.Answers[0], stable);
            }
            else
            {
                json.WriteStartArray();
                foreach (var answer in report.Answers)
                {
                    WriteAnswer(json, report, answer, stable);
                }

                json.WriteEndArray();
            }
        }

        to.WriteByte((byte)'\n');
        to.Flush();
    }

    private static void WriteAnswer(Utf8JsonWriter json, BisectReport report, BisectAnswer answer, bool stable)
    {
        var sources = new SourceCache();
        json.WriteStartObject();
        json.WriteString("backend", report.Backend);
        json.WriteString("expression", answer.Question);
        json.WriteString("frame", answer.Frame);
        json.WriteString("result", Kebab.Of(answer.Result));
        json.WriteStartArray("transitions");
        foreach (var transition in answer.Transitions)
        {
            json.WriteTransition(transition, sources);
        }

        json.WriteEndArray();
        json.WriteBoolean("monotone", answer.Monotone);
        WriteMeasured(json, "evaluations", answer.Evaluations, stable);
        WriteMeasured(json, "checkpoints", answer.Checkpoints, stable);
        WriteMeasured(json, "recordSeconds", Math.Round(report.RecordElapsed.TotalSeconds, 3), stable);
        WriteMeasured(json, "searchSeconds", Math.Round(answer.Elapsed.TotalSeconds, 3), stable);
        json.WriteString("reopen", answer.Reopen);
        json.WriteEnd(report.End);
        json.WriteError(answer.Error);
        json.WriteEndObject();
    }

    private static void WriteMeasured(Utf8JsonWriter json, string name, double value, bool stable)
    {
        if (stable)
        {
            json.WriteNull(name);
        }
        else
        {
            json.WriteNumber(name, value);
        }
    }
}
