namespace Fred.Backends;

/// <summary>How a fact about this machine bears on Fred.</summary>
public enum DoctorStatus
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>Fred works, but something will be slow or missing.</summary>
    Warning,

    /// <summary>Fred cannot work.</summary>
    Failed,
}

/// <summary>One fact about this machine.</summary>
/// <param name="Name">What was looked at, in lower case: a stable key for scripts.</param>
/// <param name="Status">What it means.</param>
/// <param name="Detail">What was found.</param>
/// <param name="Advice">What to do; null when there is nothing to do.</param>
public sealed record DoctorCheck(string Name, DoctorStatus Status, string Detail, string? Advice = null);
