using System.CommandLine;
using Fred.Backends;

namespace Fred.Cli;

/// <summary><c>fred workspace</c>: programs under DMTCP. The Python package fred does it all, since it has to from inside such programs; fred only becomes it.</summary>
internal static class WorkspaceVerb
{
    /// <summary>The verb's name.</summary>
    public const string Name = "workspace";

    /// <summary>Makes the verb, for the help; <see cref="RunAsync"/> sees its arguments before anyone else does.</summary>
    /// <returns>The command.</returns>
    public static Command Build() => new(Name, "Programs that can be saved as they are and opened again, after a reboot too: run, save, open, list, rm. Needs DMTCP.");

    /// <summary>Carries out the verb.</summary>
    /// <param name="arguments">Behind the verb.</param>
    /// <param name="ct">Cancels the search for a Python.</param>
    /// <returns>Never: this process becomes another program.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken ct)
    {
        var python = await PythonLocator.FindAsync(null, ct).ConfigureAwait(false);
        var module = Path.Combine(AppContext.BaseDirectory, "python", "fred", "__main__.py");
        throw ProcessImage.Become(python.Path, ["-I", "-S", "-B", module, .. arguments]);
    }
}
