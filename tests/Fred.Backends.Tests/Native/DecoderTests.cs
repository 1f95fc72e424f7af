using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Iced.Intel;
using Shouldly;
using Xunit;

namespace Fred.Backends.Tests;

/// <summary>The translator's instruction decoder against another one, over whole libraries: lengths, and where addresses relative to the instruction are.</summary>
public sealed class DecoderTests
{
    private const int MaxInstruction = 15;
    private const int MaxTold = 5;

    [SkippableTheory]
    [InlineData("/usr/lib/x86_64-linux-gnu/libc.so.6")]
    [InlineData("/usr/lib/x86_64-linux-gnu/libstdc++.so.6")]
    [InlineData("/usr/lib/x86_64-linux-gnu/libm.so.6")]
    [InlineData("/usr/lib/x86_64-linux-gnu/libcrypto.so.3")]
    [InlineData("/usr/bin/python3")]
    public void Agrees_with_another_decoder_on_every_instruction_of(string library)
    {
        Skip.IfNot(File.Exists(library), $"there is no {library}");
        var file = File.ReadAllBytes(library);
        var wrong = new List<string>();
        var count = 0;
        foreach (var (offset, size, name) in ExecutableSections(file))
        {
            count += Compare(file.AsSpan(offset, size), name, wrong);
        }

        count.ShouldBeGreaterThan(10_000);
        wrong.ShouldBeEmpty();
    }

    [Fact]
    public void Never_reads_or_reports_more_than_there_is()
    {
        var random = new Random(3);
        var bytes = new byte[MaxInstruction + 1];
        for (var i = 0; i < 100_000; i++)
        {
            random.NextBytes(bytes);
            var available = random.Next(bytes.Length + 1);
            Length(bytes.AsSpan(0, available), out var rip).ShouldBeInRange(0, Math.Min(available, MaxInstruction));
            rip.ShouldBeInRange(0, MaxInstruction);
        }
    }

    private static int Compare(ReadOnlySpan<byte> code, string section, List<string> wrong)
    {
        var decoder = Decoder.Create(64, code.ToArray());
        var count = 0;
        for (var at = 0; at < code.Length;)
        {
            var instruction = decoder.Decode();
            var available = Math.Min(MaxInstruction, code.Length - at);
            if (!instruction.IsInvalid)
            {
                var length = Length(code.Slice(at, available), out var rip);
                var expected = instruction.IsIPRelativeMemoryOperand ? decoder.GetConstantOffsets(instruction).DisplacementOffset : 0;
                var joined = instruction.Length != length && code[at] == 0x9B; // wait and the instruction it waits for
                var disputed = code[at] == 0x66 && instruction.FlowControl is not FlowControl.Next; // makers of processors do not agree on its length: refused
                if ((length != instruction.Length || rip != expected) && !joined && !disputed && wrong.Count < MaxTold)
                {
                    wrong.Add($"{section}+{at:x}: {Convert.ToHexString(code.Slice(at, available))} {instruction}: {instruction.Length}/{expected}, not {length}/{rip}");
                }

                count++;
            }

            at += instruction.Length;
        }

        return count;
    }

    private static int Length(ReadOnlySpan<byte> bytes, out int rip)
    {
        rip = 0;
        return fred_decode(bytes.ToArray(), (nuint)bytes.Length, ref rip);
    }

    /// <summary>Offset, size and name of what the section table says is code.</summary>
    private static IEnumerable<(int Offset, int Size, string Name)> ExecutableSections(byte[] elf)
    {
        const int SectionBytes = 64;
        const ulong Executable = 4;
        const uint ProgramBits = 1;
        var table = (int)BinaryPrimitives.ReadUInt64LittleEndian(elf.AsSpan(0x28));
        int count = BinaryPrimitives.ReadUInt16LittleEndian(elf.AsSpan(0x3C));
        int names = BinaryPrimitives.ReadUInt16LittleEndian(elf.AsSpan(0x3E));
        var strings = (int)BinaryPrimitives.ReadUInt64LittleEndian(elf.AsSpan(table + (names * SectionBytes) + 24));
        for (var i = 0; i < count; i++)
        {
            var section = elf.AsMemory(table + (i * SectionBytes), SectionBytes);
            if (BinaryPrimitives.ReadUInt32LittleEndian(section.Span[4..]) == ProgramBits && (BinaryPrimitives.ReadUInt64LittleEndian(section.Span[8..]) & Executable) != 0)
            {
                var name = strings + (int)BinaryPrimitives.ReadUInt32LittleEndian(section.Span);
                var end = Array.IndexOf(elf, (byte)0, name);
                yield return ((int)BinaryPrimitives.ReadUInt64LittleEndian(section.Span[24..]), (int)BinaryPrimitives.ReadUInt64LittleEndian(section.Span[32..]),
                    System.Text.Encoding.ASCII.GetString(elf, name, end - name));
            }
        }
    }

    [DllImport("libfred-native.so", EntryPoint = "fred_decode")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory)]
    private static extern int fred_decode(byte[] bytes, nuint available, ref int ripAt);
}
