using Fred.Core;

namespace Fred.TestKit;

/// <summary>What goes wrong in a <see cref="ScriptedBackend"/>, and how slowly things go. Everything is off at first; set what a test needs.</summary>
public sealed class ScriptedFaults
{
    /// <summary>Gets or sets which saves (numbered from 1) come to nothing.</summary>
    public Func<int, bool> SaveFails { get; set; } = _ => false;

    /// <summary>Gets or sets which checkpoints turn out to be lost when they are restored.</summary>
    public Func<Checkpoint, bool> CheckpointIsLost { get; set; } = _ => false;

    /// <summary>Gets or sets which replicas (numbered from 1) die on reaching a tick.</summary>
    public Func<int, Ticks, bool> ReplicaDies { get; set; } = (_, _) => false;

    /// <summary>Gets or sets which replicas stop at a tick with another event than the recording has.</summary>
    public Func<int, Ticks, bool> ReplicaDiverges { get; set; } = (_, _) => false;

    /// <summary>Gets or sets which replicas show other values at a tick than the recording has.</summary>
    public Func<int, Ticks, bool> ValuesDiffer { get; set; } = (_, _) => false;

    /// <summary>Gets or sets what expression scans report instead of the truth (a perturbed replica).</summary>
    public Func<Ticks, Truth, Truth> PerturbScan { get; set; } = (_, truth) => truth;

    /// <summary>Gets or sets whether a replica that scans leaves the recording: (where it began to evaluate, where it is).</summary>
    public Func<Ticks, Ticks, bool> ScanDiverges { get; set; } = (_, _) => false;

    /// <summary>Gets or sets at which ticks an observation's evaluation runs code of the program, so that its replica is doubtful from there on.</summary>
    public Func<Ticks, bool> EvaluationTouches { get; set; } = _ => false;

    /// <summary>Gets or sets what observations note instead of a value: (tick, whether the replica is doubtful, the value).</summary>
    public Func<Ticks, bool, ObservedValue, ObservedValue> PerturbValue { get; set; } = (_, _, value) => value;

    /// <summary>Gets or sets whether a doubtful replica comes to a tick in another state than a clean one.</summary>
    public Func<Ticks, bool> DigestDiffers { get; set; } = _ => false;

    /// <summary>Gets or sets at which ticks a doubtful replica leaves the recording.</summary>
    public Func<Ticks, bool> ObservationDiverges { get; set; } = _ => false;

    /// <summary>Gets or sets how many doubtful notes an observation gives before it ends early.</summary>
    public int MostDoubtful { get; set; } = int.MaxValue;

    /// <summary>Gets or sets the tick at which the live head dies.</summary>
    public Func<Ticks, bool> HeadDies { get; set; } = _ => false;

    /// <summary>Gets or sets at which ticks the head is stopped in the middle of the statement, as in a read that waits.</summary>
    public Func<Ticks, bool> HeadStopsInside { get; set; } = _ => false;

    /// <summary>Gets or sets what <see cref="ILiveHead.TakeNotices"/> answers after each run.</summary>
    public Func<IReadOnlyList<string>> Notices { get; set; } = () => [];

    /// <summary>Gets or sets how many ticks before the end of each live run a checkpoint is left (<see cref="ILiveHead.TakeNear"/>); null for none.</summary>
    public int? LeavesNear { get; set; }

    /// <summary>Gets or sets what a process waits for before it goes on from a tick: (true for the head, the tick). Lets a test stop time where it likes.</summary>
    public Func<bool, Ticks, Task> Before { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>Gets or sets what <see cref="ILiveHead.Measure"/> answers.</summary>
    public Func<HeadUsage> Usage { get; set; } = () => default;
}
