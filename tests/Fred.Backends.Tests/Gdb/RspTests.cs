using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Fred.Core;
using Shouldly;
using Xunit;

namespace Fred.Backends.Tests;

public sealed class RspTests
{
    [Fact]
    public void Packets_AreReadBack_HoweverTheyAreCut() =>
        Prop.ForAll<byte[], byte>((data, step) =>
        {
            var reader = new RspReader();
            byte[] stream = [(byte)'+', .. RspCodec.Encode(data ?? []), 0x03, .. RspCodec.Encode([1])];
            var inputs = new List<RspInput>();
            var packets = new List<byte[]>();
            foreach (var piece in stream.Chunk(Math.Max(1, (int)step)))
            {
                reader.Add(piece);
                for (var input = reader.Read(); input != RspInput.None; input = reader.Read())
                {
                    inputs.Add(input);
                    if (input == RspInput.Packet)
                    {
                        packets.Add(reader.Packet);
                    }
                }
            }

            return inputs.SequenceEqual([RspInput.Packet, RspInput.Interrupt, RspInput.Packet]) && packets[0].SequenceEqual(data ?? []) && packets[1] is [1];
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void WrongChecksum_IsDamage()
    {
        var reader = new RspReader();
        reader.Add("$g#00$g#67"u8);
        reader.Read().ShouldBe(RspInput.Damaged);
        reader.Read().ShouldBe(RspInput.Packet);
    }

    [Fact]
    public async Task Rubbish_IsAnsweredAndNothingIsThrown()
    {
        string[] starts = ["g", "G", "p", "P", "m", "M", "X", "Z0,", "z", "vCont;", "vFile:open:", "vFile:pread:", "qXfer:", "qXfer:features:read:target.xml:", "H", "?", "Q", "q", "", "\u00ff"];
        var packets = Gen.Zip(Gen.Elements(starts), Gen.Elements("0123456789abcdef,:;=.#$*x-".ToCharArray()).ListOf(12)).ToArbitrary();
        var session = new RspSession(() => new MemoryTarget(), static _ => { });
        await Task.CompletedTask;
        Prop.ForAll(packets, async packet =>
        {
            var text = packet.Item1 + string.Concat(packet.Item2);
            (await session.AnswerAsync(Encoding.Latin1.GetBytes(text), CancellationToken.None)).ShouldNotBeNull();
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    [Fact]
    public async Task AnythingThatGoesWrong_IsAnErrorOfThePacket_AndTheNextOneIsAnswered()
    {
        var told = new List<FredException>();
        var session = new RspSession(() => throw new InvalidOperationException("lost $ its # way"), told.Add);
        var reply = Encoding.Latin1.GetString((await session.AnswerAsync("m1000,4"u8.ToArray(), CancellationToken.None))!);
        reply.ShouldBe("E.lost  its  way");
        told.ShouldHaveSingleItem().Message.ShouldContain("m1000,4");
        told[0].Id.ShouldBe(ErrorId.Internal);
        (await session.AnswerAsync("qC"u8.ToArray(), CancellationToken.None)).ShouldNotBeNull();

        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();
        var over = new RspSession(() => throw new OperationCanceledException(gone.Token), told.Add);
        await Should.ThrowAsync<OperationCanceledException>(() => over.AnswerAsync("g"u8.ToArray(), gone.Token));
    }

    [Fact]
    public async Task RegistersAndMemory_AreReadAndWritten()
    {
        var target = new MemoryTarget();
        var session = new RspSession(() => target, e => throw e);
        async Task<string> Ask(string packet) => Encoding.Latin1.GetString((await session.AnswerAsync(Encoding.Latin1.GetBytes(packet), CancellationToken.None))!);

        (await Ask("P10=8877665544332211")).ShouldBe("OK");
        target.Registers.Rip.ShouldBe(0x1122334455667788ul);
        (await Ask("p10")).ShouldBe("8877665544332211");
        (await Ask("g")).Length.ShouldBe(2 * RegisterLayout.Size);
        (await Ask("M1000,2:abcd")).ShouldBe("OK");
        (await Ask("m1000,4")).ShouldBe("abcd9090");
        (await Ask("mffff0000,4")).ShouldBe("E01");
        (await Ask("X1002,1:x")).ShouldBe("OK");
        (await Ask("m1002,1")).ShouldBe("78");
    }

    [Fact]
    public void Xsave_IsKeptThroughRegistersAndBack() =>
        Prop.ForAll<int>(seed =>
        {
            var area = new byte[832];
            new System.Random(seed).NextBytes(area);
            area.AsSpan(512, 64).Clear();
            area.AsSpan(5, 19).Clear();
            area.AsSpan(28, 4).Clear();
            for (var i = 0; i < 8; i++)
            {
                area.AsSpan(42 + (16 * i), 6).Clear();
            }

            area.AsSpan(416, 96).Clear();
            var registers = new RegisterFile();
            registers.LoadXsave(area);
            var back = new byte[832];
            registers.StoreXsave(back);
            back.AsSpan(5, 19).Clear();
            return back.AsSpan().SequenceEqual(area);
        }).QuickCheckThrowOnFailure();

    [SkippableFact]
    public async Task RealGdb_ConnectsReadsRunsAndGoesBack()
    {
        Skip.IfNot(File.Exists("/usr/bin/gdb"), "gdb is not installed");
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var directory = Directory.CreateTempSubdirectory("fred-rsp-");
        var target = new MemoryTarget();
        var server = new RspServer(Path.Combine(directory.FullName, "s"), () => target);
        await using (server)
        {
            await using var gdb = await GdbProcess.StartAsync("gdb", null, timeout.Token);
            await gdb.Mi.DoAsync("-gdb-set architecture i386:x86-64", timeout.Token);
            (await gdb.Mi.RunAsync("-target-select remote " + server.Path, timeout.Token)).IsError.ShouldBeFalse();
            (await ValueAsync(gdb, "$pc == 0x1000", timeout.Token)).ShouldBe("1");
            (await ValueAsync(gdb, "$ymm3.v8_int32[0]", timeout.Token)).ShouldBe("0");
            (await ValueAsync(gdb, "*(unsigned char*)0x1000", timeout.Token)).ShouldBe("144 '\\220'");

            await gdb.Mi.RunAsync("-interpreter-exec console \"stepi 3\"", timeout.Token);
            (await ValueAsync(gdb, "$pc == 0x1003", timeout.Token)).ShouldBe("1");
            await gdb.Mi.RunAsync("-interpreter-exec console \"reverse-stepi\"", timeout.Token);
            (await ValueAsync(gdb, "$pc == 0x1002", timeout.Token)).ShouldBe("1");
            await gdb.Mi.DoAsync("-break-insert *0x1008", timeout.Token);
            var stop = await gdb.Mi.RunAsync("-exec-continue", timeout.Token);
            stop.Events.Last(e => e.Class == "stopped").Results["reason"].Text.ShouldBe("breakpoint-hit");
            (await ValueAsync(gdb, "$pc == 0x1008", timeout.Token)).ShouldBe("1");
            stop = await gdb.Mi.RunAsync("-exec-continue --reverse", timeout.Token);
            stop.Events.Last(e => e.Class == "stopped").Results["frame"]["addr"].Address().ShouldBe(0x1000ul); // gdb 13 gives no reason for the end of the history
        }

        directory.Delete(recursive: true);
    }

    private static async Task<string> ValueAsync(GdbProcess gdb, string expression, CancellationToken ct) =>
        (await gdb.Mi.DoAsync("-data-evaluate-expression " + MiParser.Quote(expression), ct))["value"].Text;

    /// <summary>A machine that executes nothing but no-operations, forwards and backwards.</summary>
    private sealed class MemoryTarget : IRspTarget
    {
        private const ulong Base = 0x1000;
        private readonly byte[] _memory = [.. Enumerable.Repeat((byte)0x90, 256)];

        public MemoryTarget()
        {
            Registers["rip"] = Base;
            Registers["cs"] = 0x33;
        }

        public RegisterFile Registers { get; } = new();

        public string ExecutableFile => string.Empty;

        public RspStop Stop => new RspStop.Signal(5);

        public bool CanReverse => true;

        public ValueTask<RegisterFile> ReadRegistersAsync(CancellationToken ct) => ValueTask.FromResult(Registers.Clone());

        public ValueTask<bool> WriteRegistersAsync(RegisterFile registers, CancellationToken ct)
        {
            foreach (var slot in RegisterLayout.All)
            {
                registers.Of(slot).CopyTo(Registers.Of(slot));
            }

            return ValueTask.FromResult(true);
        }

        public ValueTask<int> ReadMemoryAsync(ulong address, Memory<byte> buffer, CancellationToken ct)
        {
            if (address < Base || address >= Base + (ulong)_memory.Length)
            {
                return ValueTask.FromResult(0);
            }

            var part = _memory.AsMemory((int)(address - Base));
            part = part[..Math.Min(part.Length, buffer.Length)];
            part.CopyTo(buffer);
            return ValueTask.FromResult(part.Length);
        }

        public ValueTask<bool> WriteMemoryAsync(ulong address, ReadOnlyMemory<byte> bytes, CancellationToken ct)
        {
            var fits = address >= Base && address + (ulong)bytes.Length <= Base + (ulong)_memory.Length;
            if (fits)
            {
                bytes.Span.CopyTo(_memory.AsSpan((int)(address - Base)));
            }

            return ValueTask.FromResult(fits);
        }

        public ValueTask<ulong?> FindThreadLocalAsync(ulong offset, ulong module, CancellationToken ct) => ValueTask.FromResult<ulong?>(module == 0 ? null : module + offset);

        public byte[] ReadAuxiliaryVector() => [];

        public ValueTask<RspStop> ResumeAsync(RspMotion motion, IReadOnlyCollection<RspBreakpoint> breakpoints, CancellationToken ct)
        {
            var back = motion is RspMotion.ReverseStep or RspMotion.ReverseContinue;
            while (true)
            {
                if (back && Registers.Rip == Base)
                {
                    return ValueTask.FromResult<RspStop>(new RspStop.HistoryEnd(AtBegin: true));
                }

                Registers.Rip += back ? ulong.MaxValue : 1;
                if (motion is RspMotion.Step or RspMotion.ReverseStep)
                {
                    return ValueTask.FromResult<RspStop>(new RspStop.Signal(5));
                }

                if (breakpoints.Any(b => b.Address == Registers.Rip))
                {
                    return ValueTask.FromResult<RspStop>(new RspStop.Breakpoint());
                }

                if (Registers.Rip == Base + (ulong)_memory.Length)
                {
                    return ValueTask.FromResult<RspStop>(new RspStop.Exited(0));
                }
            }
        }

        public void Leave(bool kill)
        {
        }
    }
}
