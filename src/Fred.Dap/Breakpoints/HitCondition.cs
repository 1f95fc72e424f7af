using System.Globalization;
using System.Text.RegularExpressions;

namespace Fred.Dap;

/// <summary>DAP's hitCondition: at which of its hits, counted from 1, a breakpoint stops.</summary>
/// <param name="Operator">One of == >= &lt;= > &lt; %.</param>
/// <param name="Number">What is compared with; for % stops at every Number-th hit.</param>
internal sealed partial record HitCondition(string Operator, long Number)
{
    /// <summary>Reads a hit condition: a number alone means exactly that hit.</summary>
    /// <returns>Null when there is no condition.</returns>
    /// <exception cref="DapRequestException">It is none of the known forms.</exception>
    public static HitCondition? Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }
        Match match = Form().Match(text);
        if (!match.Success || !long.TryParse(match.Groups[2].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out long number) || number == 0)
        {
            throw new DapRequestException($"'{text}' is no hit condition. Write a number from 1, or one of == >= <= > < % before it: '5', '>= 3', '% 10'.");
        }
        return new HitCondition(match.Groups[1].Length == 0 ? "==" : match.Groups[1].Value, number);
    }

    /// <summary>Whether the breakpoint stops at this hit.</summary>
    /// <param name="hit">Which hit it is, from 1.</param>
    public bool Holds(long hit) => Operator switch
    {
        "==" => hit == Number,
        ">=" => hit >= Number,
        "<=" => hit <= Number,
        ">" => hit > Number,
        "<" => hit < Number,
        _ => hit % Number == 0,
    };

    [GeneratedRegex(@"^\s*(==|>=|<=|>|<|%)?\s*(\d{1,18})\s*$")]
    private static partial Regex Form();
}
