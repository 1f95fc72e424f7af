using System.Text.Json;

namespace Fred.Cli;

/// <summary>Answers from the history as JSON; the members are described in docs/history.md.</summary>
internal static class HistoryJson
{
    /// <summary>Writes a row as an object.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="row">The row.</param>
    /// <param name="sources">For the text of statements.</param>
    public static void WriteRow(this Utf8JsonWriter json, HistoryRow row, SourceCache sources)
    {
        json.WriteStartObject();
        switch (row)
        {
            case HistoryRow.Visit { Seen: var seen } visit:
                json.WriteNumber("tick", seen.At.Value);
                json.WritePlace(seen.Location, seen.Function);
                json.WriteStartArray("values");
                foreach (var (expression, value) in visit.Expressions.Zip(seen.Values))
                {
                    json.WriteStartObject();
                    json.WriteString("expression", expression);
                    WriteValue(json, "value", "error", value);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                break;
            case HistoryRow.Change { Seen: var change }:
                json.WriteNumber("tick", change.At.Value);
                json.WritePlace(change.Location, change.Function);
                json.WriteString("text", sources.Text(change.Location));
                WriteValue(json, "old", "oldError", change.Old);
                WriteValue(json, "new", "newError", change.New);
                break;
            case HistoryRow.Call { Seen: var call }:
                WriteCall(json, call);
                break;
        }

        json.WriteEndObject();
    }

    private static void WriteCall(Utf8JsonWriter json, CallRecord call)
    {
        json.WriteNumber("tick", call.At.Value);
        json.WritePlace(call.Location, call.Function);
        json.WriteNumber("nesting", call.Nesting);
        json.WriteStartArray("arguments");
        foreach (var argument in call.Arguments)
        {
            json.WriteStringValue(argument.Text);
        }

        json.WriteEndArray();
        json.WriteString("outcome", Kebab.Of(call.Outcome));
        if (call.EndedAt is { } end)
        {
            json.WriteNumber("endTick", end.Value);
        }
        else
        {
            json.WriteNull("endTick");
        }

        json.WriteString("result", call.Outcome == CallOutcome.Returned && call.Result is { HasValue: true } value ? value.Text : null);
        json.WriteString("exception", call.Outcome == CallOutcome.Raised ? call.Result?.Text : null);
    }

    private static void WriteValue(Utf8JsonWriter json, string name, string errorName, ObservedValue value)
    {
        json.WriteString(name, value.HasValue ? value.Text : null);
        json.WriteString(errorName, value.HasValue ? null : value.Text);
    }
}
