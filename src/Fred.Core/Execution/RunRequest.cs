namespace Fred.Core;

/// <summary>How far a session may run forward. Breakpoints come from <see cref="IReplaySession.ArmAsync"/>.</summary>
/// <param name="Limit">The session never passes this tick; it stops there with <see cref="StopReason.Step"/> when nothing else stopped it before.</param>
/// <param name="Step">Stop at the first event that matches; null for none.</param>
/// <param name="StopAtBreakpoints">Whether armed breakpoints stop the run.</param>
public sealed record RunRequest(Ticks Limit, StepFilter? Step = null, bool StopAtBreakpoints = false)
{
    /// <summary>
    /// Gets a value indicating whether to stop also between two events, wherever another thread is about to get its turn (<see cref="StopEvent.IsTurn"/>): for who asks which thread did
    /// something. Replicas only; a backend that knows no threads never stops there.
    /// </summary>
    public bool StopAtTurns { get; init; }
}
