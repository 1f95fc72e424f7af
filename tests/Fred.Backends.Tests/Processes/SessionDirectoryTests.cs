using Fred.Core;
using Shouldly;
using Xunit;

namespace Fred.Backends.Tests;

public sealed class SessionDirectoryTests : IDisposable
{
    private readonly string _parent = Directory.CreateTempSubdirectory("fred-dirs-").FullName;

    [Fact]
    public void Create_MakesAPrivateDirectoryAndDisposeRemovesIt()
    {
        var directory = SessionDirectory.Create(_parent);
        File.GetUnixFileMode(directory.Path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.WriteAllText(directory.LogPath(BranchId.Main), "x");
        directory.Dispose();
        Directory.Exists(directory.Path).ShouldBeFalse();
    }

    [Fact]
    public void Create_RemovesDirectoriesOfDeadSessionsOnly()
    {
        using var living = SessionDirectory.Create(_parent);
        var dead = Directory.CreateDirectory(Path.Combine(_parent, "fred-0123456789abcdef")).FullName;
        File.WriteAllText(Path.Combine(dead, "lock"), string.Empty);
        var empty = Directory.CreateDirectory(Path.Combine(_parent, "fred-00000000000000e0")).FullName;
        var withoutLock = Directory.CreateDirectory(Path.Combine(_parent, "fred-00000000000000e1", "notes")).Parent!.FullName;
        List<string> strangers = ["fred-but-not-a-session", "fred-0123456789abcdef0", "fred-sixteen-letters-"];
        foreach (var stranger in strangers)
        {
            File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(_parent, stranger)).FullName, "lock"), string.Empty);
        }

        using var next = SessionDirectory.Create(_parent);
        Directory.Exists(living.Path).ShouldBeTrue();
        Directory.Exists(dead).ShouldBeFalse();
        (Directory.Exists(empty), Directory.Exists(withoutLock)).ShouldBe((false, true));
        strangers.ShouldAllBe(stranger => Directory.Exists(Path.Combine(_parent, stranger)));
    }

    [Fact]
    public void Create_WhereNothingCanBeMadeSaysWhatToDo()
    {
        var error = Should.Throw<FredException>(() => SessionDirectory.Create(Path.Combine(_parent, "missing")));
        error.Id.ShouldBe(ErrorId.LaunchFailed);
        error.Message.ShouldContain("TMPDIR");
    }

    [Fact]
    public void SocketPath_FitsASocketAddress()
    {
        using var directory = SessionDirectory.Create();
        System.Text.Encoding.UTF8.GetByteCount(directory.SocketPath).ShouldBeLessThan(108);
    }

    public void Dispose() => Directory.Delete(_parent, recursive: true);
}
