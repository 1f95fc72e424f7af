using System.CommandLine;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Spectre.Console;

namespace Fred.Cli;

/// <summary><c>fred session</c>: saved sessions, from the shell.</summary>
internal static class SessionVerb
{
    private const double Mega = 1 << 20;

    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Makes the verb.</summary>
    /// <param name="host">The world around.</param>
    /// <returns>The command with its own verbs.</returns>
    public static Command Build(CliHost host) => new("session", "Keep debugging sessions, and take them up again: list, save, show, resume, rm.")
    {
        BuildList(host),
        BuildSave(host),
        BuildShow(host),
        BuildResume(host),
        BuildRemove(host),
    };

    private static Command BuildList(CliHost host)
    {
        var json = new Option<bool>("--json") { Description = "Write one JSON document." };
        var command = new Command("list", "List the saved sessions.") { json };
        command.SetAction(result =>
        {
            var sessions = Store(host).List();
            if (result.GetValue(json))
            {
                WriteJson(host.Output, sessions);
            }
            else if (sessions.Count == 0)
            {
                host.Console.Write(new Verbatim("No saved sessions. At the prompt 'save NAME' makes one; from the shell: fred session save NAME -- python prog.py\n"));
            }
            else
            {
                host.Console.Write(new Verbatim(TableView.Format(["name", "saved", "ticks", "MB", "program"], [.. sessions.Select(Row)])));
            }

            return ExitCode.Ok;
        });
        return command;
    }

    private static Command BuildSave(CliHost host)
    {
        var name = new Argument<string>("name") { Description = "The session's name; with --archive the file to write." };
        var archive = new Option<bool>("--archive") { Description = "Write one file, which can be resumed elsewhere, instead of a session among the others." };
        var recording = new RecordingOptions();
        var command = new Command("save", "Run a program to its end (or --until) and save its recording: fred session save NAME [options] -- python prog.py args") { name, archive };
        recording.AddTo(command);
        command.SetAction(async (result, ct) =>
        {
            var request = recording.Read(result);
            _ = Store(host).PlaceFor(result.GetRequiredValue(name), result.GetValue(archive)); // before the program runs, perhaps for hours
            var run = await Recording.StartAsync(request, host, ct).ConfigureAwait(false);
            await using (run.ConfigureAwait(false))
            {
                var end = await run.RunAsync(request, host, ct).ConfigureAwait(false);
                var told = await SaveHandler.SaveAsync(Store(host), run.Session, ProgramText(request.Program), result.GetRequiredValue(name), result.GetValue(archive), host.Time, ct).ConfigureAwait(false);
                host.Console.Write(new Verbatim($"{Ended(end)} after {end.At} ticks.\n{told}\n"));
            }

            return ExitCode.Ok;
        });
        return command;
    }

