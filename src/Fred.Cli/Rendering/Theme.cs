using Spectre.Console;

namespace Fred.Cli;

/// <summary>The colours, by meaning. Only the terminal's own sixteen, so that they fit light and dark themes.</summary>
internal static class Theme
{
    public static Style Dim { get; } = new(Color.Grey);

    public static Style Place { get; } = new(Color.Teal);

    public static Style Past { get; } = new(Color.Olive);

    public static Style Here { get; } = new(Color.Olive, decoration: Decoration.Bold);

    public static Style Error { get; } = new(Color.Maroon);

    public static Style Good { get; } = new(Color.Green);

    public static Style Heading { get; } = new(decoration: Decoration.Bold);

    public static Style Keyword { get; } = new(Color.Navy, decoration: Decoration.Bold);

    public static Style Literal { get; } = new(Color.Green);

    public static Style Number { get; } = new(Color.Purple);
}
