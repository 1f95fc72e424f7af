using System.IO.Compression;

namespace Fred.Backends;

/// <summary>A function of an object file, by its symbol.</summary>
/// <param name="Start">First address, as linked.</param>
/// <param name="End">First address behind it.</param>
/// <param name="Name">As in the symbol table (mangled for C++).</param>
internal readonly record struct FunctionSymbol(ulong Start, ulong End, string Name);

/// <summary>An ELF file as far as stepping needs it: sections, segments, functions. Addresses are as linked.</summary>
internal sealed class ElfImage
{
    private const int Executable = 2;
    private const int Dynamic = 3;
    private const ushort X64 = 62;
    private const uint LoadSegment = 1;
    private const uint InterpreterSegment = 3;
    private const uint NoBits = 8;
    private const ulong Compressed = 0x800;
    private const ulong Instructions = 4;
    private readonly byte[] _bytes;
    private readonly Dictionary<string, Section> _sections = [];

    private ElfImage(string path, byte[] bytes)
    {
        (Path, _bytes) = (path, bytes);
        var header = new ByteCursor(bytes, 16);
        Type = header.UInt16();
        Machine = header.UInt16();
        _ = header.UInt32();
        Entry = header.UInt64();
        var (segments, sections) = (header.UInt64(), header.UInt64());
        _ = header.UInt32();
        _ = header.UInt16();
        var (segmentSize, segmentCount, sectionSize, sectionCount, names) = (header.UInt16(), header.UInt16(), header.UInt16(), header.UInt16(), header.UInt16());
        ReadSegments((int)segments, segmentSize, segmentCount);
        ReadSections((int)sections, sectionSize, sectionCount, names);
    }

    /// <summary>Gets the file's path.</summary>
    public string Path { get; }

    /// <summary>Gets where execution begins.</summary>
    public ulong Entry { get; }

    /// <summary>Gets the address of the first byte that is loaded.</summary>
    public ulong FirstAddress { get; private set; } = ulong.MaxValue;

    /// <summary>Gets a value indicating whether the dynamic linker starts it.</summary>
    public bool HasInterpreter { get; private set; }

    /// <summary>Gets a value indicating whether it runs at any address.</summary>
    public bool IsRelocatable => Type == Dynamic;

    /// <summary>Gets a value indicating whether it can be started or loaded, on 64-bit x86.</summary>
    public bool IsLoadable => Machine == X64 && Type is Executable or Dynamic;

    private ushort Type { get; }

    private ushort Machine { get; }

    /// <summary>Reads a file.</summary>
    /// <param name="path">Its path.</param>
    /// <returns>Null when it is no 64-bit ELF file, or a damaged one.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ElfImage? Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        if (!bytes.AsSpan().StartsWith("\u007FELF\u0002\u0001"u8))
        {
            return null;
        }

