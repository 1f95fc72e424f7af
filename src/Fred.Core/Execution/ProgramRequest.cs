namespace Fred.Core;

/// <summary>What a program asks of its own sitting while it runs (Python: by the module fred). The timeline carries it out and lets the program go on; no front end sees such a stop.</summary>
/// <param name="Name">The program's name for one of its states.</param>
public abstract record ProgramRequest(string Name)
{
    /// <summary>Keep the state the program is in at this stop.</summary>
    /// <param name="Name">The program's name for it.</param>
    /// <param name="Note">What the program wants to know of it later; opaque.</param>
    public sealed record Keep(string Name, string Note) : ProgramRequest(Name);

    /// <summary>Forget a kept state.</summary>
    /// <param name="Name">Which.</param>
    public sealed record Forget(string Name) : ProgramRequest(Name);

    /// <summary>Go on from a kept state instead of this one. The program cannot go on from here.</summary>
    /// <param name="Name">Which.</param>
    /// <param name="Arguments">What the program hands over to itself; opaque.</param>
    public sealed record GoBack(string Name, string Arguments) : ProgramRequest(Name);
}
