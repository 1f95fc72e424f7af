using System.CommandLine;

namespace Fred.Cli;

/// <summary><c>fred python-path</c>: where the plugins for pytest and unittest are, for PYTHONPATH.</summary>
internal static class PythonPathVerb
{
    /// <summary>Makes the verb.</summary>
    /// <param name="host">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Build(CliHost host)
    {
        var command = new Command("python-path", "Print the directory of Fred's plugins for pytest and unittest, for PYTHONPATH.");
        command.SetAction(_ =>
        {
            host.Console.Write(new Verbatim(Path.Combine(AppContext.BaseDirectory, "python") + "\n"));
            return ExitCode.Ok;
        });
        return command;
    }
}
