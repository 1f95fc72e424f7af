using System.Diagnostics;
using Shouldly;
using Xunit;

namespace Fred.Backends.Tests;

/// <summary>Lines, functions and frames of real programs, against what binutils say of them.</summary>
public sealed class SymbolTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("fred-symbols-");

    [SkippableTheory]
    [InlineData("-gdwarf-5")]
    [InlineData("-gdwarf-4")]
    [InlineData("-gdwarf-3")]
    [InlineData("-gdwarf-2")]
    public void Lines_AreThoseOfAddr2line(string format)
    {
        var program = Compile(format);
        var image = ElfImage.Read(program).ShouldNotBeNull();
        var lines = new LineTable(image);
        var main = image.Functions().Single(f => f.Name == "main");
        var addresses = new List<ulong>();
        for (var address = main.Start; address < main.End; address++)
        {
            addresses.Add(address);
        }

        var expected = Run("addr2line", "-e", program, string.Join(' ', addresses.Select(a => $"0x{a:x}"))).Split('\n').Select(l => l.Split(' ')[0].Split(':')[^1]);
        addresses.Zip(expected).Where(p => lines.Find(p.First, out _)?.Line.ToString(System.Globalization.CultureInfo.InvariantCulture) != p.Second).ShouldBeEmpty();
        lines.Files.ShouldContain(f => f.EndsWith("recursion.c", StringComparison.Ordinal));
    }

    [SkippableFact]
    public void Frames_AreThoseOfReadelf()
    {
        var image = ElfImage.Read(Compile("-O2")).ShouldNotBeNull();
        var frames = new CallFrames(image);
        foreach (var function in image.Functions().Where(f => f.Name is "main" or "fib" or "hanoi" or "apply"))
        {
            // At its first instruction nothing is pushed but the return address.
            frames.Find(function.Start).ShouldBe(new CfaRule(7, 8), function.Name);
        }

        frames.Find(0x10).ShouldBeNull();
    }

    [SkippableFact]
    public void DamagedFiles_AreNoPrograms()
    {
        var bytes = File.ReadAllBytes(Compile("-gdwarf-5"));
        var random = new System.Random(7);
        var path = Path.Combine(_directory.FullName, "damaged");
        for (var round = 0; round < 300; round++)
        {
            var damaged = (byte[])bytes.Clone();
            for (var i = 0; i < 8; i++)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            File.WriteAllBytes(path, round % 3 == 0 ? damaged[..random.Next(damaged.Length)] : damaged);
            if (ElfImage.Read(path) is { } image)
            {
                _ = new LineTable(image).IsEmpty;
                _ = new CallFrames(image).Find(image.Entry);
                _ = image.Functions();
            }
        }
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private static string Run(string program, params string[] arguments)
    {
        var words = arguments.SelectMany(a => a.Contains(" 0x", StringComparison.Ordinal) ? a.Split(' ') : [a]);
        using var process = Process.Start(new ProcessStartInfo(program, words) { RedirectStandardOutput = true })!;
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return text.TrimEnd();
    }

    private string Compile(string flag)
    {
        Skip.IfNot(File.Exists("/usr/bin/gcc") && File.Exists("/usr/bin/addr2line"), "gcc or binutils is not installed");
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Fred.sln")))
        {
            folder = folder.Parent!;
        }

        var program = Path.Combine(_directory.FullName, "program");
        Run("gcc", "-g", "-O0", flag, Path.Combine(folder.FullName, "tests", "debuggees", "native", "recursion.c"), "-o", program);
        return program;
    }
}
