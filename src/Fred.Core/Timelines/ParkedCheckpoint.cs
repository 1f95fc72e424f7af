namespace Fred.Core;

/// <summary>A checkpoint with what the timeline knows about it.</summary>
/// <param name="Number">As shown to the user; 0 for micro checkpoints.</param>
/// <param name="Checkpoint">The engine's.</param>
/// <param name="Branch">On which branch it was taken.</param>
/// <param name="Role">Why it exists.</param>
internal sealed record ParkedCheckpoint(int Number, Checkpoint Checkpoint, BranchId Branch, CheckpointRole Role)
{
    /// <summary>Gets where in time it is.</summary>
    public Ticks At => Checkpoint.At;
}

/// <summary>Why a checkpoint exists, and so who may drop it.</summary>
internal enum CheckpointRole
{
    /// <summary>The beginning of the program: never dropped, the last resort of every search.</summary>
    Origin,

    /// <summary>Taken while the head ran; the policy thins these.</summary>
    Automatic,

    /// <summary>Asked for by the user; never dropped.</summary>
    Pinned,

    /// <summary>Left by a goto near its target so that the next steps back are cheap; few are kept.</summary>
    Micro,
}
