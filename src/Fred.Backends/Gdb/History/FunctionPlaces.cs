using Fred.Core;

namespace Fred.Backends;

/// <summary>Finds functions of the program by the name that people use.</summary>
internal static class FunctionPlaces
{
    /// <summary>Finds the instructions at which the bodies of functions begin.</summary>
    /// <param name="context">The program.</param>
    /// <param name="process">Any stopped process of it.</param>
    /// <param name="name">With its class and namespace or without; all functions that it fits are meant, also copies that the compiler made for itself.</param>
    /// <returns>Where their arguments are in place; those without lines are not the user's.</returns>
    public static async Task<IReadOnlyList<ulong>> BodiesAsync(GdbContext context, NativeProcess process, string name)
    {
        var bodies = new SortedSet<ulong>();
        foreach (var module in context.Space.Modules.Modules)
        {
            if (module.Lines.IsEmpty)
            {
                continue;
            }

            foreach (var linked in module.Functions)
            {
                var function = linked with { Start = linked.Start + module.Bias, End = linked.End + module.Bias };
                if (MayFit(function.Name, name) && Frame.IsNamed(Plain(await context.NameAsync(process, function).ConfigureAwait(false)), name)
                    && ModuleMap.AfterPrologue(module, function) is { } body)
                {
                    bodies.Add(body);
                }
            }
        }

        return [.. bodies];
    }

    /// <summary>A symbol's name tells most functions apart without asking gdb: it contains the last part of a C++ name behind its length.</summary>
    private static bool MayFit(string symbol, string name)
    {
        if (!symbol.StartsWith("_Z", StringComparison.Ordinal))
        {
            return Plain(symbol) == name;
        }

        var last = name[(name.LastIndexOf("::", StringComparison.Ordinal) is >= 0 and var at ? at + 2 : 0)..].TrimStart('~').Split('<')[0];
        return !last.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') || last.StartsWith("operator", StringComparison.Ordinal)
            || symbol.Contains(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{last.Length}{last}"), StringComparison.Ordinal);
    }

    /// <summary>Without the mark of a copy: f.part.0, f.constprop.0.</summary>
    private static string Plain(string symbol) => symbol.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot ? symbol[..dot] : symbol;
}
