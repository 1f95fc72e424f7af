using System.Text.Json;

namespace Fred.Cli;

/// <summary>What the JSON of the prompt and that of the verbs without one have in common; part of the user contract.</summary>
internal static class JsonParts
{
    /// <summary>Writes the members file, line and function; null where there is none.</summary>
    /// <param name="json">In an object.</param>
    /// <param name="location">Where.</param>
    /// <param name="function">In which function.</param>
    public static void WritePlace(this Utf8JsonWriter json, SourceLocation? location, string? function)
    {
        json.WriteString("file", location?.File);
        if (location is null)
        {
            json.WriteNull("line");
        }
        else
        {
            json.WriteNumber("line", location.Line);
        }

        json.WriteString("function", function);
    }

    /// <summary>Writes the member error: null, or an object with id and message.</summary>
    /// <param name="json">In an object.</param>
    /// <param name="error">What went wrong; null for nothing.</param>
    public static void WriteError(this Utf8JsonWriter json, CommandError? error)
    {
        if (error is null)
        {
            json.WriteNull("error");
            return;
        }

        json.WriteStartObject("error");
        json.WriteString("id", error.Id.ToString());
        json.WriteString("message", error.Message);
        json.WriteEndObject();
    }

    /// <summary>Writes the member stop for a program that was run by itself: where and why it stopped; null when it was not run.</summary>
    /// <param name="json">In an object.</param>
    /// <param name="end">The stop.</param>
    public static void WriteEnd(this Utf8JsonWriter json, StopEvent? end) => json.WriteStop(end, stop =>
    {
        json.WriteString("detail", stop.Detail);
        if (stop.ExitCode is { } code)
        {
            json.WriteNumber("exitCode", code);
        }
        else
        {
            json.WriteNull("exitCode");
        }
    });

    /// <summary>Writes the member stop: null, or an object that begins with reason, place and tick.</summary>
    /// <param name="json">In an object.</param>
    /// <param name="stop">The stop; null when there is none.</param>
    /// <param name="further">Writes the other members.</param>
    public static void WriteStop(this Utf8JsonWriter json, StopEvent? stop, Action<StopEvent> further)
    {
        if (stop is null)
        {
            json.WriteNull("stop");
            return;
        }

        json.WriteStartObject("stop");
        json.WriteString("reason", Kebab.Of(stop.Reason));
        json.WritePlace(stop.Location, stop.Function);
        json.WriteNumber("tick", stop.At.Value);
        further(stop);
        json.WriteEndObject();
    }

    /// <summary>Writes a member that is measured, and so differs from run to run.</summary>
    /// <param name="json">In an object.</param>
    /// <param name="name">The member.</param>
    /// <param name="value">Its value.</param>
    /// <param name="stable">Null instead, so that two runs of one program can be compared as text.</param>
    public static void WriteMeasured(this Utf8JsonWriter json, string name, double value, bool stable)
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

    /// <summary>Writes a measured time in seconds, to the millisecond.</summary>
    /// <param name="json">In an object.</param>
    /// <param name="name">The member.</param>
    /// <param name="time">How long it took.</param>
    /// <param name="stable">Null instead, so that two runs of one program can be compared as text.</param>
    public static void WriteMeasured(this Utf8JsonWriter json, string name, TimeSpan time, bool stable) =>
        json.WriteMeasured(name, Math.Round(time.TotalSeconds, 3), stable);

    /// <summary>Writes one transition as an object.</summary>
    /// <param name="json">In an array.</param>
    /// <param name="transition">Which.</param>
    /// <param name="sources">For the statement's text.</param>
    public static void WriteTransition(this Utf8JsonWriter json, Transition transition, SourceCache sources)
    {
        json.WriteStartObject();
        json.WritePlace(transition.Location, transition.Function);
        json.WriteString("text", sources.Text(transition.Location));
        json.WriteNumber("tick", transition.At.Value);
        json.WriteString("before", BisectText.Of(transition.Before));
        json.WriteString("after", BisectText.Of(transition.After));
        if (transition.Thread is { } thread)
        {
            json.WriteNumber("thread", thread.Number);
            json.WriteString("threadName", thread.Name);
            json.WriteBoolean("underWay", transition.IsUnderWay);
        }

        json.WriteStartArray("stack");
        foreach (var frame in transition.Stack)
        {
            json.WriteStartObject();
            json.WritePlace(frame.Location, frame.Function);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
