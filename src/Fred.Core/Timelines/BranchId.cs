namespace Fred.Core;

/// <summary>Names one future of the program. 1 is the first run; changing the past begins another.</summary>
/// <param name="Value">From 1, never reused.</param>
public readonly record struct BranchId(int Value)
{
    /// <summary>Gets the branch every sitting starts with.</summary>
    public static BranchId Main => new(1);
}
