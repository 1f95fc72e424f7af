using System.CommandLine;
using System.Text.Json;
using Fred.Backends;

namespace Fred.Cli;

/// <summary><c>fred doctor</c>: what Fred needs and whether this machine has it.</summary>
internal static class DoctorVerb
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true };

    /// <summary>Makes the verb.</summary>
    /// <param name="host">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Build(CliHost host)
    {
        var json = new Option<bool>("--json") { Description = "Write one JSON document." };
        var python = new Option<string?>("--python") { Description = "The Python to check; the one on the path when not given.", HelpName = "PATH" };
        var command = new Command("doctor", "Check that this machine has what Fred needs.") { json, python };
        command.SetAction(async (result, ct) =>
        {
            var checks = await host.Examine(result.GetValue(python), ct).ConfigureAwait(false);
            if (result.GetValue(json))
            {
                WriteJson(host.Output, checks);
            }
            else
            {
                Print(host, checks);
            }

            return Healthy(checks) ? ExitCode.Ok : ExitCode.Failed;
        });
        return command;
    }

    private static bool Healthy(IReadOnlyList<DoctorCheck> checks) => checks.All(c => c.Status != DoctorStatus.Failed);

    private static void Print(CliHost host, IReadOnlyList<DoctorCheck> checks)
    {
        var width = checks.Max(c => c.Name.Length);
        foreach (var check in checks)
        {
            var style = check.Status switch { DoctorStatus.Ok => Theme.Good, DoctorStatus.Warning => Theme.Past, _ => Theme.Error };
            host.Console.Write(new Verbatim($"{Kebab.Of(check.Status),-8}", style));
            host.Console.Write(new Verbatim($"{check.Name.PadRight(width)}  {check.Detail}\n"));
            if (!string.IsNullOrEmpty(check.Advice))
            {
                host.Console.Write(new Verbatim($"{new string(' ', 10 + width)}{check.Advice}\n"));
            }
        }

        host.Console.Write(Healthy(checks) ? new Verbatim("\nFred works here.\n", Theme.Good) : new Verbatim("\nFred cannot work here until the failed checks are mended.\n", Theme.Error));
    }

    private static void WriteJson(Stream output, IReadOnlyList<DoctorCheck> checks)
    {
        using (var json = new Utf8JsonWriter(output, Indented))
        {
            json.WriteStartObject();
            json.WriteBoolean("ok", Healthy(checks));
            json.WriteStartArray("checks");
            foreach (var check in checks)
            {
                json.WriteStartObject();
                json.WriteString("name", check.Name);
                json.WriteString("status", Kebab.Of(check.Status));
                json.WriteString("detail", check.Detail);
                json.WriteString("advice", string.IsNullOrEmpty(check.Advice) ? null : check.Advice);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        output.WriteByte((byte)'\n');
        output.Flush();
    }
}
