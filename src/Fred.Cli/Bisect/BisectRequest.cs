using System.Text.RegularExpressions;

namespace Fred.Cli;

/// <summary>What <c>fred bisect</c> is asked.</summary>
/// <param name="Recording">The program, and how far it runs.</param>
/// <param name="Expressions">What should hold; each is a question of its own.</param>
/// <param name="Which">Which transitions are wanted.</param>
internal sealed record BisectRequest(RecordingRequest Recording, IReadOnlyList<string> Expressions, WhichTransition Which)
{
    /// <summary>Gets the function in whose frames the expressions are evaluated; null for the default.</summary>
    public string? Function { get; init; }

    /// <summary>Gets what a line of the program's output looks like when something is wrong; null when not asked.</summary>
    public Regex? OutputMatches { get; init; }

    /// <summary>Gets the exit status that is the failure; null when not asked.</summary>
    public int? ExitCode { get; init; }

    /// <summary>Gets the name of the uncaught exception's class; null when not asked.</summary>
    public string? Exception { get; init; }

    /// <summary>Gets the words that start <c>fred</c> again, for the command that reopens a place.</summary>
    public IReadOnlyList<string> FredCommand { get; init; } = ["fred"];
}
