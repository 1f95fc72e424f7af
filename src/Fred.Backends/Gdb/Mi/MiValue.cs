using System.Globalization;
using Fred.Core;

namespace Fred.Backends;

/// <summary>A value of gdb's machine interface. Asking for something that is not there is a broken contract: the message names the key.</summary>
internal abstract record MiValue
{
    private MiValue()
    {
    }

    /// <summary>Gets the text of a constant.</summary>
    public string Text => this is Constant constant ? constant.Value : throw Missing("a text");

    /// <summary>Gets the elements of a list; a tuple that gdb uses as a list (repeated keys) counts as one.</summary>
    public IReadOnlyList<MiValue> Items => this switch
    {
        List list => list.Values,
        Tuple tuple => [.. tuple.Fields.Select(f => f.Value)],
        _ => throw Missing("a list"),
    };

    /// <summary>Gets a field that must be there.</summary>
    /// <param name="key">Its name.</param>
    public MiValue this[string key] => Find(key) ?? throw Missing($"the field '{key}'");

    /// <summary>Finds a field.</summary>
    /// <param name="key">Its name.</param>
    /// <returns>The first with this name; null when there is none.</returns>
    public MiValue? Find(string key)
    {
        if (this is not Tuple tuple)
        {
            return null;
        }

        foreach (var (name, value) in tuple.Fields)
        {
            if (name == key)
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>Finds a field's text.</summary>
    /// <param name="key">Its name.</param>
    /// <returns>Null when there is none.</returns>
    public string? FindText(string key) => (Find(key) as Constant)?.Value;

    /// <summary>Reads an address: 0x and hexadecimal digits.</summary>
    /// <returns>Null when it is none, as for gdb's &lt;PENDING&gt; and &lt;MULTIPLE&gt;.</returns>
    public ulong? Address() => this is Constant { Value: ['0', 'x', ..] text } && ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var address) ? address : null;

    /// <summary>Reads a decimal number.</summary>
    /// <returns>The number.</returns>
    public int Number() => int.TryParse(Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : throw Missing("a number");

    /// <summary>Shows the value much as gdb wrote it. (What records print by themselves would ask every property, also those that this value does not have.)</summary>
    /// <returns>One line.</returns>
    public sealed override string ToString() => this switch
    {
        Constant constant => $"\"{constant.Value}\"",
        List list => $"[{string.Join(',', list.Values)}]",
        Tuple tuple => $"{{{string.Join(',', tuple.Fields.Select(f => $"{f.Name}={f.Value}"))}}}",
        _ => string.Empty,
    };

    private FredException Missing(string what) => new(
        ErrorId.ProtocolBroken, $"gdb answered without {what}: {Shortened()}. Fred is tested with gdb 13.1; `fred doctor` says which one this is.");

    private string Shortened() => ToString() is var text && text.Length > 200 ? text[..200] + "..." : text;

    /// <summary>A C string.</summary>
    /// <param name="Value">Decoded.</param>
    public sealed record Constant(string Value) : MiValue;

    /// <summary>Values in brackets. Named values lose their names, which gdb repeats in each (frame=...,frame=...).</summary>
    /// <param name="Values">In order.</param>
    public sealed record List(IReadOnlyList<MiValue> Values) : MiValue;

    /// <summary>Named values in braces; also the results of a record.</summary>
    /// <param name="Fields">In order; names may be repeated.</param>
    public sealed record Tuple(IReadOnlyList<(string Name, MiValue Value)> Fields) : MiValue
    {
        /// <summary>Gets the tuple without fields.</summary>
        public static Tuple Empty { get; } = new([]);
    }
}
