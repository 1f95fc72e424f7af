namespace Fred.Core;

/// <content>
/// What the program asks for itself. Going back is what a user does by hand: a replica of the kept state becomes the live program of a new branch. The branch that is left
/// ends where the program gave it up; its process is gone, its history stays.
/// </content>
internal sealed partial class Timeline
{
    private readonly Dictionary<string, KeptState> _kept = new(StringComparer.Ordinal);

    /// <summary>Gets or sets what to do when the program has gone back to a state of its own; gets what the user should know, one line each.</summary>
    public Action<IReadOnlyList<string>> WentBack { get; set; } = static _ => { };

    /// <summary>Gets or sets what to do with what the user should know about the program's run, one line each.</summary>
    public Action<IReadOnlyList<string>> Told { get; set; } = static _ => { };

    /// <summary>Carries out what the head asks for.</summary>
    /// <returns>The live program now: another one when it went back.</returns>
    private async Task<ILiveHead> CarryOutAsync(ILiveHead head, CancellationToken ct)
    {
        foreach (var request in head.Current.Requests)
        {
            switch (request)
            {
                case ProgramRequest.Keep keep:
                    await KeepAsync(head, keep).ConfigureAwait(false);
                    break;
                case ProgramRequest.Forget:
                    Forget(request.Name);
                    break;
                case ProgramRequest.GoBack back:
                    head = await GoBackAsync(back, ct).ConfigureAwait(false);
                    break;
            }
        }

        return head;
    }

    private async Task KeepAsync(ILiveHead head, ProgramRequest.Keep request)
    {
        Forget(request.Name);

        // Without a copy of its own, the state is replayed from an older one.
        var parked = await _engine.SaveAsync(head, CancellationToken.None).ConfigureAwait(false) is { } saved ? _table.Add(saved, Branch.Id, CheckpointRole.Pinned) : null;
        _kept[request.Name] = new KeptState(Branch, head.Current.At, request.Note, parked);
        _pacer.Changed();
    }

    private void Forget(string name)
    {
        if (_kept.Remove(name, out var state) && state.Parked is { } parked)
        {
            Drop(parked);
            _pacer.Changed();
        }
    }

    private async Task<ILiveHead> GoBackAsync(ProgramRequest.GoBack request, CancellationToken ct)
    {
        if (!_kept.TryGetValue(request.Name, out var state))
        {
            throw new FredException(
                ErrorId.NoSuchName, $"The program wants to go back to its checkpoint {request.Name}, which this session does not have: it was taken before the session was saved. Go there yourself (goto, restart N) and go on from there.");
        }

        var old = Branch;
        IReplaySession replica;
        try
        {
            Branch = state.Branch;
            replica = await ReachAsync(state.At, leaveMicros: false, ct).ConfigureAwait(false);
        }
        catch (Exception)
        {
            Branch = old;
            throw;
        }

        old.Head = null;
        old.EdgeStop = old.EdgeStop with { Reason = StopReason.EndOfHistory, Requests = [], Detail = $"the program went back to its checkpoint {request.Name} here" };
        Show(replica);
        var left = ReferenceEquals(state.Branch, old) ? old.Edge : state.Branch.LeftAt;
        var losses = await PromoteAsync(ct).ConfigureAwait(false);
        (old.LeftAt, state.Branch.LeftAt) = (old.Edge, left); // nobody has left the other branch
        var known = _kept.Select(k => new KeyValuePair<string, string>(k.Key, k.Value.Note)).ToList();
        await ChangeAsync(head => head.ReturnAsync(request.Arguments, known, ct)).ConfigureAwait(false);
        WentBack([$"The program went back to its checkpoint {request.Name} at tick {state.At} and goes on from there on {Branch.Name}; what it gave up is on {old.Name}.", .. losses]);
        return Branch.Head ?? throw new InvalidOperationException();
    }

    private sealed record KeptState(Branch Branch, Ticks At, string Note, ParkedCheckpoint? Parked);
}
