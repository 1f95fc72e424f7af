namespace Fred.Core;

/// <summary>What proves that a replay arrived where the recording was.</summary>
/// <param name="Event">The backend's identity of the event (Python: probe number).</param>
/// <param name="LogPosition">Bytes of the syscall log consumed so far.</param>
/// <param name="Depth">Call depth.</param>
public readonly record struct Fingerprint(long Event, long LogPosition, int Depth);
