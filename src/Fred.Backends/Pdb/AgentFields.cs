using System.Globalization;
using Fred.Core;

namespace Fred.Backends;

/// <summary>Takes a control line apart, field by field. Every complaint names the line.</summary>
internal ref struct AgentFields
{
    private const int LongestQuote = 200;
    private readonly ReadOnlySpan<char> _line;
    private ReadOnlySpan<char> _rest;
    private bool _ended;

    public AgentFields(ReadOnlySpan<char> line)
    {
        _line = line;
        _rest = line;
        _ended = line.IsEmpty;
    }

    /// <summary>Takes the next field as it is.</summary>
    /// <param name="name">What the field is called in the protocol.</param>
    /// <returns>At least one character.</returns>
    public ReadOnlySpan<char> Word(string name)
    {
        if (_ended)
        {
            throw Broken($"lacks its field '{name}'");
        }

        var space = _rest.IndexOf(' ');
        var field = space < 0 ? _rest : _rest[..space];
        _ended = space < 0;
        _rest = _ended ? default : _rest[(space + 1)..];
        return field.IsEmpty ? throw Broken($"has an empty field '{name}'") : field;
    }

    /// <summary>Takes a percent-coded text.</summary>
    /// <param name="name">What the field is called in the protocol.</param>
    /// <returns>The text, possibly empty.</returns>
    public string Text(string name)
    {
        var word = Word(name);
        return AgentText.TryDecode(word, out var text) ? text : throw Broken($"has a badly coded text '{name}'");
    }

    /// <summary>Takes a number of 64 bits. Ticks never reach the sign bit.</summary>
    /// <param name="name">What the field is called in the protocol.</param>
    /// <returns>The number.</returns>
    public long Long(string name)
    {
        var word = Word(name);
        return long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : throw Broken($"has no number in its field '{name}'");
    }

    /// <summary>Takes a number of 32 bits.</summary>
    /// <param name="name">What the field is called in the protocol.</param>
    /// <returns>The number.</returns>
    public int Int(string name)
    {
        var value = Long(name);
        return value is >= int.MinValue and <= int.MaxValue ? (int)value : throw Broken($"has a number out of range in its field '{name}'");
    }

    /// <summary>Takes a list of numbers: comma-separated, "-" for none.</summary>
    /// <param name="name">What the field is called in the protocol.</param>
    /// <returns>The numbers in order.</returns>
    public IReadOnlyList<int> Ids(string name)
    {
        var word = Word(name);
        if (word is "-")
        {
            return [];
        }

        var ids = new List<int>();
        foreach (var part in word.Split(','))
        {
            ids.Add(int.TryParse(word[part], NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : throw Broken($"has no number list in its field '{name}'"));
        }

        return ids;
    }

    /// <summary>Says that the line ends here.</summary>
    public readonly void End()
    {
        if (!_ended)
        {
            throw Broken("has more fields than the protocol says");
        }
    }

    /// <summary>Makes the complaint.</summary>
    /// <param name="what">What is wrong with the line.</param>
    /// <returns>The exception to throw.</returns>
    public readonly FredException Broken(string what)
    {
        var quote = _line.Length > LongestQuote ? string.Concat(_line[..LongestQuote], "...") : _line.ToString();
        return new FredException(
            ErrorId.ProtocolBroken,
            $"A message from a process of the session {what}: \"{quote}\". fred and its agent may come from different versions; rebuild both.");
    }
}