    private static Command BuildShow(CliHost host)
    {
        var name = new Argument<string>("name") { Description = "The session's name, or a file written by save --archive." };
        var command = new Command("show", "Show what a session holds.") { name };
        command.SetAction(async (result, ct) =>
        {
            var (manifest, bytes) = await Store(host).ShowAsync(result.GetRequiredValue(name), ct).ConfigureAwait(false);
            var session = manifest.Session;
            var lines = new List<string>
            {
                $"program      {manifest.Program}",
                $"saved        {When(manifest)} by Fred {manifest.FredVersion}",
                string.Create(CultureInfo.InvariantCulture, $"size         {bytes / Mega:0.0} MB"),
                $"stands at    tick {session.At} of branch {session.Branches.First(b => b.Id == session.Current).Name}",
            };
            lines.AddRange(session.Branches.Select(b => $"branch       {b.Name}, to tick {b.Edge.At}: {Ended(b.Edge)}"));
            lines.AddRange(session.Breakpoints.Select(b => $"breakpoint   {b.Location.File}:{b.Location.Line}{(b.Condition is { } condition ? $" if {condition}" : string.Empty)}"));
            lines.AddRange(session.Bookmarks.Select(b => $"bookmark     {b.Name} at tick {b.At}"));
            lines.AddRange(session.Journal.Select(e => $"command      {e.Text}, tick {e.From.At} to {e.To.At}"));
            host.Console.Write(new Verbatim(string.Join('\n', lines) + "\n"));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command BuildResume(CliHost host)
    {
        var name = new Argument<string>("name") { Description = "The session's name, or a file written by save --archive." };
        var prompt = new PromptOptions();
        var command = new Command("resume", "Take a session up again, at the prompt: all verbs work on its history, and changing something begins a live branch.") { name };
        prompt.AddTo(command);
        command.SetAction((result, _) =>
        {
            SessionStore.OpenedSession? opened = null;
            return Sitting.RunAsync(
                prompt.Apply(result, new PythonArguments()),
                host,
                async (arguments, ct) =>
                {
                    opened = await Store(host).OpenAsync(result.GetRequiredValue(name), ct).ConfigureAwait(false);
                    var backend = host.MakeBackend(arguments with { Recording = opened.Path });
                    var session = await DebugSession.ResumeAsync(backend, opened.Manifest.Session, new SessionOptions { Replicas = Environment.ProcessorCount }, host.Time, ct).ConfigureAwait(false);
                    return (session, opened.Manifest.Program);
                },
                () => opened?.Dispose());
        });
        return command;
    }

    private static Command BuildRemove(CliHost host)
    {
        var names = new Argument<string[]>("names") { Description = "The sessions.", Arity = ArgumentArity.OneOrMore };
        var force = new Option<bool>("--force") { Description = "Also sessions that are open in another fred." };
        var command = new Command("rm", "Remove sessions.") { names, force };
        command.SetAction(result =>
        {
            foreach (var name in result.GetRequiredValue(names))
            {
                Store(host).Remove(name, result.GetValue(force));
            }

            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary>A program as it would be typed.</summary>
    /// <param name="arguments">The program.</param>
    /// <returns>One line.</returns>
    public static string ProgramText(PythonArguments arguments) =>
        string.Join(' ', [.. arguments.Module is { } module ? ["-m", module] : (string[])[arguments.Native ?? arguments.Script ?? string.Empty], .. arguments.ProgramArguments]);

    private static SessionStore Store(CliHost host) => SessionStore.Require(host.Sessions);

    private static string[] Row((string Name, SessionManifest? Manifest, long Bytes) session) => session.Manifest is { } manifest
        ? [session.Name, When(manifest), LastTick(manifest).ToString(), Megabytes(session.Bytes), manifest.Program]
        : [session.Name, "damaged", string.Empty, Megabytes(session.Bytes), "remove it with: fred session rm --force " + session.Name];

    private static Ticks LastTick(SessionManifest manifest) => manifest.Session.Branches.Max(b => b.Edge.At);

    private static string When(SessionManifest manifest) => manifest.Saved.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    private static string Megabytes(long bytes) => (bytes / Mega).ToString("0.0", CultureInfo.InvariantCulture);

    private static string Ended(StopEvent end) => end.Reason switch
    {
        StopReason.Exit => $"it ended with status {end.ExitCode ?? 0}",
        StopReason.Exception => $"it ended by {end.Detail}",
        _ => end.Location is { } at ? $"it stood at {at.File}:{at.Line}" : "it stood there",
    };

    private static void WriteJson(Stream output, IReadOnlyList<(string Name, SessionManifest? Manifest, long Bytes)> sessions)
    {
        using (var json = new Utf8JsonWriter(output, Indented))
        {
            json.WriteStartArray();
            foreach (var (name, manifest, bytes) in sessions)
            {
                json.WriteStartObject();
                json.WriteString("name", name);
                json.WriteString("program", manifest?.Program);
                json.WriteString("saved", manifest?.Saved.ToString("O", CultureInfo.InvariantCulture));
                json.WriteString("fredVersion", manifest?.FredVersion);
                json.WriteNumber("ticks", manifest is null ? 0 : LastTick(manifest).Value);
                json.WriteNumber("bytes", bytes);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        output.WriteByte((byte)'\n');
        output.Flush();
    }
}
