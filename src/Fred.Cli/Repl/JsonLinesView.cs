using System.Text.Encodings.Web;
using System.Text.Json;
using Spectre.Console;

namespace Fred.Cli;

/// <summary>Shows a sitting to a program: one JSON object a line for each command, nothing else. The format is part of the user contract.</summary>
internal sealed class JsonLinesView : IReplView, IDisposable
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly Stream _output;
    private readonly StringWriter _buffer = new();
    private readonly SourceCache _sources = new();

    /// <summary>Initializes a new instance of the <see cref="JsonLinesView"/> class.</summary>
    /// <param name="output">Where the lines go; flushed after each; the caller disposes it.</param>
    public JsonLinesView(Stream output)
    {
        _output = output;
        Console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(_buffer),
        });
    }

    /// <inheritdoc/>
    public IAnsiConsole Console { get; }

    /// <inheritdoc/>
    public void Echo(string text)
    {
    }

    /// <inheritdoc/>
    public void ShowStop(SourceCache sources, StopEvent stop, Position position)
    {
        // The place itself is the object's "stop"; only what that cannot say goes to "output".
        if (stop.Reason is not StopReason.Breakpoint && StopView.Explain(stop) is { } text)
        {
            Console.Write(new Verbatim(text + "\n"));
        }
    }

    /// <inheritdoc/>
    public void ShowProgress(SessionEvent.Progress? progress)
    {
    }

    /// <inheritdoc/>
    public void Complete(CommandOutcome outcome)
    {
        using (var json = new Utf8JsonWriter(_output, Options))
        {
            json.WriteStartObject();
            json.WriteString("command", outcome.Command);
            WriteStop(json, outcome.Stop);
            json.WriteString("output", TakeOutput());
            json.WriteError(outcome.Error);
            if (outcome.Watch is { } watch)
            {
                WriteWatch(json, watch);
            }

            if (outcome.History is { } history)
            {
                WriteHistory(json, history);
            }

            json.WriteEndObject();
        }

        _output.WriteByte((byte)'\n');
        _output.Flush();
    }

    /// <inheritdoc/>
    public void Dispose() => _buffer.Dispose();

    private static void WriteStop(Utf8JsonWriter json, StopEvent? stop)
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
        json.WriteBoolean("live", stop.Live);
        json.WriteEndObject();
    }

    private void WriteWatch(Utf8JsonWriter json, WatchReport watch)
    {
        json.WriteStartObject("watch");
        json.WriteString("result", Kebab.Of(watch.Result));
        json.WriteStartArray("transitions");
        foreach (var transition in watch.Transitions)
        {
            json.WriteTransition(transition, _sources);
        }

        json.WriteEndArray();
        json.WriteBoolean("monotone", watch.Monotone);
        json.WriteNumber("evaluations", watch.Evaluations);
        json.WriteNumber("checkpoints", watch.Checkpoints);
        json.WriteNumber("searchSeconds", Math.Round(watch.Elapsed.TotalSeconds, 3));
        json.WriteEndObject();
    }

    private void WriteHistory(Utf8JsonWriter json, HistoryAnswer history)
    {
        json.WriteStartObject("history");
        json.WriteStartArray("rows");
        foreach (var row in history.Rows)
        {
            json.WriteRow(row, _sources);
        }

        json.WriteEndArray();
        json.WriteBoolean("complete", history.Summary.IsComplete);
        json.WriteNumber("searchSeconds", Math.Round(history.Summary.Elapsed.TotalSeconds, 3));
        json.WriteEndObject();
    }

    private string TakeOutput()
    {
        var text = _buffer.ToString();
        _buffer.GetStringBuilder().Clear();
        return text;
    }
}