        try
        {
            return new ElfImage(path, bytes);
        }
        catch (Exception e) when (e is ArgumentException or OverflowException)
        {
            return null;
        }
    }

    /// <summary>Whether there is a section.</summary>
    /// <param name="name">With its dot.</param>
    /// <returns>True when there is.</returns>
    public bool Has(string name) => _sections.ContainsKey(name);

    /// <summary>Finds a section.</summary>
    /// <param name="name">With its dot.</param>
    /// <returns>Its address.</returns>
    public ulong AddressOf(string name) => _sections.GetValueOrDefault(name).Address;

    /// <summary>Reads a section.</summary>
    /// <param name="name">With its dot.</param>
    /// <returns>Its bytes, uncompressed; empty when there is none.</returns>
    public ReadOnlyMemory<byte> Contents(string name)
    {
        if (!_sections.TryGetValue(name, out var section) || section.Type == NoBits || section.Offset + section.Size > (ulong)_bytes.Length)
        {
            return default;
        }

        var raw = _bytes.AsMemory((int)section.Offset, (int)section.Size);
        if ((section.Flags & Compressed) == 0)
        {
            return raw;
        }

        var header = new ByteCursor(raw.Span);
        if (header.UInt32() != 1)
        {
            return default; // zstd: no decoder here; the program then counts as one without debug information.
        }

        using var inflate = new ZLibStream(new MemoryStream(_bytes, (int)section.Offset + 24, (int)section.Size - 24), CompressionMode.Decompress);
        using var plain = new MemoryStream();
        inflate.CopyTo(plain);
        return plain.ToArray();
    }

    /// <summary>Whether instructions are at an address.</summary>
    /// <param name="address">As linked.</param>
    /// <returns>False for data, and outside.</returns>
    public bool IsCode(ulong address)
    {
        foreach (var section in _sections.Values)
        {
            if ((section.Flags & Instructions) != 0 && address - section.Address < section.Size)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Reads the code bytes at an address.</summary>
    /// <param name="address">As linked.</param>
    /// <param name="length">How many bytes.</param>
    /// <returns>Fewer where the section ends.</returns>
    public ReadOnlySpan<byte> Code(ulong address, int length)
    {
        foreach (var section in _sections.Values)
        {
            if (section.Type != NoBits && section.Address != 0 && address >= section.Address && address < section.Address + section.Size)
            {
                var from = (int)(section.Offset + (address - section.Address));
                return _bytes.AsSpan(from, (int)Math.Min((ulong)length, section.Address + section.Size - address));
            }
        }

        return [];
    }

    /// <summary>Finds a variable that the file exports.</summary>
    /// <param name="name">Its symbol.</param>
    /// <returns>Its address as linked; null when there is none.</returns>
    public ulong? ExportedData(string name)
    {
        var symbols = Contents(".dynsym").Span;
        var names = Contents(".dynstr").Span;
        for (var at = 0; at + 24 <= symbols.Length; at += 24)
        {
            var symbol = new ByteCursor(symbols.Slice(at, 24));
            var (text, info, _, section) = (symbol.UInt32(), symbol.Byte(), symbol.Byte(), symbol.UInt16());
            if ((info & 15) == 1 && section != 0 && text < names.Length && new ByteCursor(names, (int)text).Text() == name)
            {
                return symbol.UInt64();
            }
        }

        return null;
    }

    /// <summary>Reads the functions.</summary>
    /// <returns>Sorted by address; those without a size end where the next begins.</returns>
    public FunctionSymbol[] Functions()
    {
        var byStart = new SortedDictionary<ulong, FunctionSymbol>();
        foreach (var (table, strings) in (ReadOnlySpan<(string, string)>)[(".dynsym", ".dynstr"), (".symtab", ".strtab")])
        {
            var symbols = Contents(table).Span;
            var names = Contents(strings).Span;
            for (var at = 0; at + 24 <= symbols.Length; at += 24)
            {
                var symbol = new ByteCursor(symbols.Slice(at, 24));
                var (name, info, _, section) = (symbol.UInt32(), symbol.Byte(), symbol.Byte(), symbol.UInt16());
                var (value, size) = (symbol.UInt64(), symbol.UInt64());
                if ((info & 15) is 2 or 10 && section != 0 && value != 0 && name < names.Length)
                {
                    byStart[value] = new FunctionSymbol(value, value + size, new ByteCursor(names, (int)name).Text());
                }
            }
        }

        FunctionSymbol[] all = [.. byStart.Values];
        for (var i = 0; i < all.Length; i++)
        {
            if (all[i].End == all[i].Start)
            {
                all[i] = all[i] with { End = i + 1 < all.Length ? all[i + 1].Start : all[i].Start + 1 };
            }
        }

        return all;
    }

    private void ReadSegments(int offset, int size, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var segment = new ByteCursor(_bytes, offset + (i * size));
            var type = segment.UInt32();
            _ = segment.UInt32();
            _ = segment.UInt64();
            var address = segment.UInt64();
            HasInterpreter |= type == InterpreterSegment;
            FirstAddress = type == LoadSegment ? Math.Min(FirstAddress, address & ~0xffful) : FirstAddress;
        }
    }

    private void ReadSections(int offset, int size, int count, int names)
    {
        var all = new List<(uint Name, Section Section)>();
        for (var i = 0; i < count; i++)
        {
            var section = new ByteCursor(_bytes, offset + (i * size));
            var (name, type, flags) = (section.UInt32(), section.UInt32(), section.UInt64());
            all.Add((name, new Section(type, flags, section.UInt64(), section.UInt64(), section.UInt64())));
        }

        if (names >= all.Count)
        {
            return;
        }

        var texts = _bytes.AsSpan((int)all[names].Section.Offset, (int)all[names].Section.Size);
        foreach (var (name, section) in all)
        {
            if (name < texts.Length)
            {
                _sections.TryAdd(new ByteCursor(texts, (int)name).Text(), section);
            }
        }
    }

    private readonly record struct Section(uint Type, ulong Flags, ulong Address, ulong Offset, ulong Size);
}
