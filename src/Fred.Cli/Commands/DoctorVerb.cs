using System.CommandLine;

namespace Fred.Cli;

/// <summary><c>fred doctor</c>: what Fred needs and whether this machine has it.</summary>
internal static class DoctorVerb
{
    /// <summary>Makes the verb.</summary>
    /// <param name="host">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Build(CliHost host)
    {
        var json = new Option<bool>("--json") { Description = "Write one JSON document." };
        var command = new Command("doctor", "Check that this machine has what Fred needs.") { json };
        command.SetAction((result, ct) => Task.FromResult(ExitCode.Ok));
        return command;
    }
}
