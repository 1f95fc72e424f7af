using System.CommandLine;

namespace Fred.Cli;

/// <summary><c>fred demo</c>: Fred finds a bug in a real program, with comments.</summary>
internal static class DemoVerb
{
    /// <summary>Makes the verb.</summary>
    /// <param name="host">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Build(CliHost host)
    {
        var command = new Command("demo", "Watch Fred find the statement that broke a program's data, hundreds of thousands of statements before it failed.");
        command.SetAction((_, _) => Task.FromResult(ExitCode.Ok));
        return command;
    }
}
