using System.Buffers.Binary;
using Fred.Core;
using Shouldly;
using Xunit;

namespace Fred.Backends.Tests;

public sealed class ControlPageTests : IDisposable
{
    private readonly SessionDirectory _directory = SessionDirectory.Create();
    private readonly ControlPage _page;

    public ControlPageTests()
    {
        _page = new ControlPage(_directory.PagePath);
    }

    [Fact]
    public void File_HasSlotsAndLogTail() => new FileInfo(_page.Path).Length.ShouldBe((64 << 10) + (1 << 20));

    [Fact]
    public void Requests_LieWhereTheProtocolSays()
    {
        var slot = _page.Take();
        var second = _page.Take();
        (slot, second).ShouldBe((0, 1));
        Store(second, 1, 99);
        _page.RequestCheckpoint(second, 7);
        Load(second, 2).ShouldBe(7UL);
        Load(second, 1).ShouldBe(0UL);
        Store(second, 1, 99);
        _page.RequestPause(second).ShouldBeFalse();
        Load(second, 3).ShouldBe(1UL);
        Load(second, 1).ShouldBe(0UL);
        Store(second, 4, 1);
        _page.RequestPause(second).ShouldBeTrue();
        _page.ClearPause(second);
        _page.ClearCheckpoint(second);
        (Load(second, 2), Load(second, 3)).ShouldBe((0UL, 0UL));
        Store(second, 0, 12345);
        _page.ReadTicks(second).ShouldBe(12345);
    }

    [Fact]
    public void Take_GivesClearedSlotsAndRefusesMoreThanThereAre()
    {
        var taken = Enumerable.Range(0, 1023).Select(_ => _page.Take()).ToList();
        taken.Distinct().Count().ShouldBe(1023);
        Should.Throw<FredException>(() => _page.Take()).Id.ShouldBe(ErrorId.ForkFailed);
        Store(500, 3, 1);
        _page.Return(500);
        _page.Take().ShouldBe(500);
        Load(500, 3).ShouldBe(0UL);
    }

    [Fact]
    public void DisposedPage_IsHarmless()
    {
        var slot = _page.Take();
        _page.Dispose();
        _page.RequestPause(slot).ShouldBeFalse();
        _page.ReadTicks(slot).ShouldBe(0);
        _page.Return(slot);
        _page.Take();
    }

    public void Dispose()
    {
        _page.Dispose();
        _directory.Dispose();
    }

    private static long Offset(int slot, int field) => 64 + (64 * slot) + (8 * field);

    private ulong Load(int slot, int field)
    {
        using var file = new FileStream(_page.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Position = Offset(slot, field);
        var bytes = new byte[8];
        file.ReadExactly(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    private void Store(int slot, int field, ulong value)
    {
        using var file = new FileStream(_page.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.Position = Offset(slot, field);
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        file.Write(bytes);
    }
}
