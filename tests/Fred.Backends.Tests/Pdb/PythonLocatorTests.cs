using Fred.Core;
using Shouldly;
using Xunit;

namespace Fred.Backends.Tests;

public sealed class PythonLocatorTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("fred-python-").FullName;

    [SkippableFact]
    public async Task Find_FollowsAShellScriptShimToTheRealInterpreter()
    {
        Skip.IfNot(File.Exists("/usr/bin/python3"), "no /usr/bin/python3 here");
        var shim = Script("python3", "exec /usr/bin/python3 \"$@\"");
        var found = await PythonLocator.FindAsync(shim, CancellationToken.None);
        found.Path.ShouldStartWith("/usr/bin/python3");
        found.Version.Major.ShouldBe(3);
    }

    [Theory]
    [InlineData("/bin/cat\n2.7.18\ncpython\nTrue\nx86_64\n\n", "version 2.7.18")]
    [InlineData("/bin/cat\n3.14.0\ncpython\nTrue\nx86_64\n\n", "version 3.14.0")]
    [InlineData("/bin/cat\n3.8.1\ncpython\nTrue\nx86_64\n\n", "version 3.8.1")]
    [InlineData("/bin/cat\n3.10.1\nPyPy\nTrue\nx86_64\n\n", "PyPy")]
    [InlineData("/bin/cat\n3.11.1\ncpython\nTrue\naarch64\n\n", "aarch64")]
    [InlineData("/bin/cat\n3.13.1\ncpython\nTrue\nx86_64\nt\n", "free-threaded")]
    [InlineData("\n3.11.1\ncpython\nTrue\nx86_64\n\n", "sys.executable")]
    [InlineData("/etc/passwd\n3.11.1\ncpython\nTrue\nx86_64\n\n", "statically linked")]
    public async Task Find_RefusesWhatCannotBeDebugged(string answer, string reason)
    {
        var path = Script("python", $"printf '{answer.Replace("\n", "\\n", StringComparison.Ordinal)}'");
        var error = await Should.ThrowAsync<FredException>(() => PythonLocator.FindAsync(path, CancellationToken.None));
        error.Id.ShouldBe(ErrorId.PythonUnsupported);
        error.Message.ShouldContain(reason);
        error.Message.ShouldContain("--python");
    }

    [Fact]
    public async Task Find_OfSomethingThatIsNoPythonPassesItsComplaintOn()
    {
        var path = Script("python", "echo 'pyenv: python: command not found' >&2; exit 127");
        var error = await Should.ThrowAsync<FredException>(() => PythonLocator.FindAsync(path, CancellationToken.None));
        error.Id.ShouldBe(ErrorId.PythonNotFound);
        error.Message.ShouldContain("pyenv: python: command not found");
    }

    [Fact]
    public async Task Find_OfNothingSaysWhatToInstall()
    {
        var error = await Should.ThrowAsync<FredException>(() => PythonLocator.FindAsync(Path.Combine(_directory, "none"), CancellationToken.None));
        error.Id.ShouldBe(ErrorId.PythonNotFound);
        error.Message.ShouldContain("apt-get install python3");
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private string Script(string name, string text)
    {
        var path = Path.Combine(_directory, name);
        File.WriteAllText(path, "#!/bin/sh\n" + text + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}
