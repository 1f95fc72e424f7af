using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Fred.Core;

namespace Fred.Backends;

/// <summary>Finds the real Python behind a name: PATH, symbolic links, pyenv's shell-script shims, virtual environments.</summary>
/// <remarks>A shim cannot be started under libfred (the shell would be recorded), so whatever is found is asked for its own sys.executable.</remarks>
public static class PythonLocator
{
    /// <summary>The oldest version supported.</summary>
    public static readonly Version Oldest = new(3, 9);

    /// <summary>The newest version supported.</summary>
    public static readonly Version Newest = new(3, 13);

    // Not from `platform`, which takes as long to import as Python to start.
    private const string Question =
        "import sys, posix\nprint(sys.executable or '', '.'.join(map(str, sys.version_info[:3])), sys.implementation.name, sys.maxsize > 2**32, " +
        "posix.uname().machine, getattr(sys, 'abiflags', ''), sep='\\n')";

    private static readonly string[] Names = ["python3", "python"];

    /// <summary>Finds a usable Python.</summary>
    /// <param name="wanted">A path or a name on PATH; null for python3, then python.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The interpreter.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.PythonNotFound"/> or <see cref="ErrorId.PythonUnsupported"/>; the message says what was tried.</exception>
    public static async Task<PythonInterpreter> FindAsync(string? wanted, CancellationToken ct)
    {
        if (wanted is not null)
        {
            return await AskAsync(wanted, ct).ConfigureAwait(false);
        }

        FredException? first = null;
        foreach (var name in Names)
        {
            try
            {
                return await AskAsync(name, ct).ConfigureAwait(false);
            }
            catch (FredException e)
            {
                first ??= e;
            }
        }

        throw new FredException(first!.Id, $"{first.Message} (\"python\" was tried too.)", first);
    }

    private static async Task<PythonInterpreter> AskAsync(string name, CancellationToken ct)
    {
        var (status, output, errors) = await RunAsync(name, ct).ConfigureAwait(false);
        var answer = output.Split('\n');
        if (status != 0 || answer.Length < 6)
        {
            var why = errors.Trim() is { Length: > 0 } text ? text : string.Create(CultureInfo.InvariantCulture, $"it ended with status {status}");
            throw NotFound($"\"{name}\" is no working Python: {why}");
        }

        return Judge(name, answer);
    }

    private static PythonInterpreter Judge(string name, string[] answer)
    {
        var path = answer[0];
        var version = Version.TryParse(answer[1], out var parsed) ? parsed : new Version(0, 0);
        var majorMinor = new Version(version.Major, Math.Max(version.Minor, 0));
        string? fault = null;
        if (path.Length == 0 || !File.Exists(path))
        {
            fault = "it does not know its own path (sys.executable)";
        }
        else if (answer[2] != "cpython")
        {
            fault = $"it is {answer[2]}";
        }
        else if (majorMinor < Oldest || majorMinor > Newest)
        {
            fault = $"it is version {version}";
        }
        else if (answer[3] != "True" || answer[4] != "x86_64")
        {
            fault = $"it is built for {answer[4]}";
        }
        else if (answer[5].Contains('t', StringComparison.Ordinal))
        {
            fault = "it is a free-threaded build";
        }
        else if (!ElfFile.IsDynamic(path))
        {
            fault = "it is statically linked, so that nothing can be loaded into it";
        }

        return fault is null
            ? new PythonInterpreter(path, version)
            : throw new FredException(
                ErrorId.PythonUnsupported, $"The Python \"{name}\" ({path}) cannot be used: {fault}. Fred debugs CPython {Oldest} to {Newest} on 64-bit x86 Linux; name another one with --python PATH.");
    }

    private static async Task<(int Status, string Output, string Errors)> RunAsync(string name, CancellationToken ct)
    {
        var info = new ProcessStartInfo(name) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in (string[])["-I", "-S", "-c", Question])
        {
            info.ArgumentList.Add(argument);
        }

        using var process = new Process { StartInfo = info };
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            throw NotFound($"\"{name}\" cannot be started: {e.Message}", e);
        }

        try
        {
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(ct);
            var errors = process.StandardError.ReadToEndAsync(ct);
            var (text, complaint) = (await output.ConfigureAwait(false), await errors.ConfigureAwait(false));
            await process.WaitForExitAsync(ct).ConfigureAwait(false);
            return (process.ExitCode, text, complaint);
        }
        catch
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    private static FredException NotFound(string what, Exception? inner = null) =>
        new(ErrorId.PythonNotFound, $"{what}. Install Python {Oldest} to {Newest} (Debian: apt-get install python3), or name one with --python PATH.", inner);
}
