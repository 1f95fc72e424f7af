using System.Globalization;
using System.Text;

namespace Fred.Backends;

/// <summary>A register as gdb sees it.</summary>
/// <param name="Name">gdb's name.</param>
/// <param name="Number">Its number in the protocol.</param>
/// <param name="Offset">Where it is in a <c>g</c> packet, bytes.</param>
/// <param name="Size">Bytes.</param>
internal readonly record struct RegisterSlot(string Name, int Number, int Offset, int Size);

/// <summary>The registers of x86-64 with AVX in gdb's order, and the target description that says so.</summary>
/// <remarks>gdb knows the features by name and demands all their registers; the order here is the order of the <c>g</c> packet.</remarks>
internal static class RegisterLayout
{
    private static readonly List<RegisterSlot> Slots = [];
    private static readonly Dictionary<string, RegisterSlot> ByName = [];

    static RegisterLayout()
    {
        var xml = new StringBuilder("<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\"><target version=\"1.0\"><architecture>i386:x86-64</architecture><osabi>GNU/Linux</osabi>");
        Core(xml);
        Sse(xml);
        xml.Append("<feature name=\"org.gnu.gdb.i386.linux\">");
        Add(xml, "orig_rax", 8, "int");
        xml.Append("</feature><feature name=\"org.gnu.gdb.i386.segments\">");
        Add(xml, "fs_base", 8, "int");
        Add(xml, "gs_base", 8, "int");
        xml.Append("</feature><feature name=\"org.gnu.gdb.i386.avx\">");
        for (var i = 0; i < 16; i++)
        {
            Add(xml, $"ymm{i}h", 16, "uint128");
        }

        TargetXml = xml.Append("</feature></target>").ToString();
    }

    /// <summary>Gets the target description.</summary>
    public static string TargetXml { get; }

    /// <summary>Gets the general registers in the order of docs/agent-protocol.md, section 5.3.</summary>
    public static IReadOnlyList<string> WireNames { get; } =
        ["rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rip", "eflags", "cs", "ss", "fs_base", "gs_base", "orig_rax"];

    /// <summary>Gets the registers in the order of their numbers.</summary>
    public static IReadOnlyList<RegisterSlot> All => Slots;

    /// <summary>Gets the length of a <c>g</c> packet, bytes.</summary>
    public static int Size => Slots[^1].Offset + Slots[^1].Size;

    /// <summary>Finds a register.</summary>
    /// <param name="name">gdb's name.</param>
    /// <returns>Where it is.</returns>
    public static RegisterSlot Find(string name) => ByName[name];

    private static void Core(StringBuilder xml)
    {
        xml.Append("<feature name=\"org.gnu.gdb.i386.core\"><flags id=\"i386_eflags\" size=\"4\">");
        foreach (var (name, bit) in (ReadOnlySpan<(string, int)>)[("CF", 0), ("", 1), ("PF", 2), ("AF", 4), ("ZF", 6), ("SF", 7), ("TF", 8), ("IF", 9), ("DF", 10), ("OF", 11), ("NT", 14), ("RF", 16), ("VM", 17), ("AC", 18), ("VIF", 19), ("VIP", 20), ("ID", 21)])
        {
            xml.Append(CultureInfo.InvariantCulture, $"<field name=\"{name}\" start=\"{bit}\" end=\"{bit}\"/>");
        }

        xml.Append("</flags>");
        foreach (var name in GeneralNames)
        {
            Add(xml, name, 8, name is "rbp" or "rsp" ? "data_ptr" : "int64");
        }

        Add(xml, "rip", 8, "code_ptr");
        Add(xml, "eflags", 4, "i386_eflags");
        foreach (var name in (ReadOnlySpan<string>)["cs", "ss", "ds", "es", "fs", "gs"])
        {
            Add(xml, name, 4, "int32");
        }

        for (var i = 0; i < 8; i++)
        {
            Add(xml, $"st{i}", 10, "i387_ext");
        }

        foreach (var name in (ReadOnlySpan<string>)["fctrl", "fstat", "ftag", "fiseg", "fioff", "foseg", "fooff", "fop"])
        {
            Add(xml, name, 4, "int", "float");
        }

        xml.Append("</feature>");
    }

    private static void Sse(StringBuilder xml)
    {
        xml.Append("<feature name=\"org.gnu.gdb.i386.sse\">");
        foreach (var (id, type, count) in (ReadOnlySpan<(string, string, int)>)[("v8bf16", "bfloat16", 8), ("v4f", "ieee_single", 4), ("v2d", "ieee_double", 2), ("v16i8", "int8", 16), ("v8i16", "int16", 8), ("v4i32", "int32", 4), ("v2i64", "int64", 2)])
        {
            xml.Append(CultureInfo.InvariantCulture, $"<vector id=\"{id}\" type=\"{type}\" count=\"{count}\"/>");
        }

        xml.Append("<union id=\"vec128\">");
        foreach (var (name, type) in (ReadOnlySpan<(string, string)>)[("v8_bfloat16", "v8bf16"), ("v4_float", "v4f"), ("v2_double", "v2d"), ("v16_int8", "v16i8"), ("v8_int16", "v8i16"), ("v4_int32", "v4i32"), ("v2_int64", "v2i64"), ("uint128", "uint128")])
        {
            xml.Append(CultureInfo.InvariantCulture, $"<field name=\"{name}\" type=\"{type}\"/>");
        }

        xml.Append("</union><flags id=\"i386_mxcsr\" size=\"4\">");
        foreach (var (name, bit) in (ReadOnlySpan<(string, int)>)[("IE", 0), ("DE", 1), ("ZE", 2), ("OE", 3), ("UE", 4), ("PE", 5), ("DAZ", 6), ("IM", 7), ("DM", 8), ("ZM", 9), ("OM", 10), ("UM", 11), ("PM", 12), ("FZ", 15)])
        {
            xml.Append(CultureInfo.InvariantCulture, $"<field name=\"{name}\" start=\"{bit}\" end=\"{bit}\"/>");
        }

        xml.Append("</flags>");
        for (var i = 0; i < 16; i++)
        {
            Add(xml, $"xmm{i}", 16, "vec128");
        }

        Add(xml, "mxcsr", 4, "i386_mxcsr", "vector");
        xml.Append("</feature>");
    }

    /// <summary>The general registers in gdb's order.</summary>
    public static readonly string[] GeneralNames = ["rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"];

    private static void Add(StringBuilder xml, string name, int size, string type, string? group = null)
    {
        var slot = new RegisterSlot(name, Slots.Count, Slots.Count == 0 ? 0 : Size, size);
        Slots.Add(slot);
        ByName[name] = slot;
        xml.Append(CultureInfo.InvariantCulture, $"<reg name=\"{name}\" bitsize=\"{size * 8}\" type=\"{type}\"");
        if (group is not null)
        {
            xml.Append(CultureInfo.InvariantCulture, $" group=\"{group}\"");
        }

        xml.Append("/>");
    }
}
