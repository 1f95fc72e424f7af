namespace Fred.Backends.Tests;

/// <summary>A directory that looks like an installed Fred but whose launcher is a script; and a program whose name chooses its fate.</summary>
internal sealed class ScriptedInstallation : IDisposable
{
    public ScriptedInstallation(string fate)
    {
        var launcher = Path.Combine(Directory.FullName, "fred-launcher");
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Fakes", "fred-launcher"), launcher);
        File.SetUnixFileMode(launcher, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        File.WriteAllText(Path.Combine(Directory.FullName, "libfred.so"), string.Empty);
        File.WriteAllText(Path.Combine(Directory.CreateSubdirectory("python/fred_agent").FullName, "__main__.py"), string.Empty);
        Program = Path.Combine(Directory.FullName, fate + ".py");
        File.WriteAllText(Program, string.Empty);
    }

    public string Program { get; }

    private DirectoryInfo Directory { get; } = System.IO.Directory.CreateTempSubdirectory("fred-install-");

    public PdbOptions Options => new() { Program = Program, InstallDirectory = Directory.FullName, Python = "/usr/bin/python3" };

    public void Dispose() => Directory.Delete(recursive: true);
}
