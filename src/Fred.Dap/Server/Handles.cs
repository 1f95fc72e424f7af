namespace Fred.Dap;

/// <summary>A frame the client has been told of.</summary>
/// <param name="Index">0 for the innermost.</param>
/// <param name="Activation">Finds the same call at other ticks; null when the backend cannot.</param>
/// <param name="Entry">Tick of its first event; null when not known.</param>
internal sealed record FrameHandle(int Index, string? Activation, Ticks? Entry)
{
    /// <summary>Gets the number of its thread; 0 for the one that stopped.</summary>
    public int Thread { get; init; }

    /// <summary>Gets its names.</summary>
    public EvaluationScope Names => new EvaluationScope.InFrame(Index) { Thread = Thread };
}

/// <summary>Something with variables in it.</summary>
internal abstract record VariableHandle(FrameHandle Frame)
{
    /// <summary>Gets the expressions for the members the client has been shown, by name: what an assignment to them is written to.</summary>
    public Dictionary<string, string> Targets { get; } = [];

    /// <summary>A scope of a frame.</summary>
    public sealed record Scope(FrameHandle Frame, bool Globals) : VariableHandle(Frame);

    /// <summary>A value with children.</summary>
    public sealed record Children(FrameHandle Frame, int Reference) : VariableHandle(Frame);
}

/// <summary>The numbers given out at this stop.</summary>
internal sealed class Handles
{
    /// <summary>Gets the frames.</summary>
    public HandleTable<FrameHandle> Frames { get; } = new();

    /// <summary>Gets the calls that can be stepped into.</summary>
    public HandleTable<CallTarget> Calls { get; } = new();

    /// <summary>Gets the scopes and values.</summary>
    public HandleTable<VariableHandle> Variables { get; } = new();

    /// <summary>Finds a frame.</summary>
    /// <param name="id">Its number; null or 0 for the innermost frame.</param>
    /// <exception cref="DapRequestException">No frame of this stop has this number.</exception>
    public FrameHandle Frame(int? id)
    {
        if (id is null or 0)
        {
            return new FrameHandle(0, null, null);
        }
        return Frames.TryGet(id.Value, out FrameHandle? frame) ? frame : throw new DapRequestException($"No frame {id} at this stop. Ask for the stack trace again.");
    }

    /// <summary>Numbers the children of a value.</summary>
    /// <returns>0 when it has none.</returns>
    public int AddChildren(FrameHandle frame, int reference) => reference == 0 ? 0 : Variables.Add(new VariableHandle.Children(frame, reference));

    /// <summary>Forgets all numbers: time has moved.</summary>
    public void Reset()
    {
        Frames.Reset();
        Calls.Reset();
        Variables.Reset();
    }
}
