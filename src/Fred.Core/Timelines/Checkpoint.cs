namespace Fred.Core;

/// <summary>A saved state of the program. Holds no process, path or pid: those stay in the engine.</summary>
/// <param name="Id">The engine's number, unique within a sitting.</param>
/// <param name="At">Where in time.</param>
/// <param name="Fingerprint">What a session restored from it must equal; default when the engine cannot tell (taken while the head ran).</param>
public sealed record Checkpoint(int Id, Ticks At, Fingerprint Fingerprint);
