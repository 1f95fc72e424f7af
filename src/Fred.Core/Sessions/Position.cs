namespace Fred.Core;

/// <summary>Where in time the user stands.</summary>
/// <param name="Branch">On which future.</param>
/// <param name="At">At which tick.</param>
/// <param name="Edge">The live edge of that branch: the last tick there is.</param>
public sealed record Position(BranchId Branch, Ticks At, Ticks Edge)
{
    /// <summary>Gets a value indicating whether the user stands at the live edge.</summary>
    public bool IsLive => At == Edge;
}
