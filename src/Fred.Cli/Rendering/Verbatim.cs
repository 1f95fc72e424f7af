using Spectre.Console;
using Spectre.Console.Rendering;

namespace Fred.Cli;

/// <summary>Text that reaches the console unchanged: Spectre's own <see cref="Text"/> would wrap it at the terminal's width and tear programs' output apart.</summary>
/// <param name="text">May contain newlines.</param>
/// <param name="style">Colour; null for the terminal's own.</param>
internal sealed class Verbatim(string text, Style? style = null) : IRenderable
{
    /// <inheritdoc/>
    public Measurement Measure(RenderOptions options, int maxWidth) => new(0, maxWidth);

    /// <inheritdoc/>
    public IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
    {
        var lines = text.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            if (i > 0)
            {
                yield return Segment.LineBreak;
            }

            if (lines[i].Length > 0)
            {
                yield return new Segment(lines[i], style ?? Style.Plain);
            }
        }
    }
}
