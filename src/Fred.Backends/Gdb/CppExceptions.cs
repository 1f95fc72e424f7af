using System.Globalization;

namespace Fred.Backends;

/// <summary>Exceptions of C++: the functions of its library that each of them goes through, and which exception is being thrown.</summary>
/// <remarks>
/// The types are known by their run-time type information, which every thrown type has, also without debug information: an object with a pointer to its class's virtual table, the type's name, and
/// for derived classes the bases (Itanium C++ ABI, section 2.9.5). gdb names the symbols at those addresses.
/// </remarks>
internal static class CppExceptions
{
    private const int MostTypes = 32;
    private const string TypeSymbol = "<typeinfo for ";

    private static readonly Dictionary<string, string> Functions = new()
    {
        ["throw"] = "__cxa_throw",
        ["catch"] = "__cxa_begin_catch",
        ["rethrow"] = "__cxa_rethrow",
    };

    /// <summary>Whether an exception has such a moment.</summary>
    /// <param name="moment">throw, catch or rethrow.</param>
    /// <returns>False for any other word.</returns>
    public static bool IsMoment(string moment) => Functions.ContainsKey(moment);

    /// <summary>Finds the instructions that every exception comes to at a moment.</summary>
    /// <param name="modules">The program's files.</param>
    /// <param name="moment">throw, catch or rethrow.</param>
    /// <returns>Their addresses; none in a program without C++.</returns>
    public static IReadOnlyList<ulong> PlacesOf(ModuleMap modules, string moment) =>
        [.. modules.Modules.SelectMany(m => m.Functions.Where(f => f.Name == Functions[moment]).Select(f => f.Start + m.Bias)).Distinct()];

    /// <summary>Reads which exception is about to be thrown.</summary>
    /// <param name="mi">gdb, looking at a process that stands at the beginning of the function that throws.</param>
    /// <param name="type">Address of the type's information: the function's second argument.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The names of the type and of its bases, each qualified and then short; empty when it has no such name.</returns>
    public static async Task<IReadOnlyList<string>> NamesAsync(MiConnection mi, ulong type, CancellationToken ct)
    {
        var names = new List<string>();
        var waiting = new Queue<ulong>([type]);
        var seen = new HashSet<ulong>();
        while (waiting.TryDequeue(out var at) && seen.Count < MostTypes)
        {
            if (!seen.Add(at) || await SymbolAsync(mi, $"(void *) {at}", TypeSymbol, ct).ConfigureAwait(false) is not { } name)
            {
                continue;
            }

            names.AddRange(name.LastIndexOf("::", StringComparison.Ordinal) is > 0 and var colon ? [name, name[(colon + 2)..]] : [name]);
            foreach (var @base in await BasesAsync(mi, at, ct).ConfigureAwait(false))
            {
                waiting.Enqueue(@base);
            }
        }

        return names;
    }

    private static async Task<IReadOnlyList<ulong>> BasesAsync(MiConnection mi, ulong type, CancellationToken ct)
    {
        var kind = await SymbolAsync(mi, $"*(void **) {type}", "<vtable for __cxxabiv1::", ct).ConfigureAwait(false);
        if (kind == "__si_class_type_info")
        {
            return await NumberAsync(mi, $"*(unsigned long *) {type + 16}", ct).ConfigureAwait(false) is { } only ? [only] : [];
        }

        var bases = new List<ulong>();
        if (kind == "__vmi_class_type_info" && await NumberAsync(mi, $"*(unsigned int *) {type + 20}", ct).ConfigureAwait(false) is { } count)
        {
            for (ulong i = 0; i < Math.Min(count, MostTypes); i++)
            {
                bases.AddRange(await NumberAsync(mi, $"*(unsigned long *) {type + 24 + (16 * i)}", ct).ConfigureAwait(false) is { } one ? [one] : []);
            }
        }

        return bases;
    }

    /// <summary>The symbol that a pointer's value points at, behind its kind and without version and distance: <c>0x4040 &lt;typeinfo for Broken@CXXABI_1.3&gt;</c>.</summary>
    private static async Task<string?> SymbolAsync(MiConnection mi, FormattableString pointer, string kind, CancellationToken ct)
    {
        var reply = await mi.AskAsync("-data-evaluate-expression " + MiParser.Quote(pointer.ToString(CultureInfo.InvariantCulture)), ct).ConfigureAwait(false);
        var value = reply.IsError ? string.Empty : reply.Results["value"].Text;
        var start = value.IndexOf(kind, StringComparison.Ordinal);
        return start < 0 ? null : value[(start + kind.Length)..].Split('@', '+', '>')[0];
    }

    private static async Task<ulong?> NumberAsync(MiConnection mi, FormattableString number, CancellationToken ct)
    {
        var reply = await mi.AskAsync("-data-evaluate-expression " + MiParser.Quote(number.ToString(CultureInfo.InvariantCulture)), ct).ConfigureAwait(false);
        return !reply.IsError && ulong.TryParse(reply.Results["value"].Text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
    }
}
