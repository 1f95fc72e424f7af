using System.Text.Json;

namespace Fred.Cli;

/// <summary>What a command came to, as members of a JSON object: the same in <c>--jsonl</c> and in <c>fred rpc</c>. Part of the user contract.</summary>
internal static class OutcomeJson
{
    /// <summary>Writes the member stop: null, or an object.</summary>
    /// <param name="json">In an object.</param>
    /// <param name="stop">Where the sitting stands; null when there is none.</param>
    public static void WriteStop(this Utf8JsonWriter json, StopEvent? stop) => json.WriteStop(stop, here =>
    {
        json.WriteBoolean("live", here.Live);
        if (here.ThreadsStarted > 1)
        {
            json.WriteNumber("thread", here.Thread);
        }
    });

    /// <summary>Writes the members watch and history, each when the command has one.</summary>
    /// <param name="json">In an object.</param>
    /// <param name="outcome">What it came to.</param>
    /// <param name="sources">For the text of statements.</param>
    public static void WriteFindings(this Utf8JsonWriter json, CommandOutcome outcome, SourceCache sources)
    {
        if (outcome.Watch is { } watch)
        {
            WriteWatch(json, watch, sources);
        }

        if (outcome.History is { } history)
        {
            WriteHistory(json, history, sources);
        }
    }

    private static void WriteWatch(Utf8JsonWriter json, WatchReport watch, SourceCache sources)
    {
        json.WriteStartObject("watch");
        json.WriteString("result", Kebab.Of(watch.Result));
        json.WriteStartArray("transitions");
        foreach (var transition in watch.Transitions)
        {
            json.WriteTransition(transition, sources);
        }

        json.WriteEndArray();
        json.WriteBoolean("monotone", watch.Monotone);
        json.WriteNumber("evaluations", watch.Evaluations);
        json.WriteNumber("checkpoints", watch.Checkpoints);
        json.WriteNumber("searchSeconds", Math.Round(watch.Elapsed.TotalSeconds, 3));
        json.WriteEndObject();
    }

    private static void WriteHistory(Utf8JsonWriter json, HistoryAnswer history, SourceCache sources)
    {
        json.WriteStartObject("history");
        json.WriteStartArray("rows");
        foreach (var row in history.Rows)
        {
            json.WriteRow(row, sources);
        }

        json.WriteEndArray();
        json.WriteBoolean("complete", history.Summary.IsComplete);
        json.WriteNumber("searchSeconds", Math.Round(history.Summary.Elapsed.TotalSeconds, 3));
        json.WriteEndObject();
    }
}
