namespace Fred.Cli;

/// <summary>Headings of the help text, in the order shown.</summary>
internal enum CommandGroup
{
    /// <summary>Moves towards the live edge.</summary>
    Forwards,

    /// <summary>Moves into the past.</summary>
    Backwards,

    /// <summary>Places in time.</summary>
    Time,

    /// <summary>Futures.</summary>
    Branches,

    /// <summary>Everything else.</summary>
    Session,
}
