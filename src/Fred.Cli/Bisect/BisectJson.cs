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
        json.WriteMeasured("evaluations", answer.Evaluations, stable);
        json.WriteMeasured("checkpoints", answer.Checkpoints, stable);
        json.WriteMeasured("recordSeconds", report.RecordElapsed, stable);
        json.WriteMeasured("searchSeconds", answer.Elapsed, stable);
        json.WriteString("reopen", answer.Reopen);
        json.WriteEnd(report.End);
        json.WriteError(answer.Error);
        json.WriteEndObject();
    }
}
